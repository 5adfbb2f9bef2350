// 01: Tensors. They hold numbers, know their dtype and shape, and every op on them runs at once.
//
//   ./run build 01_tensors && build/bin/01_tensors

#include <iostream>

#include "etch/etch.h"

using etch::Tensor;

int main() {
  // From C++ values: 1.f is f32, 1.0 is f64, 1 is i32. A tensor never changes; copies share its elements.
  Tensor a = etch::constant({{1.f, 2.f}, {3.f, 4.f}});
  std::cout << "a =\n" << a << "\n";

  // Operators and functions have NumPy's names and NumPy's rules: shapes broadcast, dtypes promote. C++ numbers take
  // the dtype of the tensor they meet.
  std::cout << "a * 10 + 1 =\n" << a * 10.f + 1.f << "\n";
  std::cout << "column means: " << etch::mean(a, /*axes=*/0) << "\n";
  std::cout << "i32 + f32 is " << etch::name_of((etch::constant({1, 2}) + a).dtype()) << "\n";
  std::cout << "int32 matmul:\n"
            << etch::matmul(etch::constant({{1, 2}, {3, 4}}), etch::constant({{5, 6}, {7, 8}})) << "\n";

  // Parts: an index removes an axis, {from, to, step} keeps it, {} is all of it, negative positions count from the end.
  Tensor grid = etch::reshape(etch::arange(12), {3, 4});
  std::cout << "grid =\n" << grid << "\n";
  std::cout << "last row: " << grid[-1] << "\n";
  std::cout << "every other column of rows 0 and 1:\n" << grid[{{0, 2}, {0, 4, 2}}] << "\n";

  // Back to C++: one number, or all of them.
  float total = etch::sum(a).item<float>();
  std::vector<int64_t> flat = grid.to_vector<int64_t>();
  std::cout << "total " << total << ", first and last of grid " << flat.front() << " and " << flat.back() << "\n";

  // Random numbers come from a stream with a seed: the same on every machine.
  etch::Generator generator(42);
  Tensor noise = generator.normal({1000});
  std::cout << "1000 normal numbers: |mean| < 0.1 is " << (etch::abs(etch::mean(noise)) < 0.1f) << "\n";

  // Mistakes say what came, what was expected, and where: at this line of this file.
  try {
    etch::matmul(a, etch::ones({3, 2}));
  } catch (const etch::UserError &error) {
    std::string text = error.what();
    std::cout << "an error: " << text.substr(text.find("01_tensors.cpp")) << "\n";
  }
}
