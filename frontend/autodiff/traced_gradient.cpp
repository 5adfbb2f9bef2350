// Gradients in a trace: the ops between target and sources are recorded once more, in a function to differentiate.

#include <algorithm>
#include <unordered_map>

#include "frontend/autodiff/recording.h"
#include "frontend/autodiff/tape_sources.h"
#include "frontend/tensor/storage.h"

namespace etch::detail {
namespace {

/// Calls f with each value that a node uses.
template <class F> void for_each_use(const ir::Node &node, F &&f) {
  for (ir::ValueId operand : node.operands) f(operand);
  for (const auto &region : node.regions)
    for (const ir::Capture &capture : region->captures) f(capture.outer);
}

bool uses_any(const ir::Node &node, const std::vector<bool> &values) {
  bool any = false;
  for_each_use(node, [&](ir::ValueId id) { any = any || values[id]; });
  return any;
}

template <class F> void for_each_result(const ir::Node &node, F &&f) {
  for (ir::ValueId i = 0; i < node.num_results; ++i) f(node.first_result + i);
}

/// What a tape has seen of its trace.
struct Followed {
  std::vector<bool> values;  ///< watched, read, or computed from those
  std::vector<bool> nodes;   ///< that were recorded

  Followed(const Recording &recording, const ir::Tape &tape) : values(tape.types.size()), nodes(tape.nodes.size()) {
    auto start = recording.starts.begin();
    auto begin_until = [&](ir::ValueId now) {
      for (; start != recording.starts.end() && start->since <= now; ++start)
        values[start->value] = is_floating(tape.types[start->value].dtype);
    };
    for (size_t n = 0; n < tape.nodes.size(); ++n) {
      const ir::Node &node = tape.nodes[n];
      if (node.first_result < recording.begin || node.first_result >= recording.end) continue;
      begin_until(node.first_result);
      nodes[n] = uses_any(node, values);
      if (nodes[n])
        for_each_result(node, [&](ir::ValueId id) { values[id] = values[id] || is_floating(tape.types[id].dtype); });
    }
    begin_until(std::numeric_limits<ir::ValueId>::max());
  }
};

/// The values where looking behind ends, and the sources that are computed from other ones, where it does not.
struct Borders {
  std::vector<ir::ValueId> leaves;
  std::vector<bool> computed_sources;

  Borders(const Recording &recording, const ir::Tape &tape, const Followed &followed,
          const std::vector<bool> &is_source)
      : computed_sources(tape.types.size()) {
    std::vector<bool> is_read(tape.types.size()), depends = is_source;
    // What a variable was read as begins there: assignments stop derivatives.
    for (const Recording::Start &start : recording.starts)
      if (start.state) is_read[start.value] = true;
    for (size_t n = 0; n < tape.nodes.size(); ++n) {
      const ir::Node &node = tape.nodes[n];
      const bool any = uses_any(node, depends);
      // What the host computes is not computed again, and what was not recorded has no derivative.
      const bool is_opaque = ir::family_of(node.op) == ir::Family::State || (any && !followed.nodes[n]);
      for_each_result(node, [&](ir::ValueId id) {
        computed_sources[id] = is_source[id] && any && !is_opaque && !is_read[id];
        if (is_opaque || (is_source[id] && !computed_sources[id])) leaves.push_back(id);
        depends[id] = depends[id] || any;
      });
    }
  }
};

}  // namespace

std::vector<Tensor> Recording::traced_gradient(const Tensor &target, const std::vector<Tensor> &sources,
                                               Location at) const {
  Trace &outer = *Trace::current();
  const ir::ValueId wanted = outer.use(target, at);
  std::vector<ir::ValueId> source_ids;
  for (const Tensor &source : sources) source_ids.push_back(outer.use(source, at));
  const ir::Tape &tape = outer.tape();
  const Followed followed(*this, tape);

  AskedSources asked;
  std::unordered_map<ir::ValueId, int> position_of;
  std::vector<bool> is_source(tape.types.size());
  for (ir::ValueId id : source_ids) {
    int position = -1;
    if (is_floating(target.dtype()) && followed.values[id]) {
      auto [known, is_new] = position_of.try_emplace(id, static_cast<int>(asked.tensors.size()));
      if (is_new) asked.tensors.push_back(outer.symbolic(id, at));
      position = known->second;
      is_source[id] = true;
    }
    asked.positions.push_back(position);
  }
  if (asked.tensors.empty()) return std::vector<Tensor>(sources.size());

  const Borders borders(*this, tape, followed, is_source);
  const std::vector<uint32_t> nodes = dependencies(tape, std::vector<ir::ValueId>{wanted}, borders.leaves);
  return asked.spread(differentiate_connected(asked.tensors, at, [&](const Values &values) {
    Trace &trace = *Trace::current();
    std::unordered_map<ir::ValueId, ir::ValueId> ids;
    auto value_of = [&](ir::ValueId source) { return values[static_cast<size_t>(position_of.at(source))]; };
    auto is_given = [&](ir::ValueId id) { return position_of.count(id) && !borders.computed_sources[id]; };
    for (auto [id, position] : position_of)
      if (is_given(id)) ids[id] = value_of(id).body()->value;
    std::vector<bool> is_made(tape.types.size());
    for (uint32_t index : nodes)
      for_each_result(tape.nodes[index], [&](ir::ValueId id) { is_made[id] = !is_given(id); });
    auto need = [&](ir::ValueId id) {
      if (!is_made[id] && !ids.count(id)) ids[id] = trace.use(outer.symbolic(id, at), at);
    };
    for (uint32_t index : nodes) {
      for_each_use(tape.nodes[index], need);
      const uint32_t one[] = {index};
      replay(tape, one, ids, trace);
      for_each_result(tape.nodes[index], [&](ir::ValueId id) {
        if (is_given(id))
          ids[id] = value_of(id).body()->value;
        else if (position_of.count(id))
          ids[id] = join(value_of(id), trace.symbolic(ids.at(id), at), at).body()->value;
      });
    }
    need(wanted);
    return trace.symbolic(ids.at(wanted), at);
  }));
}

}  // namespace etch::detail
