// Loops whose steps keep, read and sum slices: compiled, they must be what the host computes step by step.
#include <cmath>

#include <catch2/catch.hpp>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -1, 1, seed), dtype); }

/// One step of an LSTM whose gates lie side by side: (h, c) from x [batch, width], wx, wh and b.
std::pair<Tensor, Tensor> lstm_step(const Tensor &x, const Tensor &h, const Tensor &c, const Tensors &w) {
  const int64_t units = w[1].shape()[0];
  Tensor gates = matmul(x, w[0]) + matmul(h, w[1]) + w[2];
  auto gate = [&](int64_t i) { return gates[{{}, {i * units, (i + 1) * units}}]; };
  Tensor next = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2));
  return {sigmoid(gate(3)) * tanh(next), next};
}

/// The sum of all h, weighted by step, as a loop in the program or one of the host.
Tensor lstm(const Tensors &in, bool unrolled) {
  const Tensors w = {in[1], in[2], in[3]};
  const int64_t steps = in[0].shape()[0], batch = in[0].shape()[1], units = w[1].shape()[0];
  Tensor zero = zeros({batch, units}, in[0].dtype());
  if (!unrolled) {
    auto [last, all] = scan(
        [&](std::tuple<Tensor, Tensor> state, Tensor x) {
          auto [h, c] = lstm_step(x, std::get<0>(state), std::get<1>(state), w);
          return std::pair(std::tuple(h, c), h);
        },
        std::tuple(zero, zero), in[0]);
    return sum(all * in[4]) + sum(std::get<1>(last));
  }
  Tensor h = zero, c = zero;
  Tensors all;
  for (int64_t i = 0; i < steps; ++i) {
    std::tie(h, c) = lstm_step(in[0][{i}], h, c, w);
    all.push_back(h);
  }
  return sum(stack(all) * in[4]) + sum(c);
}

Tensors lstm_inputs(int64_t steps, int64_t batch, int64_t width, int64_t units, DType dtype = f32) {
  return {noise({steps, batch, width}, 1, dtype), noise({width, 4 * units}, 2, dtype),
          noise({units, 4 * units}, 3, dtype), noise({4 * units}, 4, dtype), noise({steps, 1, units}, 5, dtype)};
}

Tensors gradients(const Tensors &in, bool unrolled) {
  auto loss = [unrolled](const Tensors &x) { return lstm(x, unrolled); };
  auto [value, by] = value_and_grad(std::function<Tensor(const Tensors &)>(loss))(in);
  by.push_back(value);
  return by;
}

}  // namespace

TEST_CASE("a recurrent network and its gradients: a loop gives what the unrolled steps give, bit for bit when strict") {
  Report report;
  for (auto [steps, batch, width, units] : {std::tuple<int64_t, int64_t, int64_t, int64_t>{1, 2, 3, 4},
                                            {2, 1, 1, 1},
                                            {3, 5, 4, 17},
                                            {7, 6, 33, 16},
                                            {5, 50, 8, 64},
                                            {4, 9, 70, 70}}) {
    const std::string what = std::to_string(steps) + " steps, batch " + std::to_string(batch) + ", " +
                             std::to_string(width) + " to " + std::to_string(units);
    const Tensors inputs = lstm_inputs(steps, batch, width, units);
    const Tensors host = run_compiled([](const Tensors &in) { return gradients(in, true); }, inputs, Policy::strict);
    Body body = [](const Tensors &in) { return gradients(in, false); };
    const Tensors strict = run_compiled(body, inputs, Policy::strict);
    const int before = runtime::num_threads();
    const Tensors standard = run_compiled(body, inputs, Policy::standard);
    runtime::set_num_threads(8);
    const Tensors threads = run_compiled(body, inputs, Policy::standard);
    runtime::set_num_threads(before);
    for (size_t i = 0; i < host.size(); ++i) {
      require_bits(report, what + ", strict, " + std::to_string(i), strict[i], host[i]);
      require_bits(report, what + ", 8 threads, " + std::to_string(i), threads[i], standard[i]);
      const Array expected = array_of(host[i]);
      Array bound = expected;
      long double largest = 1;
      for (long double x : expected.values) largest = std::max(largest, std::fabs(x));
      for (long double &x : bound.values) x = 2e-5L * largest;
      require_within(report, what + ", standard, " + std::to_string(i), standard[i], expected, bound);
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("gradients through loops against differences") {
  Report report;
  GradientChecks checks;
  checks.second_order = false;
  require_gradients(
      report, "lstm", [](const Tensors &in) { return lstm(in, false); }, lstm_inputs(3, 2, 2, 2, f64), checks);
  const Tensors inputs = {noise({4, 3}, 1, f64), noise({3, 3}, 2, f64)};
  // The inner loop's values are kept by the outer one.
  require_gradients(
      report, "nested",
      [](const Tensors &in) {
        return for_range(0, 3, in[0], [&](Tensor, Tensor y) {
          Tensor inner = for_range(1, 3, y, [&](Tensor j, Tensor z) { return tanh(matmul(z, in[1]) * cast(j, f64)); });
          return inner + sin(y);
        });
      },
      inputs, checks);
  // How often a loop runs is data: its values stay on stacks.
  require_gradients(
      report, "while",
      [](const Tensors &in) {
        return while_loop([](Tensor y) { return sum(y * y) > 0.01; },
                          [&](Tensor y) { return 0.5 * sin(matmul(y, in[1]) * 0.3); }, in[0]);
      },
      inputs, checks);
  // Not every iteration keeps something.
  require_gradients(
      report, "branches",
      [](const Tensors &in) {
        return for_range(0, 4, in[0], [&](Tensor i, Tensor y) {
          return cond(i > 1, [&] { return tanh(matmul(y, in[1])); }, [&] { return sin(y); });
        });
      },
      inputs, checks);
  // Rows are read backwards, some of them, and one of them again and again.
  require_gradients(
      report, "rows",
      [](const Tensors &in) {
        return for_range(0, 3, in[1][{0}], [&](Tensor i, Tensor y) {
          return tanh(y * take(in[0], 3 - i) + take(in[0], i / 2) * take(in[0], 0));
        });
      },
      inputs, checks);
  // Outputs of all steps that are read together: as many steps as are known, as data says, and in turn of the last one.
  const Tensor weights = noise({4, 3}, 3, f64);
  require_gradients(
      report, "outputs",
      [&](const Tensors &in) {
        auto [last, all] = scan(
            [&](Tensor y, Tensor x) {
              Tensor next = tanh(y + matmul(x, in[1]));
              return std::pair(next, next * y);
            },
            in[1][{0}], in[0]);
        return sum(all * weights) + sum(last);
      },
      inputs, checks);
  for (bool isKnown : {true, false})
    require_gradients(
        report, isKnown ? "history" : "history of unknown length",
        [&, isKnown](const Tensors &in) {
          Tensor steps = isKnown ? constant(int64_t{4}) : cast(sum(in[0]) * 0. + 4.5, i64);
          auto a = for_range(1, steps, TensorArray{in[0]}, [&](Tensor i, TensorArray a) {
            return a.write(i, tanh(a.read(i) * in[1][{0}] + a.read(i - 1) * in[1][{1}]));
          });
          return sum(a.stack() * weights);
        },
        inputs, checks);
  // The gradient of the gradient pops what both sweeps have kept.
  checks.second_order = true;
  require_gradients(
      report, "twice",
      [](const Tensors &in) {
        return for_range(0, 2, in[0], [&](Tensor, Tensor y) { return tanh(matmul(y, in[1])); });
      },
      {noise({2, 3}, 1, f64), inputs[1]}, checks);
  REQUIRE_CLEAN(report);
}

TEST_CASE("work that stays the same in all iterations: compiled as eager, and gradients") {
  Report report;
  const Body body = [](const Tensors &in) {
    Tensor w = in[1];
    auto [y, n] =
        while_loop([&](Tensor y, Tensor n) { return logical_and(n < 3, sum(y * y) < 1e4 * (1 + sum(w * w))); },
                   [&](Tensor y, Tensor n) {
                     Tensor z = for_range(0, 2, y, [&](Tensor, Tensor z) {
                       Tensor both = matmul(w, w, true) + transpose(w, {1, 0});
                       return tanh(matmul(z, both)) * exp(in[2]) + sum(in[2] / (1 + square(in[2]))) - mean(w, 0);
                     });
                     return std::tuple(z + cond(n > 0, [&] { return sum(w) * z; }, [&] { return z - y; }), n + 1);
                   },
                   std::tuple(in[0], constant(0)));
    return Tensors{y};
  };
  for (auto [rows, width] : {std::pair<int64_t, int64_t>{1, 1}, {4, 3}, {17, 33}}) {
    const Tensors inputs = {noise({rows, width}, 1), noise({width, width}, 2) * 0.2f, noise({width}, 3)};
    const Tensors eager = run_eager(body, inputs, Policy::strict), strict = run_compiled(body, inputs, Policy::strict);
    require_bits(report, "strict", strict[0], eager[0]);
  }
  GradientChecks checks;
  checks.second_order = false;
  require_gradients(
      report, "invariants", [&](const Tensors &in) { return body(in)[0]; },
      {noise({2, 3}, 1, f64), noise({3, 3}, 2, f64) * 0.2, noise({3}, 3, f64)}, checks);
  REQUIRE_CLEAN(report);
}

TEST_CASE("work that stays the same and has many paths to its operands is looked at once") {
  const Body body = [](const Tensors &in) {
    return Tensors{for_range(0, 3, in[0], [&](Tensor, Tensor z) {
      Tensor y = broadcast_to(in[1], {300, 300});
      for (int i = 0; i < 40; ++i) y = y + y;
      return z + y;
    })};
  };
  const Tensors inputs = {zeros({300, 300}), ones({300})};
  Report report;
  require_bits(report, "2^40 paths", run_compiled(body, inputs, Policy::strict)[0],
               full({300, 300}, 3 * std::ldexp(1.f, 40)));
  REQUIRE_CLEAN(report);
}

TEST_CASE("slices that loops write: compiled as eager, bit for bit") {
  Report report;
  auto check = [&](const char *what, const Tensors &inputs, const Body &body) {
    for (Policy policy : {Policy::standard, Policy::strict}) {
      const Tensors eager = run_eager(body, inputs, policy), compiled = run_compiled(body, inputs, policy);
      for (size_t i = 0; i < eager.size(); ++i) require_bits(report, what, compiled[i], eager[i]);
    }
  };
  const Tensors inputs = {noise({5, 3}, 1), noise({3}, 2)};
  check("outputs that are the state", inputs, [](const Tensors &in) {
    auto [last, all] = scan([](Tensor c, Tensor x) { return std::pair(c + x, c + x); }, in[1], in[0]);
    return Tensors{last, all};
  });
  check("what a step begins with", inputs, [](const Tensors &in) {
    auto [last, all] = scan([](Tensor c, Tensor x) { return std::pair(c + x, c); }, in[1], in[0]);
    return Tensors{last, all};
  });
  check("the same value twice, and scalars", inputs, [](const Tensors &in) {
    auto [last, all] = scan(
        [](Tensor c, Tensor x) {
          Tensor next = c * x;
          return std::pair(next + 1.f, Tensors{next, next, sum(next), sum(next) > 0.f});
        },
        in[1], in[0]);
    all.push_back(last);
    return all;
  });
  check("some of the rows, from the last one on", inputs, [](const Tensors &in) {
    return Tensors{for_range(1, 4, TensorArray::of(7, {3}), [&](Tensor i, TensorArray a) {
                     return a.write(6 - i, in[1] * cast(i, f32));
                   }).stack()};
  });
  check("rows that data chooses, at the ends when outside", inputs, [](const Tensors &in) {
    auto [y, a] = for_range(0, 5, std::tuple(in[1], TensorArray::of(4, {3})), [&](Tensor i, Tensor y, TensorArray a) {
      Tensor next = tanh(y + take(in[0], i));
      Tensor row = argmax(next) * 3 - 1, rows = a.stack();
      return std::tuple(next, TensorArray{dynamic_update_slice(rows, expand_dims(next, 0), {row, zeros({}, i64)})});
    });
    return Tensors{y, a.stack()};
  });
  check("rows that are read back", inputs, [](const Tensors &in) {
    return Tensors{for_range(1, 5, in[0], [&](Tensor i, Tensor y) {
      return dynamic_update_slice(y, expand_dims(take(y, i - 1) + in[1], 0), {i, constant(int64_t{0})});
    })};
  });
  check("all rows, each of itself", inputs, [](const Tensors &in) {
    return Tensors{for_range(0, 5, TensorArray{in[0]}, [&](Tensor i, TensorArray a) {
                     return a.write(4 - i, sin(a.read(4 - i)) + in[1]);
                   }).stack()};
  });
  check("some rows, each of itself, twice", inputs, [](const Tensors &in) {
    return Tensors{for_range(1, 4, TensorArray{in[0]}, [&](Tensor i, TensorArray a) {
                     Tensor x = a.read(i);
                     return a.write(i, cond(sum(x) > 0.f, [&] { return a.read(i) * x; }, [&] { return x + in[1]; }));
                   }).stack()};
  });
  // Values that change places, of which one is not read: its place is not free for what comes behind the loop.
  check("one of two that change places", {noise({8, 8}, 1), noise({8, 8}, 2)}, [](const Tensors &in) {
    Tensors round = for_range(0, 3, in, [](Tensor, const Tensors &c) { return Tensors{c[1], c[0]}; });
    Tensor product = matmul(in[0], in[1]);
    return Tensors{matmul(matmul(product, product), round[0]), product};
  });
  // Values that move on beside one of another size, which has two places of its own.
  check("two chains", {noise({4, 4}, 1), noise({40, 40}, 2), noise({4, 4}, 3)}, [](const Tensors &in) {
    return for_range(0, 5, in, [](Tensor, const Tensors &c) {
      return Tensors{c[2], reverse(c[1], 0) - c[1], reverse(c[2], 0) - c[0]};
    });
  });
  check("products that are rows", {noise({1, 4}, 1), noise({4, 6}, 2), noise({5, 6}, 3)}, [](const Tensors &in) {
    auto [state, rows] = for_range(0, 5, std::pair(in[0], in[2]), [&](Tensor i, Tensor h, Tensor rows) {
      return std::pair(0.5f * h, dynamic_update_slice(rows, matmul(h, in[1]), {i, constant(int64_t{0})}));
    });
    return Tensors{state, rows};
  });
  check("products that are rows, and read", {noise({5, 2, 4}, 1), noise({4, 4}, 2)}, [](const Tensors &in) {
    auto [state, rows] = for_range(0, 5, std::pair(in[0][0], in[0]), [&](Tensor i, Tensor h, Tensor rows) {
      Tensor row = expand_dims(matmul(h, in[1]), 0);
      return std::pair(tanh(sum(row, 0)),
                       dynamic_update_slice(rows, row, {i, constant(int64_t{0}), constant(int64_t{0})}));
    });
    return Tensors{state, rows};
  });
  check("loops in loops", inputs, [](const Tensors &in) {
    auto [last, all] = scan(
        [](Tensor c, Tensor x) {
          auto [inner, parts] =
              scan([&](Tensor d, Tensor z) { return std::pair(d + z, maximum(d, z) + sum(x)); }, sum(c), x);
          return std::pair(c + inner, parts);
        },
        in[1], in[0]);
    return Tensors{last, all};
  });
  REQUIRE_CLEAN(report);
}

TEST_CASE("data of a program and its kernels have names of their own") {
  // The loop's bounds are made by kernels, constant and constant_0; the pair is the program's first constant.
  for (const char *name : {"constant_0", "etch_text", "text_0", "table_0", "file_0"}) {
    auto f = function(name, [](Tensor x) {
      Tensor last = for_range(0, 3, x, [](Tensor, Tensor x) { return x * 2.f; });
      print("{}", last);
      return std::pair{last, constant({int64_t{9}, int64_t{10}}) * int64_t{3}};
    });
    auto [last, pair] = f(constant(1.f));
    CHECK(last.item<float>() == 8);
    CHECK(pair.to_vector<int64_t>() == std::vector<int64_t>{27, 30});
  }
}
