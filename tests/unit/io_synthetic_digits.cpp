#include <catch2/catch.hpp>
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "frontend/io/synthetic_digits.h"
#include "runtime/base/error.h"

using namespace etch;

namespace {

constexpr size_t kPixels = 28 * 28;

// FNV-1a
uint64_t hash_of(std::span<const uint8_t> bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3u;
  return hash;
}

}  // namespace

TEST_CASE("synthetic digits depend on the seed and on nothing else", "[synthetic_digits]") {
  const LabelledImages a = synthetic_digits(50, 1), b = synthetic_digits(50, 1), longer = synthetic_digits(73, 1);
  CHECK(a.images.type == TensorType{u8, {50, 28, 28}});
  CHECK(a.labels.type == TensorType{u8, {50}});
  const auto pixels = a.images.elements<uint8_t>();
  CHECK(std::ranges::equal(pixels, b.images.elements<uint8_t>()));
  CHECK(std::ranges::equal(pixels, longer.images.elements<uint8_t>().first(50 * kPixels)));
  CHECK(std::ranges::equal(a.labels.elements<uint8_t>(), longer.labels.elements<uint8_t>().first(50)));
  const LabelledImages other = synthetic_digits(50, 2);
  CHECK_FALSE(std::ranges::equal(pixels, other.images.elements<uint8_t>()));
  // Pinned: published accuracies refer to exactly these pictures.
  CHECK(hash_of(pixels) == 0x54edfdc2733ef497u);
  CHECK(synthetic_digits(0, 1).images.type.shape == Shape{0, 28, 28});
  CHECK_THROWS_AS(synthetic_digits(-1, 1), UserError);
}

TEST_CASE("synthetic digits are balanced and all different", "[synthetic_digits]") {
  const LabelledImages set = synthetic_digits(2000, 3);
  std::array<int, 10> count{};
  std::set<uint64_t> pictures;
  const auto labels = set.labels.elements<uint8_t>();
  for (size_t i = 0; i < 2000; ++i) {
    REQUIRE(labels[i] < 10);
    ++count[labels[i]];
    pictures.insert(hash_of(set.images.elements<uint8_t>().subspan(i * kPixels, kPixels)));
  }
  for (int digit = 0; digit < 10; ++digit) CHECK(count[static_cast<size_t>(digit)] == 200);
  CHECK(pictures.size() == 2000);
}

TEST_CASE("synthetic digits can be told apart, but not by chance", "[synthetic_digits]") {
  // The nearest mean picture of 2,000 is a weak classifier: well above chance, well below what a network reaches.
  const LabelledImages train = synthetic_digits(2000, 4), test = synthetic_digits(500, 5);
  std::vector<std::array<double, kPixels>> means(10, std::array<double, kPixels>{});
  for (size_t i = 0; i < 2000; ++i)
    for (size_t p = 0; p < kPixels; ++p)
      means[train.labels.elements<uint8_t>()[i]][p] += train.images.elements<uint8_t>()[i * kPixels + p] / 200.0;
  int right = 0;
  for (size_t i = 0; i < 500; ++i) {
    size_t best = 0;
    double best_distance = 1e300;
    for (size_t digit = 0; digit < 10; ++digit) {
      double distance = 0;
      for (size_t p = 0; p < kPixels; ++p) {
        const double difference = test.images.elements<uint8_t>()[i * kPixels + p] - means[digit][p];
        distance += difference * difference;
      }
      if (distance < best_distance) best_distance = distance, best = digit;
    }
    right += best == test.labels.elements<uint8_t>()[i];
  }
  INFO(right << " of 500");
  CHECK(right > 325);
  CHECK(right < 495);
}
