#include "passes/buffer/ChooseSections.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace etch::passes {

namespace {

/// Beyond so many steps the search takes longer than it is worth (docs/decisions/0059).
constexpr unsigned kMostSteps = 2048, kMostInSection = 1024;
constexpr unsigned kMostStrands = 16;
/// What is done before or after sections without a loss: as a part of all, and at most
/// (docs/decisions/0059).
constexpr double kLightPart = 0.02, kLight = 2000;

class Chooser {
 public:
  Chooser(llvm::ArrayRef<SectionStep> steps, SectionLimits limits)
      : steps(steps), limits(limits), size(static_cast<unsigned>(steps.size())) {}

  Sections run() {
    for (const SectionStep &step : steps) all += step.time;
    result.places.resize(size);
    result.apart = all.split;
    result.least = all.whole / 2;
    if (size > kMostSteps || !pays(all.split, all.whole / 2 + limits.cost)) return std::move(result);
    order();
    search();
    if (result.sections.empty()) return std::move(result);
    placeTails();
    placeHeads();
    return std::move(result);
  }

 private:
  enum class Kind { Head, Core, Tail };

  llvm::ArrayRef<SectionStep> steps;
  SectionLimits limits;
  unsigned size;
  ExpectedTime all;
  Sections result;
  llvm::SmallVector<Kind> kinds;
  llvm::SmallVector<unsigned> core;        // in the order in which it is cut
  llvm::SmallVector<unsigned> position;    // in `core`
  llvm::SmallVector<unsigned> components;  // of the section that is looked at: by position

  bool pays(double apart, double together) const {
    return apart - together >= std::max(limits.least, limits.part * apart);
  }

  /// Steps by how much is done before them and after them: what is half done is half done in all strands. Steps that
  /// have next to nothing before them or after them do not hold strands together.
  void order() {
    llvm::SmallVector<llvm::BitVector> before(size, llvm::BitVector(size));
    llvm::SmallVector<double> done(size), open(size);
    for (unsigned step = 0; step < size; ++step) {
      for (unsigned needed : steps[step].needs) {
        before[step] |= before[needed];
        before[step].set(needed);
      }
      for (unsigned other : before[step].set_bits()) {
        done[step] += steps[other].time.whole;
        open[other] += steps[step].time.whole;
      }
    }
    const double light = std::min(kLight, kLightPart * all.whole);
    kinds.resize(size);
    position.resize(size);
    for (unsigned step = 0; step < size; ++step) {
      const double own = steps[step].time.whole;
      kinds[step] = own + done[step] <= light ? Kind::Head : own + open[step] <= light ? Kind::Tail : Kind::Core;
      if (kinds[step] == Kind::Core) core.push_back(step);
    }
    auto key = [&](unsigned step) {
      const double both = done[step] + open[step];
      return std::tuple(both > 0 ? done[step] / both : 0., done[step], step);
    };
    llvm::sort(core, [&](unsigned a, unsigned b) { return key(a) < key(b); });
    for (auto [at, step] : llvm::enumerate(core)) position[step] = static_cast<unsigned>(at);
  }

  unsigned leader(unsigned at) {
    while (components[at] != at) at = components[at] = components[components[at]];
    return at;
  }

  /// Calls visit(end, apart, together) for each section that begins at position `begin`.
  template <class Visit> void sectionsFrom(unsigned begin, unsigned last, Visit visit) {
    llvm::SmallVector<double> split(core.size());
    double apart = 0, whole = 0, longest = 0;
    for (unsigned at = begin; at < last; ++at) {
      const SectionStep &step = steps[core[at]];
      components[at] = at;
      split[at] = step.time.split;
      for (unsigned needed : step.needs) {
        if (kinds[needed] != Kind::Core || position[needed] < begin) continue;
        const unsigned other = leader(position[needed]);
        if (other == at) continue;
        components[other] = at;
        split[at] += split[other];
      }
      apart += step.time.split;
      whole += step.time.whole;
      longest = std::max(longest, split[at]);
      visit(at + 1, apart, std::max(longest, whole / 2) + limits.cost);
    }
  }

  /// Cuts `core` where most is saved.
  void search() {
    const auto count = static_cast<unsigned>(core.size());
    llvm::SmallVector<double> saved(count + 1);
    llvm::SmallVector<int> start(count + 1, -1);  // of the section that ends there
    components.resize(count);
    for (unsigned begin = 0; begin < count; ++begin) {
      if (begin && saved[begin - 1] >= saved[begin]) {
        saved[begin] = saved[begin - 1];
        start[begin] = -1;
      }
      sectionsFrom(begin, std::min(count, begin + kMostInSection), [&](unsigned end, double apart, double together) {
        const double with = saved[begin] + apart - together;
        if (!pays(apart, together) || with <= saved[end]) return;
        saved[end] = with;
        start[end] = static_cast<int>(begin);
      });
    }
    if (count && saved[count - 1] >= saved[count]) start[count] = -1;
    llvm::SmallVector<std::pair<unsigned, unsigned>> ranges;
    for (unsigned end = count; end > 0;) {
      if (start[end] >= 0) ranges.push_back({static_cast<unsigned>(start[end]), end});
      end = start[end] >= 0 ? static_cast<unsigned>(start[end]) : end - 1;
    }
    unsigned next = 0;
    for (auto [begin, end] : llvm::reverse(ranges)) {
      placeGap(next, begin);
      placeSection(begin, end);
      next = end;
    }
    placeGap(next, count);
  }

  void placeGap(unsigned begin, unsigned end) {
    const auto part = static_cast<unsigned>(2 * result.sections.size());
    for (unsigned step : llvm::ArrayRef(core).slice(begin, end - begin)) result.places[step] = {part, 0};
  }

  /// Deals the components out to strands: the longest first, to the strand that has least.
  void placeSection(unsigned begin, unsigned end) {
    Section section;
    sectionsFrom(begin, end, [&](unsigned, double apart, double together) {
      section.apart = apart;
      section.together = together;
    });
    llvm::SmallVector<double> times(core.size());
    double whole = 0;
    for (unsigned at = begin; at < end; ++at) {
      times[leader(at)] += steps[core[at]].time.whole;
      whole += steps[core[at]].time.whole;
    }
    llvm::SmallVector<unsigned> leaders;
    for (unsigned at = begin; at < end; ++at)
      if (leader(at) == at) leaders.push_back(at);
    llvm::sort(leaders, [&](unsigned a, unsigned b) { return std::tuple(-times[a], a) < std::tuple(-times[b], b); });
    const double worthwhile = std::clamp<double>(whole / limits.shortest, 2, kMostStrands);
    section.strands = std::min(static_cast<unsigned>(worthwhile), static_cast<unsigned>(leaders.size()));
    llvm::SmallVector<double> loads(section.strands);
    llvm::SmallVector<unsigned> strandOf(core.size());
    for (unsigned at : leaders) {
      const auto least = llvm::min_element(loads);
      *least += times[at];
      strandOf[at] = static_cast<unsigned>(least - loads.begin());
    }
    const auto part = static_cast<unsigned>(2 * result.sections.size() + 1);
    for (unsigned at = begin; at < end; ++at) result.places[core[at]] = {part, strandOf[leader(at)]};
    result.sections.push_back(section);
    followEarlier(begin, end);
  }

  /// Brings the strands of the last section into the order of those that made what they read: the same threads are
  /// likely to run them, and to have it at hand.
  void followEarlier(unsigned begin, unsigned end) {
    const unsigned strands = result.sections.back().strands;
    struct Mean {
      double sum = 0, count = 0;
    };
    llvm::SmallVector<Mean> means(strands);
    auto ofSection = llvm::ArrayRef(core).slice(begin, end - begin);
    for (unsigned step : ofSection)
      for (unsigned needed : steps[step].needs) {
        const Sections::Place from = result.places[needed], to = result.places[step];
        if (kinds[needed] != Kind::Core || from.part % 2 == 0 || from.part == to.part) continue;
        means[to.strand].sum += (from.strand + 0.5) / result.sections[from.part / 2].strands;
        means[to.strand].count += 1;
      }
    auto key = [&](unsigned strand) {
      const Mean mean = means[strand];
      return mean.count > 0 ? mean.sum / mean.count : (strand + 0.5) / strands;
    };
    auto sorted = llvm::to_vector(llvm::seq(0U, strands));
    llvm::sort(sorted, [&](unsigned a, unsigned b) { return std::tuple(key(a), a) < std::tuple(key(b), b); });
    llvm::SmallVector<unsigned> number(strands);
    for (auto [place, strand] : llvm::enumerate(sorted)) number[strand] = static_cast<unsigned>(place);
    for (unsigned step : ofSection) result.places[step].strand = number[result.places[step].strand];
  }

  /// As soon as what they need is done: in the strand that does it, if one does.
  void placeTails() {
    for (unsigned step = 0; step < size; ++step) {
      if (kinds[step] != Kind::Tail) continue;
      Sections::Place &place = result.places[step];
      bool isShared = false;
      for (unsigned needed : steps[step].needs) {
        if (kinds[needed] == Kind::Head) continue;
        const Sections::Place other = result.places[needed];
        if (other.part == place.part) isShared |= other.strand != place.strand;
        if (other.part <= place.part) continue;
        place = other;
        isShared = false;
      }
      if (isShared) place = {place.part + 1, 0};
    }
  }

  /// As late as they may be: in the strand that needs them, if one does.
  void placeHeads() {
    const auto after = static_cast<unsigned>(2 * result.sections.size());
    llvm::SmallVector<llvm::SmallVector<unsigned, 4>> readers(size);
    for (unsigned step = 0; step < size; ++step)
      for (unsigned needed : steps[step].needs) readers[needed].push_back(step);
    for (unsigned step = size; step-- > 0;) {
      if (kinds[step] != Kind::Head) continue;
      Sections::Place &place = result.places[step] = {after, 0};
      bool isShared = false;
      for (unsigned reader : readers[step]) {
        const Sections::Place other = result.places[reader];
        if (other.part == place.part) isShared |= other.strand != place.strand;
        if (other.part >= place.part) continue;
        place = other;
        isShared = false;
      }
      if (isShared) place = {place.part - 1, 0};
    }
  }
};

}  // namespace

Sections chooseSections(llvm::ArrayRef<SectionStep> steps, SectionLimits limits) {
  return Chooser(steps, limits).run();
}

}  // namespace etch::passes
