// Derivatives of random programs of smooth ops: reverse mode, forward mode and differences of values say the same.
// (fuzz_graphs.cpp tells how to run more of them, or one again.)
#include <catch2/catch.hpp>

#include <cmath>

#include "tests/programs/random/check.h"

using namespace etch;
using namespace random_program;

namespace {

/// The floating results of a program, summed with weights that differ from element to element.
Tensor weighted_sum(const Program &program, const Values &inputs, State &state) {
  Tensor loss = constant(0.0);
  for (const Tensor &result : program.block.run(inputs, state)) {
    if (!is_floating(result.dtype())) continue;
    const Tensor weights = sin(cast(iota({result.size()}, 0), result.dtype()) + 1);
    loss = loss + cast(reduce_sum(reshape(result, {result.size()}) * weights), f64);
  }
  return loss;
}

Values with_floats(const Program &program, const Values &floats) {
  Values all = program.inputs;
  size_t next = 0;
  for (Tensor &input : all)
    if (is_floating(input.dtype())) input = floats[next++];
  return all;
}

/// The inputs that derivatives are taken by, no two elements of which are equal: a maximum has no slope where it ties.
Values floats_of(const Program &program) {
  Values floats;
  for (const Tensor &input : program.inputs)
    if (is_floating(input.dtype()))
      floats.push_back(
          input +
          reshape(sin(cast(iota({input.size()}, 0), f64) + static_cast<double>(floats.size())), input.shape()) / 1000);
  return floats;
}

double dot_of(const Tensor &x, const Tensor &y, double &magnitude) {
  auto a = x.to_vector<double>(), b = y.to_vector<double>();
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
    magnitude += std::fabs(a[i] * b[i]);
  }
  return sum;
}

std::string numbers(const char *one, double x, const char *other, double y) {
  char text[200];
  std::snprintf(text, sizeof text, "%s %.17g, %s %.17g", one, x, other, y);
  return text;
}

bool close(double x, double y, double tolerance) { return !(std::fabs(x - y) > tolerance); }

/// Where numbers of policy standard are much further from the exact ones than strict ones are; "" if nowhere.
/// `least` is an error that is always allowed, of the largest number.
std::string less_exact(const Tensor &exact, const Tensor &strict, const Tensor &standard, double least) {
  auto x = cast(exact, f64).to_vector<double>(), p = cast(strict, f64).to_vector<double>(),
       q = cast(standard, f64).to_vector<double>();
  // Of numbers about 1, which may cancel.
  double largest = 1, strict_error = 0;
  bool is_finite = true;
  for (size_t j = 0; j < x.size(); ++j) {
    largest = std::max(largest, std::fabs(x[j]));
    strict_error = std::max(strict_error, std::fabs(p[j] - x[j]));
    is_finite &= std::isfinite(x[j]) && std::isfinite(p[j]);
  }
  if (!is_finite || largest > 1e30) return "";
  for (size_t j = 0; j < x.size(); ++j)
    if (!close(q[j], x[j], 16 * strict_error + least * largest) || std::isnan(q[j]))
      return " at " + std::to_string(j) + ": " + numbers("exact", x[j], "standard", q[j]) +
             numbers(", strict", p[j], "its largest error", strict_error);
  return "";
}

}  // namespace

TEST_CASE("random derivatives in reverse mode are those in forward mode and of differences", "[fuzz]") {
  Kinds kinds;
  kinds.tame = kinds.smooth = kinds.control_flow = true;
  kinds.dtypes = {f64, f64, f64, f64, f64, boolean};
  kinds.max_elements = 4000;
  kinds.extents = {1, 2, 3, 4, 8, 16, 17, 33};
  fuzz("derivatives", 12, [&](uint64_t seed, std::string &text) {
    return check_program(make_program(seed, kinds, 14), text, [seed](const Program &program) -> std::string {
      State none;
      auto loss = [&](Values floats) { return weighted_sum(program, with_floats(program, floats), none); };
      Dice dice(seed);
      const Values floats = floats_of(program);
      Values directions;
      for (const Tensor &x : floats) directions.push_back(random_values(dice, f64, x.shape(), true));
      if (floats.empty()) return "";

      const Options standard{.policy = Policy::standard};
      auto reverse = etch::function(value_and_grad(loss), standard),
           strict_reverse = etch::function(value_and_grad(loss), strict_options());
      auto forward =
          etch::function([&](Values x, Values dx) { return jvp(loss, std::tuple(x), std::tuple(dx)); }, standard);
      auto [value, gradients] = reverse(floats);
      if (!std::isfinite(value.item<double>())) return "";
      auto [strict_value, strict_gradients] = strict_reverse(floats);
      const auto [forward_value, slope] = forward(floats, directions);

      double along = 0, magnitude = 0, largest = 0;
      for (size_t i = 0; i < floats.size(); ++i) along += dot_of(gradients[i], directions[i], magnitude);
      for (size_t i = 0; i < floats.size(); ++i)
        for (double g : strict_gradients[i].to_vector<double>()) largest = std::max(largest, std::fabs(g));
      if (!std::isfinite(magnitude) || !std::isfinite(largest)) return "";
      for (size_t i = 0; i < floats.size(); ++i) {
        auto a = gradients[i].to_vector<double>(), b = strict_gradients[i].to_vector<double>();
        for (size_t j = 0; j < a.size(); ++j)
          if (!close(a[j], b[j], 1e-8 * largest))
            return "gradient " + std::to_string(i) + " at " + std::to_string(j) + ": " +
                   numbers("standard", a[j], "strict", b[j]);
      }
      if (const double tangent = slope.item<double>();
          !close(along, tangent, 1e-8 * (magnitude + std::fabs(tangent)) + 1e-12))
        return numbers("reverse", along, "forward", tangent);

      // Differences mean something where they do not depend on the step: away from kinks.
      auto difference_of = [&](double step) {
        Values ahead, behind;
        for (size_t i = 0; i < floats.size(); ++i) {
          ahead.push_back(floats[i] + directions[i] * step);
          behind.push_back(floats[i] - directions[i] * step);
        }
        return (loss(ahead).item<double>() - loss(behind).item<double>()) / (2 * step);
      };
      const double wide = difference_of(1e-5), narrow = difference_of(3e-6);
      const double scale = std::fabs(narrow) + 1e-6 * (magnitude + std::fabs(value.item<double>()));
      if (close(wide, narrow, 1e-5 * scale) && !close(along, narrow, 1e-3 * scale))
        return numbers("derivative", along, "difference", narrow);
      return "";
    });
  });
}

// Backward kernels of f32 under policy standard have forms of their own, too.
TEST_CASE("random gradients of f32 under policy standard are about as exact as strict ones", "[fuzz]") {
  Kinds kinds;
  kinds.tame = kinds.smooth = kinds.control_flow = true;
  kinds.dtypes = {f32, f32, f32, f32, f32, boolean};
  kinds.max_elements = 20000;
  kinds.extents = {1, 2, 3, 4, 8, 16, 17, 33, 64};
  fuzz("narrow gradients", 12, [&](uint64_t seed, std::string &text) {
    return check_program(make_program(seed, kinds, 14), text, [](const Program &program) -> std::string {
      State none;
      auto loss = [&](Values floats) { return weighted_sum(program, with_floats(program, floats), none); };
      Values narrow, wide;
      for (const Tensor &x : floats_of(program))
        narrow.push_back(cast(x, f32)), wide.push_back(cast(narrow.back(), f64));
      if (narrow.empty()) return "";
      const auto gradient = value_and_grad(loss);
      Values exact;
      try {
        exact = etch::function(gradient, strict_options())(wide).second;
      } catch (const UserError &) {
        return "";  // steps that name a dtype
      }
      const Values plain = etch::function(gradient, strict_options())(narrow).second,
                   fast = etch::function(gradient, Options{.policy = Policy::standard})(narrow).second;
      for (size_t i = 0; i < exact.size(); ++i)
        if (std::string wrong = less_exact(exact[i], plain[i], fast[i], 1e-5); !wrong.empty())
          return "gradient " + std::to_string(i) + wrong;
      return "";
    });
  });
}

// f32 and bf16 have kernels of their own under policy standard. The f64 program says what strict roundings amount to.
TEST_CASE("random graphs of f32 and bf16 under policy standard are about as exact as strict ones", "[fuzz]") {
  Kinds kinds;
  kinds.tame = kinds.smooth = true;
  kinds.max_elements = 20000;
  kinds.extents = {1, 2, 3, 8, 16, 31, 33, 64, 100, 128};
  fuzz("narrow roundings", 20, [&](uint64_t seed, std::string &text) {
    const bool is_bf16 = seed % 3 == 0;
    kinds.dtypes.assign(8, is_bf16 ? bf16 : f32);
    kinds.dtypes.push_back(boolean);
    return check_program(make_program(seed, kinds, 14), text, [&](const Program &program) -> std::string {
      State state;
      auto run = [&](const Values &inputs) { return program.block.run(inputs, state); };
      auto strict = etch::function(run, strict_options()),
           standard = etch::function(run, Options{.policy = Policy::standard});
      Values wide;
      for (const Tensor &input : program.inputs) wide.push_back(is_floating(input.dtype()) ? cast(input, f64) : input);
      Values exact;
      try {
        exact = strict(wide);
      } catch (const UserError &) {
        return "";  // steps that name a dtype
      }
      const Values plain = strict(program.inputs), fast = standard(program.inputs);
      for (size_t i = 0; i < exact.size(); ++i) {
        if (std::string wrong = less_exact(exact[i], plain[i], fast[i], is_bf16 ? 1e-2 : 1e-5); !wrong.empty())
          return "result " + std::to_string(i) + wrong;
      }
      return "";
    });
  });
}
