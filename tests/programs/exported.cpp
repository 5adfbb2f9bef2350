// The third way to run a function: saved, compiled by another process, run there. In the strict policy it gives the
// bits of the other two.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "etch/etch.h"

using namespace etch;

namespace {

/// What etch-run makes of a saved function: its results, then the new values of its variables.
template <class F> std::vector<Tensor> run_exported(const F &concrete, const std::vector<Tensor> &inputs,
                                                    size_t results) {
  auto folder = std::filesystem::temp_directory_path() / ("etch-exported-" + std::to_string(std::rand()));
  std::filesystem::create_directories(folder);
  auto path = [&](const std::string &name) { return (folder / name).string(); };
  concrete.save(path("program.mlir"));
  std::string command = std::string(ETCH_RUN) + " " + path("program.mlir") + " --strict --output-dir " + path("out");
  for (size_t i = 0; i < inputs.size(); ++i) {
    save_npy(path("in" + std::to_string(i) + ".npy"), inputs[i]);
    command += " --input " + path("in" + std::to_string(i) + ".npy");
  }
  command += " > " + path("log") + " 2>&1";
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < results; ++i) outputs.push_back(load_npy(path("out/" + std::to_string(i) + ".npy")));
  std::filesystem::remove_all(folder);
  return outputs;
}

/// One step of a network with a hidden layer, Adam and noise on its input; the same from the same seed.
struct Training {
  Generator generator{7};
  nn::Sequential model{nn::Dense(12, 9, nn::Activation::tanh, generator),
                       nn::Dense(9, 5, nn::Activation::linear, generator)};
  nn::Adam adam{model.parameters()};
  Tensor step(const Tensor &x, const Tensor &labels) const {
    Tensor noisy = x + generator.normal(x.shape(), 0, 0.1);
    auto [loss, gradients] =
        value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(noisy), labels)); });
    adam.apply(gradients);
    return loss;
  }
};

/// The same with convolutions, pooling of both kinds and depthwise filters.
struct ConvTraining {
  Generator generator{7};
  nn::Sequential model{
      nn::Conv2D(1, 18, {3}, nn::Activation::relu, generator, {.padding = Border::same}),
      nn::MaxPool2D(),
      nn::DepthwiseConv2D(18, {3}, nn::Activation::tanh, generator, {.strides = {2}, .padding = Border::same}),
      nn::Conv2D(18, 7, {2}, nn::Activation::linear, generator),
      nn::AveragePooling2D({2}, {.padding = Border::same}),
      nn::Flatten(),
      nn::Dense(7, 5, nn::Activation::linear, generator)};
  nn::SGD sgd{model.parameters(), 0.1};
  Tensor step(const Tensor &x, const Tensor &labels) const {
    auto [loss, gradients] =
        value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(x), labels)); });
    sgd.apply(gradients);
    return loss;
  }
};

/// Attention over rows, twice: one an op, causal, and one written out, which hides with a number.
struct Attend {
  explicit Attend(const Generator &generator)
      : query(6, 8, nn::Activation::linear, generator),
        key(6, 8, nn::Activation::linear, generator),
        value(6, 5, nn::Activation::linear, generator) {}
  nn::Dense query, key, value;

  std::vector<Variable> parameters() const {
    return {query.kernel, query.bias, key.kernel, key.bias, value.kernel, value.bias};
  }
  Tensor operator()(const Tensor &x) const {
    Tensor q = query(x), k = key(x), v = value(x);
    Tensor hidden = transpose(slice(x, {{}, {}, {0, 1}}), {0, 2, 1}) > 0.9f;
    Tensor scores = matmul(q, transpose(k, {0, 2, 1})) / std::sqrt(8.f);
    return mean(matmul(softmax(where(hidden, -1e9f, scores)), v) + dot_product_attention(q, k, v, {.causal = true}), 1);
  }
};
struct AttentionTraining {
  Generator generator{7};
  Attend model{generator};
  nn::SGD sgd{model.parameters(), 0.1};
  Tensor step(const Tensor &x, const Tensor &labels) const {
    auto [loss, gradients] =
        value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(x), labels)); });
    sgd.apply(gradients);
    return loss;
  }
};

/// One step eagerly, compiled and exported from the same start: the same bits in everything that it changes.
template <class Training> void check_three_ways(const Tensor &x, const Tensor &labels) {
  PolicyScope strict(Policy::strict);
  Training eager, compiled, exported;
  std::vector<Tensor> losses{eager.step(x, labels)};
  auto step = function("step", [&](Tensor x, Tensor labels) { return compiled.step(x, labels); });
  losses.push_back(step(x, labels));

  auto program = function("step", [&](Tensor x, Tensor labels) {
    Tensor loss = exported.step(x, labels);
    std::vector<Tensor> results{loss, exported.generator.state().read()};
    for (const Variable &parameter : exported.model.parameters()) results.push_back(parameter.read());
    return results;
  });
  // The program starts from the values that the variables have when it is saved.
  std::vector<Tensor> results =
      run_exported(program.get_concrete_function(x, labels), {x, labels}, 2 + exported.model.parameters().size());
  losses.push_back(results[0]);

  for (const Tensor &loss : losses) CHECK(loss.item<float>() == losses[0].item<float>());
  CHECK(results[1].to_vector<int64_t>() == eager.generator.state().read().template to_vector<int64_t>());
  for (size_t i = 0; i < exported.model.parameters().size(); ++i) {
    std::vector<float> expected = eager.model.parameters()[i].read().template to_vector<float>();
    CHECK(compiled.model.parameters()[i].read().template to_vector<float>() == expected);
    CHECK(results[2 + i].to_vector<float>() == expected);
  }
}

}  // namespace

TEST_CASE("strict: a training step gives the same bits eagerly, compiled and exported") {
  check_three_ways<Training>(sin(reshape(arange(8 * 12, f32), {8, 12})), constant({0, 1, 2, 3, 4, 0, 1, 2}));
}

TEST_CASE("strict: a step of a convolutional network gives the same bits in all three ways") {
  check_three_ways<ConvTraining>(sin(reshape(arange(3 * 10 * 9, f32), {3, 10, 9, 1})), constant({0, 4, 2}));
}

TEST_CASE("strict: a step through attention gives the same bits in all three ways") {
  check_three_ways<AttentionTraining>(sin(reshape(arange(3 * 37 * 6, f32), {3, 37, 6})), constant({0, 4, 2}));
}

TEST_CASE("a convolutional network learns digits") {
  LabelledDigits digits = synthetic_mnist(200, 3);
  Tensor images = cast(reshape(digits.images, {200, 28, 28, 1}), f32) / 255.f, labels = cast(digits.labels, i32);
  Generator generator(1);
  nn::Sequential model(
      nn::Conv2D(1, 8, {5}, nn::Activation::relu, generator, {.strides = {2}, .padding = Border::same}),
      nn::Conv2D(8, 16, {3}, nn::Activation::relu, generator, {.padding = Border::same}), nn::MaxPool2D(),
      nn::Flatten(), nn::Dense(7 * 7 * 16, 10, nn::Activation::linear, generator));
  nn::Adam adam(model.parameters(), 0.005);
  auto step = function([&](Tensor x, Tensor y) {
    auto [loss, gradients] =
        value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(x), y)); });
    adam.apply(gradients);
    return loss;
  });
  const float first = step(images, labels).item<float>();
  for (int i = 0; i < 40; ++i) step(images, labels);
  CHECK(step(images, labels).item<float>() < first / 10);
  Tensor right = mean(cast(equal(argmax(model(images), 1), cast(labels, i64)), f32));
  CHECK(right.item<float>() > 0.97f);
}

TEST_CASE("E1: the regression, exported") {
  auto normalised = [](const Tensor &x) { return cast((x - etch::min(x)) / (etch::max(x) - etch::min(x)), f32); };
  Tensor x = normalised(constant({2015., 2016., 2017., 2018., 2019., 2020.}));
  Tensor y = normalised(constant({12000., 14000., 15000., 16500., 17500., 19000.}));
  Variable a(constant(0.f), "a"), b(constant(0.f), "b");
  auto train = function("train",
                        [&](Tensor x, Tensor y) {
                          for_range(0, 10000, std::tuple{}, [&](Tensor) {
                            Tensor error = a * x + b - y;
                            a.assign_sub(1e-3 * (2 * etch::sum(error * x)));
                            b.assign_sub(1e-3 * (2 * etch::sum(error)));
                            return std::tuple{};
                          });
                          return std::tuple{a.read(), b.read()};
                        },
                        {.policy = Policy::strict});
  std::vector<Tensor> results = run_exported(train.get_concrete_function(x, y), {x, y}, 2);
  CHECK(results[0].item<float>() == 0.9591617f);
  CHECK(results[1].item<float>() == 0.044228815f);
}

// They were left out, so that the program asked for them.
TEST_CASE("bool variables are exported with their values") {
  const Variable mask(constant({{true, false, true}, {false, false, true}})), all(constant({true, true})),
      one(constant(true));
  auto f = function(
      [&](Tensor x) { return std::tuple{select(mask, x, 0.f), select(all, x[0][0], 9.f), select(one, x, 9.f)}; });
  const Tensor x = constant({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}});
  std::vector<Tensor> results = run_exported(f.get_concrete_function(x), {x}, 3);
  CHECK(results[0].to_vector<float>() == std::vector<float>{1, 0, 3, 0, 0, 6});
  CHECK(results[1].to_vector<float>() == std::vector<float>{1, 1});
  CHECK(results[2].to_vector<float>() == x.to_vector<float>());
}

TEST_CASE("an exported program says that it is strict") {
  auto saved = [](Policy policy) {
    auto f = function([](Tensor x) { return x * x + x; }, {.policy = policy});
    return f.get_concrete_function(ones({2}));
  };
  auto folder = std::filesystem::temp_directory_path() / ("etch-policy-" + std::to_string(std::rand()));
  std::filesystem::create_directories(folder);
  for (Policy policy : {Policy::strict, Policy::standard}) {
    saved(policy).save(folder / "f.mlir");
    std::ifstream file(folder / "f.mlir");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    CHECK((text.find("etch.policy = \"strict\"") != std::string::npos) == (policy == Policy::strict));
  }
  std::filesystem::remove_all(folder);
}
