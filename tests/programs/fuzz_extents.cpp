// Random programs compiled once for unknown extents and called with several. (fuzz_graphs.cpp tells how to run more of
// them, or one again.)
#include <catch2/catch.hpp>

#include "tests/programs/random/check.h"

using namespace etch;
using namespace random_program;

namespace {

/// What stands for the unknown extent while a program is made.
constexpr int64_t kTraced = 11;
constexpr int64_t kMostElements = 1 << 21;

/// Has each tensor at most kMostElements with n in the place of kTraced? Extents may be sums of it.
bool fits(const Shape &shape, int64_t n) {
  double elements = 1;
  for (int64_t extent : shape.dims())
    elements *= extent < kTraced ? static_cast<double>(extent) : static_cast<double>(extent * n) / kTraced;
  return elements <= kMostElements;
}
bool fits(const Block &block, int64_t n) {
  for (const Step &step : block.steps) {
    for (const TensorType &type : step.types)
      if (!fits(type.shape, n)) return false;
    for (const auto &body : step.bodies)
      if (!fits(*body, n)) return false;
  }
  return true;
}

/// Extents to call a program with: small ones, and one with which a loop is shared by threads, if there is one.
std::vector<int64_t> extents_for(const Program &program) {
  std::vector<int64_t> extents = {kTraced, 2, 0, 1, 37, 3};
  for (int64_t n : {300007, 40002, 2011, 401}) {
    bool all_fit = fits(program.block, n);
    for (const Tensor &input : program.inputs) all_fit &= fits(input.shape(), n);
    if (!all_fit) continue;
    extents.push_back(n);
    break;
  }
  return extents;
}

}  // namespace

TEST_CASE("random graphs compiled for unknown extents give the bits of each extent they are called with", "[fuzz]") {
  Kinds kinds;
  kinds.extents = {1, 2, 3, 4, kTraced, kTraced, kTraced, 16};
  kinds.max_elements = 20000;
  kinds.inputs = 2;
  kinds.control_flow = true;
  kinds.relative = true;
  fuzz("several extents", 8, [&](uint64_t seed, std::string &text) -> std::string {
    const Program program = make_program(seed, kinds, 15);
    text = program.text();
    shows(text);
    State none;
    Options options = strict_options();
    for (const Tensor &input : program.inputs) {
      Shape shape = input.shape();
      for (int axis = 0; axis < shape.rank(); ++axis)
        if (shape[axis] == kTraced) shape[axis] = kDynamic;
      options.input_signature.push_back({input.dtype(), shape});
    }
    auto f = etch::function(
        [&](Tensor a, Tensor b, Tensor c, Tensor d) { return program.block.run({a, b, c, d}, none); }, options);
    for (int64_t n : extents_for(program)) {
      Dice dice(seed * 64 + static_cast<uint64_t>(n));
      Values in;
      for (const Tensor &input : program.inputs) {
        Shape shape = input.shape();
        for (int axis = 0; axis < shape.rank(); ++axis)
          if (shape[axis] == kTraced) shape[axis] = n;
        in.push_back(random_values(dice, input.dtype(), shape, false));
      }
      Values eager, compiled;
      try {
        eager = program.block.run(in, none);
      } catch (const UserError &) {
        continue;  // steps that name an extent
      }
      try {
        compiled = f(in[0], in[1], in[2], in[3]);
      } catch (const UserError &error) {
        // Constants of the program (a target shape, a limit) need not fit what is unknown while tracing.
        shows(std::string("refused: ") + error.what());
        continue;
      }
      if (std::string wrong = compare(eager, compiled, "result"); !wrong.empty())
        return "extent " + std::to_string(n) + ", " + wrong;
    }
    return "";
  });
}
