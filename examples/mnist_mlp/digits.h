#pragma once
// Pictures of digits to learn from: MNIST's where there are files, drawn ones otherwise; and batches of them.

#include <optional>
#include <random>
#include <string>
#include <vector>

#include <etch/io.h>

struct Digits {
  etch::LabelledDigits train, test;
  std::string origin;  ///< "MNIST from DIR"
  bool is_mnist = false;
};

/// From `directory` if given ("drawn": no files), else from $ETCH_DATA_DIR or ../shared/data/mnist, else drawn. Throws
/// etch::UserError when a folder that was asked for has no MNIST, or when a file is damaged.
Digits load_digits(const std::optional<std::string> &directory);

struct Batch {
  etch::Tensor images;  ///< u8[n, height, width]
  etch::Tensor labels;  ///< u8[n]
};

/// `count` pictures from `first` on, as they come.
Batch batch_of(const etch::LabelledDigits &set, int64_t first, int64_t count);

/// Full batches in random order, each picture at most once in an epoch.
class ShuffledBatches {
 public:
  ShuffledBatches(const etch::LabelledDigits &set, int64_t batch_size, uint64_t seed);
  int64_t steps_per_epoch() const { return static_cast<int64_t>(order_.size()) / batch_size_; }
  Batch next();

 private:
  const etch::LabelledDigits &set_;
  int64_t batch_size_;
  std::mt19937_64 random_;
  std::vector<int64_t> order_;
  int64_t position_ = 0;
};
