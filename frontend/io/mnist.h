#pragma once
// The MNIST digits, from the four files in which they are distributed.

#include <filesystem>

#include "frontend/io/host_array.h"

namespace etch {

/// Pictures and what they show.
struct LabelledImages {
  HostArray images;  ///< u8[n, height, width], 0 = background, 255 = ink
  HostArray labels;  ///< u8[n]
};

/// Where the four files are. Each may be plain or .gz, spelled "train-images-idx3-ubyte" or "train-images.idx3-ubyte".
struct MnistFiles {
  std::filesystem::path train_images, train_labels, test_images, test_labels;

  /// Throws UserError naming the first file that is missing and the spellings that were tried.
  static MnistFiles find(const std::filesystem::path &directory);

  /// Throws UserError when a file is damaged or not u8[n,h,w] or u8[n], or when there are not as many labels as images.
  LabelledImages load_train() const;
  LabelledImages load_test() const;
};

}  // namespace etch
