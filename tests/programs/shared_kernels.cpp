// Updates of variables of many shapes share one kernel: each element is what it is when the shape has a kernel of its
// own.
#include <catch2/catch.hpp>

#include <cstring>

#include "etch/etch.h"

using namespace etch;

namespace {

std::vector<float> elements_of(const Variable &variable) {
  Tensor value = variable.read();
  const auto *data = static_cast<const float *>(value.data());
  return {data, data + value.size()};
}

std::vector<std::vector<float>> after_steps(const std::vector<Shape> &shapes, bool compiled) {
  std::vector<Variable> variables;
  std::vector<Tensor> gradients;
  for (size_t i = 0; i < shapes.size(); ++i) {
    Generator generator(static_cast<int64_t>(i) + 1);
    variables.emplace_back(generator.normal(shapes[i]));
    gradients.push_back(generator.normal(shapes[i]));
  }
  nn::SGD momentum(variables, 0.1, 0.9);
  nn::Adam adam(variables, 0.1);
  auto apply = [&] {
    momentum.apply(gradients);
    adam.apply(gradients);
  };
  PolicyScope strict(Policy::strict);
  auto step = function([&] {
    apply();
    return constant(0.f);
  });
  for (int i = 0; i < 3; ++i) compiled ? (void)step() : apply();
  std::vector<std::vector<float>> values;
  for (const Variable &variable : variables) values.push_back(elements_of(variable));
  return values;
}

}  // namespace

TEST_CASE("updates of variables of many shapes are those of each alone", "[threads]") {
  const std::vector<Shape> shapes = {{0}, {1}, {3, 5}, {17}, {2, 0, 3}, {64, 64}, {7, 11, 13}, {401, 333}};
  const int before = num_threads();
  for (int threads : {1, 2, 8}) {
    set_num_threads(threads);
    auto together = after_steps(shapes, true);
    for (size_t i = 0; i < shapes.size(); ++i) {
      INFO("variable " << i << ", " << threads << " threads");
      std::vector<Shape> until(shapes.begin(), shapes.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      CHECK(after_steps(until, false).back() == together[i]);
    }
  }
  set_num_threads(before);
}
