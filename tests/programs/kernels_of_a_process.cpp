// Kernels that several functions of a process have in common are compiled once.
#include <catch2/catch.hpp>

#include <optional>

#include "etch/etch.h"
#include "frontend/function/code_source.h"

using namespace etch;

namespace {

/// How many kernels the last compilation took from programs that were loaded.
struct Borrowed {
  size_t last = 0;
  Borrowed() {
    detail::set_code_provider([this](const ir::Tape &tape, const codegen::CompileOptions &options) {
      codegen::CompiledObject code = codegen::compiler().compile(tape, options, codegen::Kernels::shared);
      last = code.borrowed.size();
      return code;
    });
  }
  ~Borrowed() { detail::set_code_provider(nullptr); }
};

/// Large enough to stay a function of its own.
Tensor common(Tensor x, float scale = 0.3f) {
  Tensor y = x;
  for (int k = 0; k < 6; ++k) y = sin(tanh(y * scale + x) + log1p(abs(y)));
  return y;
}
auto with_sums() {
  return function("with_sums", [](Tensor x) { return cumsum(common(x), 0); });
}
auto with_products() {
  return function("with_products", [](Tensor x) { return matmul(common(x), x, false, true); });
}

const Tensor &input() {
  static const Tensor x = Generator(5).uniform({33, 65});
  return x;
}

std::vector<float> alone(const std::function<Tensor(Tensor)> &f) { return f(input()).to_vector<float>(); }

}  // namespace

TEST_CASE("a kernel that a loaded program has is called, not compiled") {
  const std::vector<float> expected = alone(with_products());
  Borrowed borrowed;
  std::optional lender(with_sums());
  (*lender)(input());
  CHECK(borrowed.last == 0);
  auto borrower = with_products();
  CHECK(borrower(input()).to_vector<float>() == expected);
  CHECK(borrowed.last == 1);
  // Its code stays when the program goes that it was compiled for.
  lender.reset();
  CHECK(borrower(input()).to_vector<float>() == expected);
}

TEST_CASE("kernels go with the last program that calls them") {
  Borrowed borrowed;
  {
    auto lender = with_sums();
    lender(input());
  }
  with_products()(input());
  CHECK(borrowed.last == 0);
}

TEST_CASE("kernels that differ in a number, a shape, a dtype or the policy are not the same") {
  Borrowed borrowed;
  auto lender = with_sums();
  lender(input());
  auto other_number = function([](Tensor x) { return matmul(common(x, 0.4f), x, false, true); });
  other_number(input());
  CHECK(borrowed.last == 0);
  auto f = function([](Tensor x) { return matmul(common(x), x, false, true); });
  f(ones({33, 66}));
  CHECK(borrowed.last == 0);
  f(cast(input(), f64));
  CHECK(borrowed.last == 0);
  auto strict = function([](Tensor x) { return matmul(common(x), x, false, true); }, {.policy = Policy::strict});
  strict(input());
  CHECK(borrowed.last == 0);
}

TEST_CASE("a program borrows from programs that borrow") {
  Borrowed borrowed;
  auto second_part = [](Tensor x) { return common(cumsum(x, 0), 0.2f); };
  auto lender = with_sums();
  lender(input());
  std::optional middle(
      function([&](Tensor x) { return std::pair{matmul(common(x), x, false, true), second_part(x)}; }));
  (*middle)(input());
  const size_t of_lender = borrowed.last;
  CHECK(of_lender >= 1);
  auto last = function([&](Tensor x) { return std::tuple{cumsum(common(x), 0), second_part(x), x + 1.f}; });
  auto [sums, second, more] = last(input());
  CHECK(borrowed.last >= 2);
  middle.reset();
  auto [sums_again, second_again, more_again] = last(input());
  CHECK(sums_again.to_vector<float>() == lender(input()).to_vector<float>());
  CHECK(second_again.to_vector<float>() == second.to_vector<float>());
}

TEST_CASE("another batch of a training step compiles what depends on the batch") {
  Borrowed borrowed;
  Generator generator(7);
  nn::Sequential model(nn::Dense(64, 128, nn::Activation::relu, generator),
                       nn::Dense(128, 10, nn::Activation::linear, generator));
  nn::Adam adam(model.parameters(), 0.001);
  auto step = function("step", [&](Tensor x, Tensor labels) {
    auto [loss, gradients] =
        value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(x), labels)); });
    adam.apply(gradients);
    return loss;
  });
  step(full({64, 64}, 0.5f), full({64}, 3, i32));
  CHECK(borrowed.last == 0);
  step(full({24, 64}, 0.5f), full({24}, 3, i32));
  CHECK(borrowed.last >= 1);
}
