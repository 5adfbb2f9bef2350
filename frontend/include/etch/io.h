#pragma once
// Tensors in files, and the data sets of the examples.

#include <cstdint>
#include <source_location>
#include <string>

#include "etch/tensor.h"

namespace etch {

/// Reads a NumPy .npy file (formats 1.0 to 3.0, C or Fortran order). Throws UserError for a missing or damaged file,
/// UnsupportedError for an element type that Etch does not have.
Tensor load_npy(const std::string &path, std::source_location at = std::source_location::current());
/// Writes NumPy's format 1.0. Throws UserError for a symbolic tensor and when the file cannot be written.
void save_npy(const std::string &path, const Tensor &tensor, std::source_location at = std::source_location::current());
/// Reads an IDX file (MNIST's format), plain or gzipped. Throws UserError for a missing or damaged file.
Tensor load_idx(const std::string &path, std::source_location at = std::source_location::current());

/// Pictures u8[n,height,width] (255 is ink) and what they show, u8[n].
struct LabelledDigits {
  Tensor images, labels;
};
/// MNIST from a folder with its four IDX files, plain or gzipped. Throws UserError naming the file that is missing.
LabelledDigits load_mnist_train(const std::string &folder, std::source_location at = std::source_location::current());
LabelledDigits load_mnist_test(const std::string &folder, std::source_location at = std::source_location::current());
/// A stand-in for MNIST that needs no files: drawn, jittered digits; the same for the same seed on every machine.
LabelledDigits synthetic_mnist(int64_t count, uint64_t seed, std::source_location at = std::source_location::current());

}  // namespace etch
