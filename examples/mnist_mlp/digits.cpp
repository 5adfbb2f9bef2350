#include "digits.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <utility>

#include <etch/etch.h>

namespace {

Digits read_mnist(std::filesystem::path directory) {
  if (std::filesystem::is_directory(directory / "mnist")) directory /= "mnist";
  if (!std::filesystem::is_directory(directory))
    throw etch::UserError(directory.string() + ": there is no such folder");
  return {etch::load_mnist_train(directory.string()), etch::load_mnist_test(directory.string()),
          "MNIST from " + directory.string(), true};
}

// The pictures at these positions, as tensors.
Batch gather(const etch::LabelledDigits &set, const int64_t *positions, int64_t count) {
  const etch::Shape &shape = set.images.shape();
  const int64_t pixels = shape[1] * shape[2];
  std::vector<uint8_t> images(static_cast<size_t>(count * pixels)), labels(static_cast<size_t>(count));
  const auto *from = static_cast<const uint8_t *>(set.images.data());
  const auto *shown = static_cast<const uint8_t *>(set.labels.data());
  for (int64_t i = 0; i < count; ++i) {
    std::copy_n(from + positions[i] * pixels, pixels, images.data() + i * pixels);
    labels[static_cast<size_t>(i)] = shown[positions[i]];
  }
  return {etch::from_vector(images, {count, shape[1], shape[2]}), etch::from_vector(labels, {count})};
}

}  // namespace

Digits load_digits(const std::optional<std::string> &directory) {
  auto draw = [] {
    return Digits{etch::synthetic_mnist(12'000, 1), etch::synthetic_mnist(2'000, 2), "digits drawn on the spot"};
  };
  if (directory == "drawn") return draw();
  if (directory) return read_mnist(*directory);
  if (const char *folder = std::getenv("ETCH_DATA_DIR"); folder && *folder) return read_mnist(folder);
  for (const char *folder : {"../shared/data/mnist", ETCH_SOURCE_DIR "/../shared/data/mnist"})
    if (std::filesystem::is_directory(folder)) return read_mnist(std::filesystem::path(folder).lexically_normal());
  return draw();
}

Batch batch_of(const etch::LabelledDigits &set, int64_t first, int64_t count) {
  std::vector<int64_t> positions(static_cast<size_t>(count));
  std::iota(positions.begin(), positions.end(), first);
  return gather(set, positions.data(), count);
}

ShuffledBatches::ShuffledBatches(const etch::LabelledDigits &set, int64_t batch_size, uint64_t seed)
    : set_(set),
      batch_size_(batch_size),
      random_(seed),
      order_(static_cast<size_t>(set.labels.shape().num_elements())) {
  std::iota(order_.begin(), order_.end(), 0);
  position_ = static_cast<int64_t>(order_.size());
}

Batch ShuffledBatches::next() {
  if (position_ + batch_size_ > static_cast<int64_t>(order_.size())) {
    // Written out, because the order that std::shuffle makes differs between standard libraries.
    for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random_() % i]);
    position_ = 0;
  }
  Batch batch = gather(set_, order_.data() + position_, batch_size_);
  position_ += batch_size_;
  return batch;
}
