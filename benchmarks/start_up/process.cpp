// What start_up.cpp starts: etch-bench-process nothing | eager | function | training | network.

#include <cstring>

#include "benchmarks/networks.h"
#include "etch/etch.h"

using namespace etch;

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!std::strcmp(what, "eager")) {
    Tensor a = ones({16, 16}), b = a + a, c = b * 0.5f;
    Tensor d = matmul(exp(b - c), transpose(tanh(c)));
    return (sum(relu(d), 1) / max(d)).to_vector<float>().size() == 16 ? 0 : 1;
  }
  if (!std::strcmp(what, "function")) {
    auto f = function("f", [](Tensor x) { return relu(2.f * x + 1.f); });
    return f(ones({1024})).to_vector<float>().size() == 1024 ? 0 : 1;
  }
  if (!std::strcmp(what, "training")) {
    bench::Mlp mlp({20, 20, 10, 1}, /*adam=*/true);
    auto step = mlp.regression_step();
    return step(ones({1, 20}), ones({1, 1})).to_vector<float>().size() == 1 ? 0 : 1;
  }
  if (!std::strcmp(what, "network")) {
    bench::Mlp mlp({784, 512, 256, 10}, /*adam=*/true);
    auto step = mlp.regression_step();
    return step(ones({1, 784}), ones({1, 10})).to_vector<float>().size() == 1 ? 0 : 1;
  }
  return std::strcmp(what, "nothing") ? 2 : static_cast<int>(Tensor().defined());
}
