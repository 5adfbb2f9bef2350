// Not neural networks: finance, a differential equation, statistics, mechanics.

#include <cmath>

#include "workload.h"

namespace etch::bench {
namespace {

double bytes(int64_t elements) { return 4.0 * static_cast<double>(elements); }

Tensor normal_cdf(const Tensor &x) { return 0.5f * (1.f + erf(x * 0.70710678f)); }

constexpr float kRate = 0.05f, kVolatility = 0.2f;

void black_scholes(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 100 : 1'000'000;
  list.push_back({.name = "Black-Scholes 1M calls and puts",
                  .family = "science",
                  .kind = "black_scholes",
                  .inputs = {{"spot", {n}, Input::Fill::uniform, 50, 150},
                             {"strike", {n}, Input::Fill::uniform, 50, 150},
                             {"years", {n}, Input::Fill::uniform, 0.1, 2}},
                  .reads = bytes(3 * n),
                  .writes = bytes(2 * n),
                  .atol = 1e-4,  // differences of prices of size 100
                  .prepare = compiled([](Tensor spot, Tensor strike, Tensor years) {
                    Tensor spread = kVolatility * sqrt(years);
                    Tensor d1 = (log(spot / strike) + (kRate + 0.5f * kVolatility * kVolatility) * years) / spread;
                    Tensor d2 = d1 - spread, paid = strike * exp(-kRate * years);
                    Tensor call = spot * normal_cdf(d1) - paid * normal_cdf(d2);
                    return std::tuple(call, call - spot + paid);
                  })});
}

// Each implementation draws its own numbers, so prices agree within their error: 0.2 % for a million paths.
void monte_carlo(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 1000 : 1'000'000;
  list.push_back({.name = "Monte-Carlo option, 1M paths",
                  .family = "science",
                  .kind = "monte_carlo",
                  .sizes = {{"paths", n}},
                  .inputs = {{"spot", {1}, Input::Fill::uniform, 100, 100.5}},
                  .rtol = tiny ? 0.3 : 0.01,
                  .prepare = [n](const std::vector<Tensor> &inputs) {
                    Generator generator(7);
                    auto f = function("price", [n, generator](Tensor spot) {
                      const float drift = kRate - 0.5f * kVolatility * kVolatility;
                      Tensor final = spot * exp(drift + kVolatility * generator.normal({n}));
                      return mean(relu(final - 100.f)) * std::exp(-kRate);
                    });
                    return repeat([f, spot = inputs[0]] { return f(spot); });
                  }});
}

void heat(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 17 : 1024, steps = tiny ? 3 : 100;
  list.push_back({.name = "heat equation 1024x1024, 100 steps",
                  .family = "science",
                  .kind = "heat",
                  .sizes = {{"steps", steps}},
                  .inputs = {{"u", {n, n}, Input::Fill::uniform, 0, 1}},
                  .reads = bytes(n * n * steps),
                  .writes = bytes(n * n * steps),
                  .prepare = compiled([steps](Tensor u) {
                    return for_range(0, steps, u, [](Tensor, Tensor u) {
                      const Range inner(1, -1), before(0, -2), after(2, Range::kEnd);
                      Tensor middle = u[{inner, inner}];
                      Tensor neighbours =
                          u[{before, inner}] + u[{after, inner}] + u[{inner, before}] + u[{inner, after}];
                      return pad(middle + 0.1f * (neighbours - 4.f * middle), {{1, 1}, {1, 1}});
                    });
                  })});
}

// A point between two centres may go to either by rounding, which moves a centre by about 1 / 3,000.
void k_means(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 50 : 100'000, d = tiny ? 3 : 16, k = tiny ? 4 : 32;
  list.push_back(
      {.name = "k-means step 100k x 16, k=32",
       .family = "science",
       .kind = "k_means",
       .inputs = {{"points", {n, d}, Input::Fill::normal, 0, 1}, {"centres", {k, d}, Input::Fill::normal, 0, 1}},
       .flops = 2.0 * static_cast<double>(n * d * k),
       .reads = bytes(n * d),
       .atol = 3e-3,
       .prepare = compiled([n, d, k](Tensor points, Tensor centres) {
         Tensor distance = sum(square(centres), 1) - 2.f * matmul(points, centres, false, true);
         Tensor nearest = argmin(distance, 1);
         Tensor sums = scatter_add(zeros({k, d}), nearest, points);
         Tensor counts = scatter_add(zeros({k}), nearest, ones({n}));
         return sums / expand_dims(maximum(counts, 1.f), 1);
       })});
}

// x of a x = b by Gauss-Jordan without pivots: `a` is positive definite.
Tensor solve(const Tensor &a, const Tensor &b) {
  const int64_t d = a.shape()[0];
  Tensor rows = iota({d, 1});
  Tensor solved = for_range(0, d, concatenate({a, expand_dims(b, 1)}, 1), [&](Tensor i, Tensor m) {
    Tensor zero = constant(int64_t{0});
    Tensor row = dynamic_slice(m, {i, zero}, {1, d + 1});
    row = row / dynamic_slice(row, {zero, i}, {1, 1});
    Tensor column = dynamic_slice(m, {zero, i}, {d, 1});
    return where(rows == i, row, m - column * row);
  });
  return solved[{{}, d}];
}

void newton(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 50 : 20'000, d = tiny ? 3 : 64;
  list.push_back({.name = "logistic regression, Newton step, 20k x 64",
                  .family = "science",
                  .kind = "newton",
                  .inputs = {{"x", {n, d}, Input::Fill::normal, 0, 1},
                             {"labels", {n}, Input::Fill::integers, 0, 2},
                             {"w", {d}, Input::Fill::normal, 0, 0.1}},
                  .flops = 2.0 * static_cast<double>(n * d * (d + 2)),
                  .reads = bytes(n * d),
                  .rtol = 1e-4,  // the solution of a system: what is put in is rounded, too
                  .atol = 5e-6,
                  .prepare = compiled([](Tensor x, Tensor labels, Tensor w) {
                    Tensor p = sigmoid(matmul(x, w));
                    Tensor gradient = matmul(x, p - cast(labels, f32), true) + w;
                    Tensor hessian = matmul(x, x * expand_dims(p * (1.f - p), 1), true) + eye(w.shape()[0]);
                    return w - solve(hessian, gradient);
                  })});
}

void n_body(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 10 : 1024;
  list.push_back({.name = "n-body 1024, one step",
                  .family = "science",
                  .kind = "n_body",
                  .inputs = {{"positions", {3, n}, Input::Fill::normal, 0, 1},
                             {"velocities", {3, n}, Input::Fill::normal, 0, 1},
                             {"masses", {n}, Input::Fill::uniform, 0.1, 1}},
                  .flops = 20.0 * static_cast<double>(n * n),
                  .prepare = compiled([](Tensor positions, Tensor velocities, Tensor masses) {
                    Tensor apart = expand_dims(positions, 1) - expand_dims(positions, 2);
                    Tensor inverse = rsqrt(sum(square(apart), 0) + 1e-2f);
                    Tensor pull = masses * inverse * inverse * inverse;
                    Tensor moved = velocities + 1e-3f * sum(apart * pull, 2);
                    return std::tuple(positions + 1e-3f * moved, moved);
                  })});
}

Tensor cross(const Tensor &x, const Tensor &y) {
  auto part = [&](int64_t i, int64_t k) { return x[{{}, i}] * y[{{}, k}] - x[{{}, k}] * y[{{}, i}]; };
  return stack({part(1, 2), part(2, 0), part(0, 1)}, 1);
}

// p + 2 w (u x p) + 2 u x (u x p) for the quaternion (u, w).
void rotation(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 100 : 1'000'000;
  list.push_back({.name = "1M points rotated by quaternions",
                  .family = "science",
                  .kind = "rotation",
                  .inputs = {{"points", {n, 3}}, {"turns", {n, 4}}},
                  .flops = 33.0 * static_cast<double>(n),
                  .reads = bytes(7 * n),
                  .writes = bytes(3 * n),
                  .atol = 2e-6,  // sums of up to 6
                  .prepare = compiled([](Tensor points, Tensor turns) {
                    Tensor u = turns[{{}, {0, 3}}], w = turns[{{}, {3, 4}}], twice = 2.f * cross(u, points);
                    return points + w * twice + cross(u, twice);
                  })});
}

// Of a surface of heights, by the differences of neighbours.
void normals(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 30 : 1024;
  list.push_back({.name = "normals of 1024x1024 heights",
                  .family = "science",
                  .kind = "normals",
                  .inputs = {{"heights", {n, n}}},
                  .reads = bytes(n * n),
                  .writes = bytes(3 * (n - 2) * (n - 2)),
                  .prepare = compiled([](Tensor heights) {
                    Tensor x = heights[{{1, -1}, {0, -2}}] - heights[{{1, -1}, {2, Range::kEnd}}];
                    Tensor y = heights[{{0, -2}, {1, -1}}] - heights[{{2, Range::kEnd}, {1, -1}}];
                    Tensor normal = stack({x, y, 2.f * ones_like(x)}, 2);
                    return normal / sqrt(sum(square(normal), {2}, true));
                  })});
}

}  // namespace

void add_science(std::vector<Workload> &list, bool tiny) {
  black_scholes(list, tiny);
  monte_carlo(list, tiny);
  heat(list, tiny);
  k_means(list, tiny);
  newton(list, tiny);
  n_body(list, tiny);
  rotation(list, tiny);
  normals(list, tiny);
}

}  // namespace etch::bench
