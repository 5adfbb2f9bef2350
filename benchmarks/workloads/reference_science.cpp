#include <array>

#include "reference_loops.h"

namespace etch::bench {
namespace {

Results black_scholes(const Numbers &spot, const Numbers &strike, const Numbers &years) {
  Results results(2);
  for (size_t i = 0; i < spot.values.size(); ++i) {
    const double s = spot.values[i], k = strike.values[i], t = years.values[i], spread = 0.2 * std::sqrt(t);
    const double d1 = (std::log(s / k) + (0.05 + 0.02) * t) / spread, paid = k * std::exp(-0.05 * t);
    results[0].push_back(s * normal_cdf(d1) - paid * normal_cdf(d1 - spread));
    results[1].push_back(results[0].back() - s + paid);
  }
  return results;
}

Array heat(const Numbers &start, int64_t steps) {
  const int64_t n = start.shape[0];
  Array u = start.values;
  for (int64_t step = 0; step < steps; ++step) {
    Array next(u.size());
    for (int64_t i = 1; i < n - 1; ++i)
      for (int64_t j = 1; j < n - 1; ++j) {
        auto v = [&](int64_t a, int64_t b) { return u[at(a * n + b)]; };
        next[at(i * n + j)] = v(i, j) + 0.1 * (v(i - 1, j) + v(i + 1, j) + v(i, j - 1) + v(i, j + 1) - 4 * v(i, j));
      }
    u = next;
  }
  return u;
}

Array k_means(const Numbers &points, const Numbers &centres) {
  const int64_t d = points.shape[1], k = centres.shape[0];
  Array sums(at(k * d)), counts(at(k));
  for (int64_t i = 0; i < points.shape[0]; ++i) {
    Array distance(at(k));
    for (int64_t c = 0; c < k; ++c)
      for (int64_t j = 0; j < d; ++j) distance[at(c)] += std::pow(points[i * d + j] - centres[c * d + j], 2);
    const int64_t nearest = std::min_element(distance.begin(), distance.end()) - distance.begin();
    counts[at(nearest)] += 1;
    for (int64_t j = 0; j < d; ++j) sums[at(nearest * d + j)] += points[i * d + j];
  }
  for (int64_t c = 0; c < k; ++c)
    for (int64_t j = 0; j < d; ++j) sums[at(c * d + j)] /= std::max(counts[at(c)], 1.0);
  return sums;
}

// Where the gradient of the loss after the step is: a Newton step is right when hessian . moved = gradient.
Array newton(const Numbers &x, const Numbers &labels, const Numbers &w) {
  const int64_t n = x.shape[0], d = x.shape[1];
  std::vector<Array> m(at(d), Array(at(d + 1)));
  for (int64_t i = 0; i < n; ++i) {
    double score = 0;
    for (int64_t j = 0; j < d; ++j) score += x[i * d + j] * w[j];
    const double p = sigmoid(score);
    for (int64_t a = 0; a < d; ++a) {
      m[at(a)][at(d)] += x[i * d + a] * (p - labels[i]);
      for (int64_t b = 0; b < d; ++b) m[at(a)][at(b)] += x[i * d + a] * x[i * d + b] * p * (1 - p);
    }
  }
  for (size_t a = 0; a < at(d); ++a) m[a][a] += 1, m[a][at(d)] += w.values[a];
  for (size_t a = 0; a < at(d); ++a)
    for (size_t row = 0; row < at(d); ++row) {
      if (row == a) continue;
      const double factor = m[row][a] / m[a][a];
      for (size_t b = 0; b <= at(d); ++b) m[row][b] -= factor * m[a][b];
    }
  Array next = w.values;
  for (size_t a = 0; a < at(d); ++a) next[a] -= m[a][at(d)] / m[a][a];
  return next;
}

Results n_body(const Numbers &positions, const Numbers &velocities, const Numbers &masses) {
  const int64_t n = masses.shape[0];
  Results moved{positions.values, velocities.values};
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double square = 1e-2;
      for (int64_t c = 0; c < 3; ++c) square += std::pow(positions[c * n + j] - positions[c * n + i], 2);
      for (int64_t c = 0; c < 3; ++c)
        moved[1][at(c * n + i)] +=
            1e-3 * (positions[c * n + j] - positions[c * n + i]) * masses[j] / std::pow(square, 1.5);
    }
  for (size_t i = 0; i < moved[0].size(); ++i) moved[0][i] += 1e-3 * moved[1][i];
  return moved;
}

using Vector = std::array<double, 3>;

Vector cross(const Vector &x, const Vector &y) {
  return {x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]};
}

Array rotation(const Numbers &points, const Numbers &turns) {
  Array rotated;
  for (int64_t i = 0; i < points.shape[0]; ++i) {
    auto vector = [&](const Numbers &rows) {
      const int64_t first = i * rows.shape[1];
      return Vector{rows.values[at(first)], rows.values[at(first + 1)], rows.values[at(first + 2)]};
    };
    const Vector u = vector(turns), p = vector(points), once = cross(u, p), again = cross(u, once);
    const double w = turns.values[at(i * 4 + 3)];
    for (size_t k = 0; k < 3; ++k) rotated.push_back(p[k] + 2 * w * once[k] + 2 * again[k]);
  }
  return rotated;
}

Array normals(const Numbers &heights) {
  const int64_t n = heights.shape[0];
  auto height = [&](int64_t i, int64_t j) { return heights.values[at(i * n + j)]; };
  Array result;
  for (int64_t i = 1; i < n - 1; ++i)
    for (int64_t j = 1; j < n - 1; ++j) {
      const Vector v = {height(i, j - 1) - height(i, j + 1), height(i - 1, j) - height(i + 1, j), 2};
      for (double part : v) result.push_back(part / std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]));
    }
  return result;
}

}  // namespace

void add_science_loops(Loops &loops) {
  loops["black_scholes"] = [](const Inputs &in, const Sizes &) { return black_scholes(in[0], in[1], in[2]); };
  loops["heat"] = [](const Inputs &in, const Sizes &sizes) { return Results{heat(in[0], sizes.at("steps"))}; };
  loops["k_means"] = [](const Inputs &in, const Sizes &) { return Results{k_means(in[0], in[1])}; };
  loops["newton"] = [](const Inputs &in, const Sizes &) { return Results{newton(in[0], in[1], in[2])}; };
  loops["rotation"] = [](const Inputs &in, const Sizes &) { return Results{rotation(in[0], in[1])}; };
  loops["normals"] = [](const Inputs &in, const Sizes &) { return Results{normals(in[0])}; };
  loops["n_body"] = [](const Inputs &in, const Sizes &) { return n_body(in[0], in[1], in[2]); };
}

}  // namespace etch::bench
