// Programs whose halves need nothing of each other, which run side by side: the number of threads changes no bit, and
// under policy strict they give the bits of the same ops one by one.
#include <catch2/catch.hpp>

#include <atomic>
#include <cstring>
#include <thread>

#include "etch/etch.h"
#include "tests/threads.h"

using namespace etch;
using etch::testing::Threads;

namespace {

using Values = std::vector<Tensor>;

/// Also called by threads that have no right to Catch's assertions.
bool same_bits(const Values &a, const Values &b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].type() != b[i].type() ||
        std::memcmp(a[i].data(), b[i].data(), static_cast<size_t>(a[i].size()) * size_of(a[i].dtype())) != 0)
      return false;
  return true;
}

/// With one, two and eight threads.
void check_threads(const std::function<Values()> &run) {
  const Values one = [&] {
    Threads scope(1);
    return run();
  }();
  for (int count : {2, 8}) {
    Threads scope(count);
    INFO(count << " threads");
    for (int again = 0; again < 5; ++again) CHECK(same_bits(one, run()));
  }
}

Tensor noise(Shape shape, int64_t seed = 1) { return Generator(seed).normal(shape, 0, 0.1); }
Tensor copy_of(const Tensor &x) { return x + 0; }

constexpr int64_t kBatch = 64, kWidth = 64, kNets = 6;

/// Nets of two layers that learn the same, of Variables of their own.
struct Ensemble {
  std::vector<Variable> weights;
  Ensemble() { reset(); }
  void reset() {
    const bool isNew = weights.empty();
    for (int64_t i = 0; i < 2 * kNets; ++i) {
      Tensor start = noise({kWidth, kWidth}, i + 1);
      if (isNew)
        weights.emplace_back(start);
      else
        weights[static_cast<size_t>(i)].assign(start);
    }
  }
  Values step(const Tensor &x, const Tensor &y) const {
    auto loss = [&] {
      Tensor total = zeros({}, f32);
      for (size_t i = 0; i < weights.size(); i += 2)
        total = total + mean(square(matmul(tanh(matmul(x, weights[i])), weights[i + 1]) - y));
      return total;
    };
    auto [value, gradients] = value_and_grad(weights, loss);
    for (size_t i = 0; i < weights.size(); ++i) weights[i].assign(weights[i] - gradients[i] * 0.1f);
    return {value};
  }
  Values now() const {
    Values values;
    for (const Variable &w : weights) values.push_back(copy_of(w));
    return values;
  }
};

/// tanh(x w + h u) over rows of x, first to last or last to first.
Tensor recurrent(const Tensor &x, const Tensor &w, const Tensor &u, bool backwards) {
  const int64_t batch = x.shape()[1], units = u.shape()[0];
  auto [last, all] = scan(
      [&](Tensor h, Tensor now) {
        Tensor next = tanh(now + matmul(h, u));
        return std::pair(next, next);
      },
      zeros({batch, units}, f32), backwards ? reverse(matmul(x, w), {0}) : matmul(x, w));
  return backwards ? reverse(all, {0}) : all;
}

}  // namespace

TEST_CASE("nets of an ensemble learn side by side", "[threads]") {
  Tensor x = noise({kBatch, kWidth}, 77), y = noise({kBatch, kWidth}, 78);
  Ensemble nets;
  auto step = function("ensemble", [&](Tensor x, Tensor y) { return nets.step(x, y)[0]; });
  check_threads([&] {
    nets.reset();
    Values results;
    for (int i = 0; i < 3; ++i) results.push_back(step(x, y));
    for (Tensor &w : nets.now()) results.push_back(w);
    return results;
  });
  CHECK(step.ir("buffers").find("etch.strand") != std::string::npos);
}

TEST_CASE("an ensemble under policy strict, as one function and op by op", "[threads]") {
  Tensor x = noise({kBatch, kWidth}, 77), y = noise({kBatch, kWidth}, 78);
  Ensemble nets;
  PolicyScope strict(Policy::strict);
  Values eager = nets.step(x, y);
  for (Tensor &w : nets.now()) eager.push_back(w);
  nets.reset();
  auto step =
      function("strict_ensemble", [&](Tensor x, Tensor y) { return nets.step(x, y)[0]; }, {.policy = Policy::strict});
  Threads scope(2);
  Values compiled = {step(x, y)};
  for (Tensor &w : nets.now()) compiled.push_back(w);
  CHECK(same_bits(eager, compiled));
  CHECK(step.ir("buffers").find("etch.strand") != std::string::npos);
}

TEST_CASE("both directions of a recurrent net run side by side, and so do their derivatives", "[threads]") {
  Tensor x = noise({20, 16, 24}, 5), w = noise({24, 32}, 6), v = noise({24, 32}, 7), a = noise({32, 32}, 8),
         b = noise({32, 32}, 9);
  auto net = [&](const Tensor &x, const Tensor &a, const Tensor &b) {
    return concatenate({recurrent(x, w, a, false), recurrent(x, v, b, true)}, 2);
  };
  auto forward = function("both_directions", [&](Tensor x, Tensor a, Tensor b) { return net(x, a, b); });
  check_threads([&] { return Values{forward(x, a, b)}; });
  CHECK(forward.ir("buffers").find("etch.strand") != std::string::npos);
  auto backward = function("derivatives_of_both", [&](Tensor x, Tensor a, Tensor b) {
    auto [da, db] = grad<0, 1>([&](const Tensor &a, const Tensor &b) { return sum(square(net(x, a, b))); })(a, b);
    return std::tuple(da, db);
  });
  check_threads([&] {
    auto [da, db] = backward(x, a, b);
    return Values{da, db};
  });
}

TEST_CASE("loops in a branch run side by side", "[threads]") {
  Tensor a = noise({64, 64}, 5), b = noise({64, 64}, 6);
  auto power = [](const Tensor &m, int64_t n) {
    return for_range(0, n, m, [&](Tensor, Tensor p) { return tanh(matmul(p, m)); });
  };
  auto both = function("branches", [&](Tensor a, Tensor b, Tensor which) {
    return cond(
        which, [&] { return std::tuple(power(a, 9), power(b, 7)); },
        [&] { return std::tuple(power(b, 8), power(a, 6) + 1.f); });
  });
  for (bool which : {false, true})
    check_threads([&] {
      auto [p, q] = both(a, b, constant(which));
      return Values{p, q};
    });
  CHECK(both.ir("buffers").find("etch.strand") != std::string::npos);
}

TEST_CASE("a loop's body runs side by side each time round", "[threads]") {
  Tensor x = noise({96, 96}, 5), y = noise({96, 96}, 6);
  auto turn = function("turn", [](Tensor x, Tensor y) {
    return for_range(0, 6, std::tuple(x, y), [](Tensor, std::tuple<Tensor, Tensor> both) {
      auto [a, b] = both;
      // Crosswise: what one half makes of its own is what the other half starts from.
      return std::tuple(tanh(matmul(matmul(b, b), b)), tanh(matmul(matmul(a, a), a)));
    });
  });
  check_threads([&] {
    auto [p, q] = turn(x, y);
    return Values{p, q};
  });
  CHECK(turn.ir("buffers").find("etch.strand") != std::string::npos);
}

// The loop that derives writes rows of two results, from last to first.
TEST_CASE("derivatives of a loop with two states write their rows side by side", "[threads]") {
  constexpr int64_t kSteps = 7;
  Tensor x = noise({kSteps, 64, 96}, 5), a = noise({96, 96}, 8), b = noise({96, 96}, 9);
  auto loss = [&](const Tensor &x, const Tensor &a, const Tensor &b) {
    auto [last, all] = scan(
        [&](std::tuple<Tensor, Tensor> state, Tensor now) {
          auto [h, g] = state;
          Tensor up = tanh(now + matmul(h, a)), down = tanh(now - matmul(g, b));
          return std::pair(std::tuple(up, down), std::tuple(up * 2.f, exp(down)));
        },
        std::tuple(zeros({64, 96}, f32), zeros({64, 96}, f32)), x);
    auto [ups, downs] = all;
    return sum(square(ups)) + sum(square(downs));
  };
  auto all = [&](Tensor x, Tensor a, Tensor b) {
    auto [dx, da, db] = grad<0, 1, 2>(loss)(x, a, b);
    return std::tuple(dx, da, db);
  };
  PolicyScope strict(Policy::strict);
  auto [dx, da, db] = all(x, a, b);
  auto compiled = function("two_states", all, {.policy = Policy::strict});
  check_threads([&] {
    auto [cx, ca, cb] = compiled(x, a, b);
    CHECK(same_bits({cx, ca, cb}, {dx, da, db}));
    return Values{cx, ca, cb};
  });
  CHECK(compiled.ir("buffers").find("etch.strand") != std::string::npos);
}

// What stands behind a section looks up again where a slice lies: by then a product of its strand had taken the
// memory of the slice's number.
TEST_CASE("a loop's body runs side by side and writes its history from last to first", "[threads]") {
  constexpr int64_t kSteps = 6;
  Tensor x = noise({96, 96}, 5), y = noise({96, 96}, 6);
  auto all = [](Tensor x, Tensor y) {
    auto times_y = [&](Tensor m, int count) {
      for (int k = 0; k < count; ++k) m = matmul(m, y);
      return m;
    };
    auto turn = [&](Tensor i, std::tuple<TensorArray, Tensor> state) {
      auto [history, a] = state;
      const Tensor at = kSteps - 1 - i;
      Tensor up = tanh(times_y(a, 2)), down = tanh(times_y(-a, 2));
      history = history.write(at, up);
      return std::tuple(history, tanh(times_y(up, 4) - times_y(down, 4)) * up);
    };
    auto [history, last] = for_range(0, kSteps, std::tuple(TensorArray::of(kSteps, {96, 96}), x), turn);
    return std::tuple(history.stack(), last);
  };
  PolicyScope strict(Policy::strict);
  auto [history, last] = all(x, y);
  auto compiled = function("from_last_to_first", all, {.policy = Policy::strict});
  check_threads([&] {
    auto [h, l] = compiled(x, y);
    CHECK(same_bits({h, l}, {history, last}));
    return Values{h, l};
  });
  CHECK(compiled.ir("buffers").find("etch.strand") != std::string::npos);
}

TEST_CASE("random numbers side by side are those of one thread", "[threads]") {
  Generator p(3), q(4);
  auto draw = function("draw", [&](Tensor x) {
    auto walk = [&](Generator &generator, const Tensor &m) {
      Tensor h = m;
      for (int i = 0; i < 4; ++i) h = tanh(matmul(h, m)) + generator.normal({64, 64}, 0, 0.1);
      return h;
    };
    return std::tuple(walk(p, x), walk(q, x * 0.5f));
  });
  Tensor x = noise({64, 64}, 5);
  Variable states[] = {p.state(), q.state()};
  const Tensor first = copy_of(states[0]), second = copy_of(states[1]);
  check_threads([&] {
    states[0].assign(first), states[1].assign(second);
    auto [a, b] = draw(x);
    return Values{a, b};
  });
  CHECK(draw.ir("buffers").find("etch.strand") != std::string::npos);
}

TEST_CASE("many threads call one function whose halves run side by side", "[threads]") {
  Tensor x = noise({64, 64}, 5);
  auto halves = function("halves", [](Tensor x) {
    auto chain = [&](float factor) {
      Tensor h = x * factor;
      for (int i = 0; i < 6; ++i) h = tanh(matmul(h, x));
      return h;
    };
    return chain(1.f) + 2.f * chain(0.5f);
  });
  Threads scope(2);
  const Tensor expected = halves(x);
  CHECK(halves.ir("buffers").find("etch.strand") != std::string::npos);
  std::vector<std::thread> callers;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int call = 0; call < 50; ++call) wrong += !same_bits({expected}, {halves(x)});
    });
  for (std::thread &caller : callers) caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("a failed check between halves that run side by side is the first in program order", "[threads]") {
  auto checked = function("checked", [](Tensor x) {
    auto chain = [&](float factor) {
      Tensor h = x * factor;
      for (int i = 0; i < 6; ++i) h = tanh(matmul(h, x));
      return h;
    };
    Tensor a = chain(1.f), b = chain(0.5f);
    check(all(a < 2.f), "the first");
    check(sum(b) < -1e9f, "the second");
    check(sum(a) < -1e9f, "the third");
    return a + b;
  });
  Threads scope(2);
  CHECK_THROWS_WITH(checked(noise({64, 64}, 5)), Catch::Contains("the second"));
}
