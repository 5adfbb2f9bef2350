// A program outside Etch's tree: eager and compiled, and what an installation has to find at run time.
#include <iostream>

#include <etch/etch.h>

int main() {
  auto f = etch::function("f", [](etch::Tensor x) { return etch::matmul(x, 2.f * x) + 1.f; });
  etch::Tensor x = etch::constant({{1.f, 2.f}, {3.f, 4.f}});
  std::cout << f(x) << '\n';
  return f(x).to_vector<float>() == std::vector<float>{15, 21, 31, 45} && f.trace_count() == 1 ? 0 : 1;
}
