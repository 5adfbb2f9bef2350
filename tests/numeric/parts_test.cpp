// States that are put together from parts in each step and read part by part in the next one: compiled, they must give
// the bits that the host's loop gives under policy strict.
#include <catch2/catch.hpp>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -1, 1, seed), dtype); }

void require_equal(Report &report, const std::string &what, const Body &body, const Tensors &inputs) {
  const Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
  for (size_t i = 0; i < eager.size(); ++i) require_bits(report, what + ", strict", compiled[i], eager[i]);
  require_same(report, what, body, inputs);
}

/// The state's parts lie along `axis`.
Tensor turn(const Tensor &s, int axis) {
  auto part = [&](int64_t i) { return axis == 0 ? s[i] : squeeze(s[{Range(), Range(i, i + 1)}], {1}); };
  return stack({part(1), sin(part(2)) - part(0), -0.5f * part(0)}, axis);
}

Tensor turned(const Tensor &s, int axis) { return s + 0.1f * turn(s + 0.05f * turn(s, axis), axis); }

}  // namespace

TEST_CASE("loops over stacked states") {
  Report report;
  for (int64_t n : {6, 16, 33, 1000}) {
    for (int axis : {0, 1}) {
      const Shape shape = axis == 0 ? Shape{3, n} : Shape{n, 3};
      const std::string what = std::to_string(n) + " states along axis " + std::to_string(1 - axis);
      auto steps = [axis](const Tensors &in) {
        return Tensors{for_range(0, 5, in[0], [&](Tensor, Tensor s) { return turned(s, axis); })};
      };
      require_equal(report, what, steps, {noise(shape, 1)});
      auto forced = [axis](const Tensors &in) {
        return Tensors{for_range(0, 5, tanh(in[0]), [&](Tensor i, Tensor s) {
          return turned(s, axis) + in[1] * cast(i, f32) - 0.1f * in[2];
        })};
      };
      require_equal(report, what + ", with a force", forced,
                    {noise(shape, 1), noise(shape, 2), noise({3}, 3)[{Range(0, 1)}]});
      auto recorded = [axis](const Tensors &in) {
        auto [last, all] = scan([&](Tensor s, Tensor x) { return std::pair(turned(s, axis) + x, s); }, in[0], in[1]);
        return Tensors{last, all};
      };
      require_equal(report, what + ", recorded", recorded, {noise(shape, 1), noise({4}, 2)});
      auto once = [axis](const Tensors &in) { return Tensors{turned(turned(in[0], axis), axis)}; };
      require_equal(report, what + ", without a loop", once, {noise(shape, 1)});
      auto before = [axis](const Tensors &in) {
        Tensor force = exp(in[0]);
        return Tensors{for_range(0, 5, in[0], [&](Tensor, Tensor s) { return turned(s, axis) + force; })};
      };
      require_equal(report, what + ", with what was computed from the first one", before, {noise(shape, 1)});
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("states that change places, halves of states, and loops in loops") {
  Report report;
  auto exchanged = [](const Tensors &in) {
    auto [a, b] = for_range(0, 3, std::pair(in[0], in[1]), [](Tensor, Tensor a, Tensor b) {
      Tensor x = a[{Range(0, 2)}], y = a[{Range(2, 5)}];
      return std::pair(b, concatenate({0.5f * y + sum(b), x - b[{Range(0, 2)}]}));
    });
    return Tensors{a, b};
  };
  require_equal(report, "change places", exchanged, {noise({5, 9}, 1), noise({5, 9}, 2)});
  auto halves = [](const Tensors &in) {
    return Tensors{for_range(0, 3, in[0], [&](Tensor, Tensor s) {
      Tensor p = s[{Range(0, 3)}], v = s[{Range(3, 6)}];
      Tensor moved = v - 0.1f * p + 0.01f * reverse(p, {0});
      return concatenate({p + 0.1f * moved, moved}) * in[1];
    })};
  };
  require_equal(report, "halves", halves, {noise({6, 7, 5}, 1), noise({6, 7, 5}, 2)});
  auto nested = [](const Tensors &in) {
    return Tensors{for_range(0, 3, in[0], [&](Tensor, Tensor s) {
      Tensor inner = for_range(0, 2, s, [&](Tensor, Tensor t) { return turned(t, 0); });
      return turned(inner, 0) - 0.1f * s;
    })};
  };
  require_equal(report, "a loop in a loop", nested, {noise({3, 40}, 1)});
  auto masked = [](const Tensors &in) {
    return Tensors{for_range(0, 4, in[0], [&](Tensor, Tensor s) {
      Tensor next = turned(s, 0);
      return where(next > 0.5f, s, next);
    })};
  };
  require_equal(report, "some stay as they are", masked, {noise({3, 40}, 1)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("gradients of loops over stacked states") {
  Report report;
  auto loss = [](const Tensors &in) {
    return sum(square(for_range(0, 4, in[0], [&](Tensor, Tensor s) { return turned(s, 0) * in[1]; })));
  };
  require_gradients(report, "three states", loss, {noise({3, 6}, 1, f64), noise({3, 6}, 2, f64)});
  REQUIRE_CLEAN(report);
}
