#include "frontend/io/synthetic_digits.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "runtime/base/error.h"

namespace etch {
namespace {

constexpr int kSize = 28;                         // pixels a side
constexpr int kGlyphWidth = 5, kGlyphHeight = 7;  // cells

constexpr const char *kGlyphs[10][kGlyphHeight] = {
    {" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "},
    {"  #  ", " ##  ", "# #  ", "  #  ", "  #  ", "  #  ", "#####"},
    {" ### ", "#   #", "    #", "   # ", "  #  ", " #   ", "#####"},
    {" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "},
    {"   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "},
    {"#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "},
    {"  ## ", " #   ", "#    ", "#### ", "#   #", "#   #", " ### "},
    {"#####", "    #", "   # ", "   # ", "  #  ", "  #  ", "  #  "},
    {" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "},
    {" ### ", "#   #", "#   #", " ####", "    #", "   # ", " ##  "},
};

// Fixed point with 16 fractional bits: floating point would round differently where the compiler contracts.
using Fixed = int64_t;
constexpr Fixed kOne = 1 << 16;
constexpr Fixed operator""_fixed(long double value) { return static_cast<Fixed>(value * kOne); }
constexpr Fixed times(Fixed a, Fixed b) { return a * b >> 16; }

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(uint64_t state) : state_(state) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  /// From low to high, both included.
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
  }

 private:
  uint64_t state_;
};

std::array<int, 10> shuffled_digits(uint64_t seed, int64_t block) {
  std::array<int, 10> digits = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  Random random(Random(seed ^ 0x6469676974736574u).next() + static_cast<uint64_t>(block));
  for (size_t i = 9; i > 0; --i) std::swap(digits[i], digits[random.next() % (i + 1)]);
  return digits;
}

Fixed cell(int digit, int64_t column, int64_t row) {
  if (column < 0 || column >= kGlyphWidth || row < 0 || row >= kGlyphHeight) return 0;
  return kGlyphs[digit][row][column] == '#' ? kOne : 0;
}

// The glyph at a point between cells, whose centres have whole coordinates: bilinear.
Fixed ink_at(int digit, Fixed x, Fixed y) {
  const int64_t column = x >> 16, row = y >> 16;
  const Fixed right = x & (kOne - 1), down = y & (kOne - 1);
  const Fixed top = times(cell(digit, column, row), kOne - right) + times(cell(digit, column + 1, row), right);
  const Fixed bottom =
      times(cell(digit, column, row + 1), kOne - right) + times(cell(digit, column + 1, row + 1), right);
  return times(top, kOne - down) + times(bottom, down);
}

void draw(int digit, Random random, uint8_t *pixels) {
  // A rotation by up to 12 degrees; t is the tangent of half the angle, which needs no sine.
  const Fixed t = random.between(-0.105_fixed, 0.105_fixed);
  const Fixed norm = kOne + times(t, t);
  const Fixed cosine = ((kOne - times(t, t)) << 16) / norm, sine = (2 * t << 16) / norm;
  // Cells per pixel: a glyph is 17 to 23 pixels high.
  const Fixed across = random.between(0.30_fixed, 0.42_fixed), down = random.between(0.30_fixed, 0.42_fixed);
  const Fixed centre_x = 13.5_fixed + random.between(-2.5_fixed, 2.5_fixed);
  const Fixed centre_y = 13.5_fixed + random.between(-2.5_fixed, 2.5_fixed);
  const Fixed strength = random.between(0.7_fixed, 1.0_fixed);

  for (int row = 0; row < kSize; ++row)
    for (int column = 0; column < kSize; ++column) {
      const Fixed dx = column * kOne - centre_x, dy = row * kOne - centre_y;
      const Fixed x = times(times(cosine, dx) + times(sine, dy), across) + 2 * kOne;  // 2, 3: the glyph's centre
      const Fixed y = times(times(cosine, dy) - times(sine, dx), down) + 3 * kOne;
      // Steeper than bilinear, so that strokes have a core and an edge.
      const Fixed ink = std::clamp<Fixed>(2 * ink_at(digit, x, y) - 0.35_fixed, 0, kOne);
      const int64_t noise = random.between(-20, 20) + random.between(-20, 20);
      const int64_t value = (times(ink, strength) * 255 >> 16) + noise;
      pixels[row * kSize + column] = static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255));
    }
}

}  // namespace

LabelledImages synthetic_digits(int64_t count, uint64_t seed) {
  if (count < 0) throw UserError("synthetic_digits: count is " + std::to_string(count) + ", but must not be negative");
  LabelledImages set{HostArray::allocate({u8, {count, kSize, kSize}}), HostArray::allocate({u8, {count}})};
  uint8_t *pixels = set.images.elements<uint8_t>().data();
  uint8_t *labels = set.labels.elements<uint8_t>().data();
  std::array<int, 10> block{};
  for (int64_t i = 0; i < count; ++i) {
    if (i % 10 == 0) block = shuffled_digits(seed, i / 10);
    const int digit = block[static_cast<size_t>(i % 10)];
    labels[i] = static_cast<uint8_t>(digit);
    // Seeds of pictures go through the generator once, so that neighbouring ones have nothing in common.
    draw(digit, Random(Random(seed).next() ^ Random(static_cast<uint64_t>(i)).next()), pixels + i * kSize * kSize);
  }
  return set;
}

}  // namespace etch
