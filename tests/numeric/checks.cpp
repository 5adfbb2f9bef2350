#include "tests/numeric/checks.h"

#include <sstream>

namespace numeric {
using namespace etch;

Tensors run_eager(const Body &body, const Tensors &inputs, Policy policy) {
  PolicyScope scope(policy);
  return body(inputs);
}

Tensors run_compiled(const Body &body, const Tensors &inputs, Policy policy) {
  auto compiled = etch::function(body, {.policy = policy});
  return compiled(inputs);
}

void Report::fail(const std::string &what) {
  for (Known &known : known_)
    if (what.rfind(known.prefix, 0) == 0) {
      known.seen = true;
      return;
    }
  ++failures_;
  if (failures_ <= 20) text_ += "  " + what + "\n";
}

int Report::failures() const {
  int fixed = 0;
  for (const Known &known : known_) fixed += !known.seen;
  return failures_ + fixed;
}

std::string Report::text() const {
  std::ostringstream text;
  text << checks_ << " checks, " << failures() << " failures\n" << text_;
  for (const Known &known : known_)
    if (!known.seen) text << "  no longer fails, remove its expect_failure: " << known.prefix << "\n";
  return text.str();
}

static std::string numbers(long double actual, long double expected) {
  std::ostringstream text;
  text.precision(18);
  text << actual << ", expected " << expected;
  return text.str();
}

static bool same_shape(Report &report, const std::string &what, const Tensor &actual, const Array &expected) {
  bool same = actual.shape() == expected.shape;
  report.require(same, what + ": shape " + to_string(actual.shape()) + ", expected " + to_string(expected.shape));
  return same;
}

void require_close(Report &report, const std::string &what, const Tensor &actual, const Array &expected, double ulp) {
  if (!same_shape(report, what, actual, expected)) return;
  Array values = array_of(actual);
  bool floating = is_floating(actual.dtype());
  for (size_t i = 0; i < values.values.size(); ++i) {
    long double value = values.values[i], wanted = expected.values[i];
    long double distance = ulp_distance(value, wanted, actual.dtype());
    bool signs =
        !floating || std::isnan(wanted) || wanted != 0 || value != 0 || std::signbit(value) == std::signbit(wanted);
    if (distance <= ulp && signs) continue;
    report.require(false, what + " [" + std::to_string(i) + "]: " + numbers(value, wanted) + ": " +
                              (signs ? std::to_string(static_cast<double>(distance)) + " ulp" : "the sign of zero"));
    return;
  }
  report.require(true, what);
}

void require_within(Report &report, const std::string &what, const Tensor &actual, const Array &expected,
                    const Array &bound) {
  if (!same_shape(report, what, actual, expected)) return;
  Array values = array_of(actual);
  for (size_t i = 0; i < values.values.size(); ++i) {
    long double value = values.values[i], wanted = expected.values[i];
    if (value == wanted || (std::isnan(value) && std::isnan(wanted))) continue;
    if (std::fabs(value - wanted) <= bound.values[i]) continue;
    report.require(false, what + " [" + std::to_string(i) + "]: " + numbers(value, wanted) + " within " +
                              std::to_string(static_cast<double>(bound.values[i])));
    return;
  }
  report.require(true, what);
}

void require_bits(Report &report, const std::string &what, const Tensor &actual, const Tensor &expected) {
  std::string difference = bit_difference(actual, expected);
  report.require(difference.empty(), what + ": " + difference);
}

void require_same(Report &report, const std::string &what, const Body &body, const Tensors &inputs) {
  const Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
  for (size_t i = 0; i < eager.size(); ++i)
    require_bits(report, what + ", result " + std::to_string(i), compiled[i], eager[i]);
}

// -- Gradients
// ----------------------------------------------------------------------------------------------------------

static Tensors random_like(const Tensors &inputs, uint64_t seed) {
  Tensors result;
  for (const Tensor &input : inputs) result.push_back(tensor_of(sample(input.shape(), f64, -1, 1, seed++), f64));
  return result;
}

/// inputs + distance * direction, in the reference.
static Tensors moved(const Tensors &inputs, const Tensors &direction, double distance) {
  Tensors result;
  for (size_t k = 0; k < inputs.size(); ++k) {
    Array x = array_of(inputs[k]), v = array_of(direction[k]);
    for (size_t i = 0; i < x.values.size(); ++i) x.values[i] += distance * v.values[i];
    result.push_back(tensor_of(x, f64));
  }
  return result;
}

static Array difference(const Tensor &after, const Tensor &before, double distance) {
  Array a = array_of(after), b = array_of(before);
  for (size_t i = 0; i < a.values.size(); ++i) a.values[i] = (a.values[i] - b.values[i]) / distance;
  return a;
}

static long double dot(const Array &a, const Array &b) {
  long double sum = 0;
  for (size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

static void require_near(Report &report, const std::string &what, long double actual, long double expected,
                         long double scale, const GradientChecks &checks) {
  bool near = std::fabs(actual - expected) <= checks.rtol * (std::fabs(expected) + scale) + checks.atol;
  report.require(near, what + ": " + numbers(actual, expected));
}

void require_gradients(Report &report, const std::string &what, const std::function<Tensor(const Tensors &)> &f,
                       const Tensors &inputs, const GradientChecks &checks) try {
  PolicyScope strict(Policy::strict);
  Tensor y = f(inputs);
  Tensor weights = tensor_of(sample(y.shape(), f64, -1, 1, 991), f64);
  Array u = array_of(weights);

  // Reverse: every element of every gradient.
  auto weighted = [&](const Tensors &x) { return reduce_sum(f(x) * weights); };
  auto gradient = [&](const Tensors &x) { return etch::grad(std::function<Tensor(const Tensors &)>(weighted))(x); };
  Tensors gradients = gradient(inputs);
  for (size_t k = 0; k < inputs.size(); ++k) {
    Array x = array_of(inputs[k]);
    Array g = array_of(gradients[k]);
    if (!same_shape(report, what + " vjp " + std::to_string(k), gradients[k], x)) continue;
    for (size_t i = 0; i < x.values.size(); ++i) {
      Tensors at = inputs;
      Array up = x, down = x;
      up.values[i] += checks.step;
      down.values[i] -= checks.step;
      at[k] = tensor_of(up, f64);
      Tensor after = f(at);
      at[k] = tensor_of(down, f64);
      Array slope = difference(after, f(at), 2 * checks.step);
      require_near(report, what + " vjp " + std::to_string(k) + " [" + std::to_string(i) + "]", g.values[i],
                   dot(slope, u), 0, checks);
    }
  }
  // Compiled, and through a pullback, the gradient is the same.
  Tensors compiled = run_compiled(gradient, inputs, Policy::strict);
  for (size_t k = 0; k < inputs.size(); ++k)
    require_bits(report, what + " compiled gradient", compiled[k], gradients[k]);

  // Forward: one direction, every element of the result.
  Tensors v = random_like(inputs, 17);
  auto [value, tangent] = etch::jvp(f, inputs, v);
  require_bits(report, what + " jvp value", value, y);
  Array slope = difference(f(moved(inputs, v, checks.step)), f(moved(inputs, v, -checks.step)), 2 * checks.step);
  Array t = array_of(tangent);
  if (same_shape(report, what + " jvp", tangent, slope))
    for (size_t i = 0; i < slope.values.size(); ++i)
      require_near(report, what + " jvp [" + std::to_string(i) + "]", t.values[i], slope.values[i], 0, checks);

  if (!checks.second_order) return;
  // The gradient of w . gradient, reverse over reverse and forward over reverse.
  Tensors w = random_like(inputs, 23);
  auto slope_along = [&](const Tensors &x) {
    Tensors g = gradient(x);
    Tensor sum = reduce_sum(g[0] * w[0]);
    for (size_t k = 1; k < g.size(); ++k) sum = sum + reduce_sum(g[k] * w[k]);
    return sum;
  };
  Tensors second = etch::grad(std::function<Tensor(const Tensors &)>(slope_along))(inputs);
  auto [first, forward_second] = etch::jvp(gradient, inputs, w);
  Tensors after = gradient(moved(inputs, w, checks.step)), before = gradient(moved(inputs, w, -checks.step));
  for (size_t k = 0; k < inputs.size(); ++k) {
    // The Hessian is symmetric: the gradient of w . g is the derivative of g along w.
    Array expected = difference(after[k], before[k], 2 * checks.step);
    Array reverse = array_of(second[k]), forward = array_of(forward_second[k]);
    for (size_t i = 0; i < expected.values.size(); ++i) {
      std::string place = std::to_string(k) + " [" + std::to_string(i) + "]";
      require_near(report, what + " second order, reverse, " + place, reverse.values[i], expected.values[i], 0, checks);
      require_near(report, what + " second order, forward, " + place, forward.values[i], expected.values[i], 0, checks);
    }
  }
} catch (const std::exception &error) {
  report.require(false, what + ": " + error.what());
}

}  // namespace numeric
