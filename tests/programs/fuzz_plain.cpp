// Random programs whose values plain loops make, too: of moves, windows, running results. (fuzz_graphs.cpp tells how to
// run more of them, or one again.)
#include <catch2/catch.hpp>

#include "tests/programs/random/check.h"
#include "tests/programs/random/plain.h"

using namespace etch;
using namespace random_program;

namespace {

std::string check_plain(PlainProgram program, std::string &text) {
  text = program.text();
  shows(text);
  const auto inputs = program.inputs();
  auto run = [&] { return etch::function([&](std::vector<Tensor> in) { return program.run(in); })(inputs); };
  for (Policy policy : {Policy::strict, Policy::standard}) {
    PolicyScope scope(policy);
    std::string wrong = program.check(run());
    if (wrong.empty()) continue;
    // One result alone says more, if it is still wrong.
    for (size_t result : std::vector<size_t>(program.wanted)) {
      PlainProgram alone = program;
      alone.wanted = {result};
      std::swap(alone, program);
      if (std::string again = program.check(run()); !again.empty()) wrong += "\nalone: " + again;
      std::swap(alone, program);
    }
    return wrong;
  }
  return "";
}

}  // namespace

TEST_CASE("random moves, windows and running results give what plain loops give", "[fuzz]") {
  fuzz("plain", 25, [](uint64_t seed, std::string &text) {
    return check_plain(PlainProgram(seed, 14, 4000, {0, 1, 1, 2, 3, 4, 5, 7, 8, 16, 17, 33}), text);
  });
}

TEST_CASE("random programs that take outside throw eagerly and checked, and others do not", "[fuzz]") {
  fuzz("checked", 15, [](uint64_t seed, std::string &text) -> std::string {
    const PlainProgram program(seed + 2000000, 12, 2000, {1, 2, 3, 4, 5, 8, 17});
    text = program.text();
    shows(text);
    const auto inputs = program.inputs();
    auto run = [&](std::vector<Tensor> in) { return program.run(in); };
    auto checked = etch::function(run, Options{.checked = true});
    for (bool is_eager : {true, false}) {
      const std::string what = is_eager ? "eager: " : "checked: ";
      try {
        const std::string wrong = program.check(is_eager ? run(inputs) : checked(inputs));
        if (!wrong.empty()) return what + wrong;
        if (program.takes_outside()) return what + "an index outside is not found";
      } catch (const UserError &error) {
        if (!program.takes_outside()) return what + error.what();
        if (std::string(error.what()).find("index") == std::string::npos) return what + error.what();
      }
    }
    return "";
  });
}

TEST_CASE("random moves, windows and running results of many elements give what plain loops give", "[fuzz]") {
  fuzz("large plain", 6, [](uint64_t seed, std::string &text) {
    return check_plain(PlainProgram(seed + 1000000, 7, 300000, {2, 3, 16, 24, 31, 64, 100, 257, 1000}), text);
  });
}
