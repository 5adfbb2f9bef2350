// Training steps of recurrent nets over padded sequences, written in three ways, against the same nets written as loops
// over doubles, whose gradients are differences of their losses.
#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "etch/etch.h"

using namespace etch;

namespace {

constexpr int64_t kSteps = 5, kBatch = 3, kWords = 7, kWidth = 4, kUnits = 6, kClasses = 3;
constexpr double kRate = 0.5;

/// Sequences of numbers of words, the lengths of those that are not padding, and classes.
struct Data {
  std::vector<int32_t> words, lengths, labels;
};
const Data &data() {
  static const Data data = {{0, 3, 6, 2, 2, 5, 1, 0, 0, 0, 4, 4, 3, 1, 0}, {5, 2, 4}, {2, 0, 1}};
  return data;
}

using Numbers = std::vector<double>;

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

/// y[j] = bias[j] + sum over i of x[i] w[i][j]; bias may be absent.
Numbers product(const double *x, const Numbers &w, size_t depth, const Numbers *bias) {
  Numbers y = bias ? *bias : Numbers(w.size() / depth, 0.);
  for (size_t i = 0; i < depth; ++i)
    for (size_t j = 0; j < y.size(); ++j) y[j] += x[i] * w[i * y.size() + j];
  return y;
}

/// A net: of what is before a step (h, and the products of word and h) what is behind it, for doubles and for tensors.
struct Net {
  const char *name;
  int64_t gates;
  double (*unit)(double h, const double *x, const double *u, size_t stride);
  Tensor (*step)(const Tensor &h, const Tensor &x, const Tensor &u);
};

Tensor gate(const Tensor &all, int64_t i) { return all[{{}, {i * kUnits, (i + 1) * kUnits}}]; }

const Net kElman = {"Elman", 1, [](double, const double *x, const double *u, size_t) { return std::tanh(x[0] + u[0]); },
                    [](const Tensor &, const Tensor &x, const Tensor &u) { return tanh(x + u); }};

// Cho et al. 2014, with the reset behind the product.
const Net kGru = {"GRU", 3,
                  [](double h, const double *x, const double *u, size_t stride) {
                    const double z = sigmoid_of(x[0] + u[0]), r = sigmoid_of(x[stride] + u[stride]);
                    return z * h + (1 - z) * std::tanh(x[2 * stride] + r * u[2 * stride]);
                  },
                  [](const Tensor &h, const Tensor &x, const Tensor &u) {
                    Tensor z = sigmoid(gate(x, 0) + gate(u, 0)), r = sigmoid(gate(x, 1) + gate(u, 1));
                    return z * h + (1.f - z) * tanh(gate(x, 2) + r * gate(u, 2));
                  }};

/// Embedding, weights of the word, weights of h, bias, weights of the classes.
std::vector<Shape> shapes(const Net &net) {
  const int64_t outputs = net.gates * kUnits;
  return {{kWords, kWidth}, {kWidth, outputs}, {kUnits, outputs}, {outputs}, {kUnits, kClasses}};
}

double loss(const Net &net, const std::vector<Numbers> &w) {
  double total = 0;
  for (size_t b = 0; b < kBatch; ++b) {
    Numbers h(kUnits, 0.);
    for (size_t t = 0; t < static_cast<size_t>(data().lengths[b]); ++t) {
      const auto word = static_cast<size_t>(data().words[b * kSteps + t]);
      const Numbers x = product(&w[0][word * kWidth], w[1], kWidth, &w[3]),
                    u = product(h.data(), w[2], kUnits, nullptr);
      for (size_t i = 0; i < kUnits; ++i) h[i] = net.unit(h[i], &x[i], &u[i], kUnits);
    }
    const Numbers logits = product(h.data(), w[4], kUnits, nullptr);
    double sum = 0;
    for (double logit : logits) sum += std::exp(logit);
    total += std::log(sum) - logits[static_cast<size_t>(data().labels[b])];
  }
  return total / kBatch;
}

/// Returns the loss, and steps down its gradient.
double step(const Net &net, std::vector<Numbers> &w) {
  constexpr double kDifference = 1e-4;
  std::vector<Numbers> gradient = w;
  for (size_t k = 0; k < w.size(); ++k)
    for (size_t i = 0; i < w[k].size(); ++i) {
      std::vector<Numbers> above = w, below = w;
      above[k][i] += kDifference, below[k][i] -= kDifference;
      gradient[k][i] = (loss(net, above) - loss(net, below)) / (2 * kDifference);
    }
  const double value = loss(net, w);
  for (size_t k = 0; k < w.size(); ++k)
    for (size_t i = 0; i < w[k].size(); ++i) w[k][i] -= kRate * gradient[k][i];
  return value;
}

enum class Way { taking_words_in_a_for_range, scanning_rows, while_the_longest_lasts };

Tensor loss(const Net &net, Way way, const std::vector<Variable> &w, const Tensor &words, const Tensor &lengths,
            const Tensor &labels) {
  auto next = [&](const Tensor &rows, const Tensor &h, const Tensor &lasts) {
    return where(lasts, net.step(h, matmul(rows, w[1]) + w[3], matmul(h, w[2])), h);
  };
  auto at = [&](const Tensor &t, const Tensor &h) {
    return next(take(w[0], take(words, t, 1), 0), h, expand_dims(t < lengths, 1));
  };
  Tensor h = zeros({kBatch, kUnits}, w[0].dtype());
  switch (way) {
    case Way::taking_words_in_a_for_range:
      h = for_range(0, kSteps, h, [&](Tensor t, Tensor h) { return at(cast(t, i32), h); });
      break;
    case Way::scanning_rows: {
      Tensor rows = transpose(take(w[0], words, 0), {1, 0, 2});
      Tensor lasts = expand_dims(expand_dims(iota({kSteps}, 0, i32), 1) < expand_dims(lengths, 0), 2);
      auto [last, unused] = scan(
          [&](Tensor h, std::tuple<Tensor, Tensor> now) {
            return std::pair(next(std::get<0>(now), h, std::get<1>(now)), std::vector<Tensor>{});
          },
          h, std::tuple(rows, lasts));
      h = last;
      break;
    }
    case Way::while_the_longest_lasts: {
      Tensor longest = max(lengths);
      auto [t, last] = while_loop([&](Tensor t, Tensor) { return t < longest; },
                                  [&](Tensor t, Tensor h) { return std::tuple(t + 1, at(t, h)); },
                                  std::tuple(constant(int32_t{0}), h));
      h = last;
      break;
    }
  }
  return mean(sparse_softmax_cross_entropy(matmul(h, w[4]), labels));
}

}  // namespace

TEST_CASE("three training steps of recurrent nets over padded sequences") {
  for (const Net &net : {kElman, kGru}) {
    Generator generator(11);
    std::vector<Tensor> initial;
    std::vector<Numbers> expected;
    for (const Shape &shape : shapes(net)) {
      initial.push_back(generator.normal(shape, 0, 0.7, f64));
      expected.push_back(initial.back().to_vector<double>());
    }
    Numbers losses;
    for (int i = 0; i < 3; ++i) losses.push_back(step(net, expected));
    REQUIRE(losses[2] < 0.9 * losses[0]);

    for (DType dtype : {f64, f32})
      for (Way way : {Way::taking_words_in_a_for_range, Way::scanning_rows, Way::while_the_longest_lasts}) {
        INFO(net.name << ", " << name_of(dtype) << ", way " << static_cast<int>(way));
        std::vector<Variable> w;
        for (const Tensor &tensor : initial) w.emplace_back(cast(tensor, dtype));
        nn::SGD sgd(w, kRate);
        auto train = function("train", [&](Tensor words, Tensor lengths, Tensor labels) {
          auto [value, gradients] = value_and_grad(w, [&] { return loss(net, way, w, words, lengths, labels); });
          sgd.apply(gradients);
          return value;
        });
        const Tensor words = constant(data().words, {kBatch, kSteps}), lengths = constant(data().lengths),
                     labels = constant(data().labels);
        const double tolerance = dtype == f64 ? 1e-7 : 2e-5;  // of differences; of f32
        for (double expected_loss : losses)
          CHECK(cast(train(words, lengths, labels), f64).item<double>() == Approx(expected_loss).margin(tolerance));
        for (size_t k = 0; k < w.size(); ++k) {
          const Numbers values = cast(w[k].read(), f64).to_vector<double>();
          double worst = 0;
          for (size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::fabs(values[i] - expected[k][i]));
          CHECK(worst < tolerance);
        }
      }
  }
}
