// Programs of hundreds of values: schedules in parts, loops whose values take turns in memory, one loop over the
// operands of a concatenation.
#include <catch2/catch.hpp>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensors noise(int count, const Shape &shape, DType dtype = f32) {
  Tensors list;
  for (int i = 0; i < count; ++i) list.push_back(tensor_of(sample(shape, dtype, -1, 1, i + 1), dtype));
  return list;
}

}  // namespace

TEST_CASE("hundreds of results") {
  Report report;
  for (int count : {40, 700}) {
    const std::string many = std::to_string(count);
    auto multiples = [count](const Tensors &in) {
      Tensors out;
      for (int i = 0; i < count; ++i) out.push_back(in[0] * static_cast<float>(i));
      return out;
    };
    require_same(report, many + " multiples", multiples, noise(1, {33}));
    auto sums = [count](const Tensors &in) {
      Tensors out;
      for (int i = 0; i < count; ++i) out.push_back(out.empty() ? in[0] : out.back() * 0.9f + in[1]);
      return out;
    };
    require_same(report, many + " sums", sums, noise(2, {33}));
    auto products = [count](const Tensors &in) {
      Tensors out;
      for (int i = 0; i < count; ++i) out.push_back(matmul(in[0], out.empty() ? in[1] : out.back()));
      return out;
    };
    require_same(report, many + " products", products, {noise(1, {3, 3})[0] * 0.3f, noise(1, {3, 5})[0]});
    auto each = [](const Tensors &in) {
      Tensors out;
      for (const Tensor &x : in) out.push_back(reverse(x));
      return out;
    };
    require_same(report, "each of " + many, each, noise(count, {5}));
    // With a branch and a constant between them, and views.
    auto mixed = [count](const Tensors &in) {
      Tensors out;
      Tensor x = in[0];
      for (int i = 0; i < count; ++i) {
        x = reverse(reshape(x, i % 2 ? Shape{4, 3} : Shape{3, 4}), {0});
        if (i % 100 == 99) x = cond(sum(x) > 0.f, [&] { return matmul(x, eye(x.shape()[1])); }, [&] { return -x; });
        if (i % 50 == 7)
          x = x + reshape(constant({1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f, 9.f, 10.f, 11.f, 12.f}), x.shape());
        out.push_back(x);
      }
      return out;
    };
    require_same(report, many + " mixed", mixed, noise(1, {3, 4}));
  }
  // Results that are arguments, and one value as many results.
  auto copies = [](const Tensors &in) {
    Tensors out = in;
    for (int i = 0; i < 300; ++i) out.push_back(exp(in[0]));
    return out;
  };
  require_same(report, "copies", copies, noise(300, {5}));
  REQUIRE_CLEAN(report);
}

TEST_CASE("loops that carry hundreds of values") {
  Report report;
  for (int count : {10, 40, 300}) {
    const std::string many = std::to_string(count) + " ";
    for (const Shape &shape : {Shape{5}, Shape{100}}) {
      if (count > 40 && shape != Shape{5}) continue;
      const std::string what = many + to_string(shape);
      auto repeat = [](const Tensors &in, const std::function<Tensors(const Tensors &)> &step) {
        return for_range(0, 3, in, [&](Tensor, Tensors state) { return step(state); });
      };
      // Each is made of other elements of itself, so that it has two places.
      auto reversed = [&](const Tensors &in) {
        return repeat(in, [](const Tensors &state) {
          Tensors next;
          for (const Tensor &x : state) next.push_back(reverse(x) - x * 0.5f);
          return next;
        });
      };
      require_same(report, what + " reversed", reversed, noise(count, shape));
      // All but one move on as they are.
      auto shifted = [&](const Tensors &in) {
        return repeat(in, [](const Tensors &state) {
          Tensors next(state.begin() + 1, state.end());
          next.push_back(reverse(state[0]) + state[1]);
          return next;
        });
      };
      require_same(report, what + " shifted", shifted, noise(count, shape));
      auto scaled = [&](const Tensors &in) {
        return repeat(in, [](const Tensors &state) {
          Tensors next;
          for (const Tensor &x : state) next.push_back(x * 0.5f);
          return next;
        });
      };
      require_same(report, what + " scaled", scaled, noise(count, shape));
      if (count > 40) continue;
      auto nested = [&](const Tensors &in) {
        return repeat(in, [&](const Tensors &state) {
          Tensors inner = repeat(state, [](const Tensors &each) {
            Tensors next;
            for (const Tensor &x : each) next.push_back(reverse(x) - x * 0.25f);
            return next;
          });
          std::rotate(inner.begin(), inner.begin() + 1, inner.end());
          return inner;
        });
      };
      require_same(report, what + " nested", nested, noise(count, shape));
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("many operands of a concatenation") {
  Report report;
  for (int count : {15, 40}) {
    for (const Shape &shape : {Shape{3}, Shape{16}, Shape{100}, Shape{1, 3}, Shape{5, 3}, Shape{40, 1}, Shape{2, 3, 7}})
      for (int64_t axis = 0; axis < static_cast<int64_t>(shape.rank()); ++axis) {
        const std::string what = std::to_string(count) + " " + to_string(shape) + " along " + std::to_string(axis);
        auto joined = [axis](const Tensors &in) { return Tensors{concatenate(in, axis)}; };
        require_same(report, what, joined, noise(count, shape));
        auto behind = [axis](const Tensors &in) {
          Tensor x = concatenate(in, axis) * 2.f;
          return Tensors{x, exp(x) + 1.f};
        };
        require_same(report, what + ", used", behind, noise(count, shape));
        // One operand is read by itself, another one stands twice, another one is computed.
        auto mixed = [axis](const Tensors &in) {
          Tensors list = in;
          list.insert(list.begin() + 2, list[4]);
          list[1] = reverse(list[1]);
          return Tensors{concatenate(list, axis) * sum(in[3])};
        };
        require_same(report, what + ", mixed", mixed, noise(count, shape));
        auto firsts = [axis](const Tensors &in) {
          Tensor all = concatenate(in, axis);
          return Tensors{all *
                         reshape(slice(in[0], std::vector<Range>(static_cast<size_t>(in[0].rank()), Range(0, 1))), {})};
        };
        require_same(report, what + ", scaled by the first", firsts, noise(count, shape));
        auto stacked = [axis](const Tensors &in) { return Tensors{stack(in, axis)}; };
        require_same(report, what + ", stacked", stacked, noise(count, shape));
      }
    for (DType dtype : {f64, i32, boolean, bf16}) {
      auto joined = [](const Tensors &in) { return Tensors{concatenate(in, 0)}; };
      require_same(report, std::to_string(count) + " of another dtype", joined, noise(count, {3, 2}, dtype));
    }
  }
  REQUIRE_CLEAN(report);
}
