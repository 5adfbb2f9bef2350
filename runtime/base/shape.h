#pragma once
// Shapes: a list of extents, inline up to rank 8. An unknown extent is kDynamic.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace etch {

/// An extent that is not known before run time; printed as "?".
inline constexpr int64_t kDynamic = -1;
inline constexpr int kMaxRank = 8;

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims);
  explicit Shape(std::span<const int64_t> dims);
  Shape(const std::vector<int64_t> &dims) : Shape(std::span<const int64_t>(dims)) {}

  int rank() const { return rank_; }
  /// The extent of an axis below rank(); negative axes count from the end.
  int64_t operator[](int axis) const { return dims_[axis < 0 ? axis + rank_ : axis]; }
  int64_t &operator[](int axis) { return dims_[axis < 0 ? axis + rank_ : axis]; }
  const int64_t *begin() const { return dims_.data(); }
  const int64_t *end() const { return dims_.data() + rank_; }
  std::span<const int64_t> dims() const { return {dims_.data(), rank_}; }
  std::vector<int64_t> to_vector() const { return {begin(), end()}; }
  bool empty() const { return rank_ == 0; }

  /// Appends an extent. Throws UserError beyond kMaxRank.
  void push_back(int64_t extent);
  /// Product of the extents (1 for rank 0); kDynamic if any extent is.
  int64_t num_elements() const;
  bool is_static() const;
  int num_dynamic() const;

  friend bool operator==(const Shape &a, const Shape &b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.dims_[i] != b.dims_[i]) return false;
    return true;
  }

 private:
  std::array<int64_t, kMaxRank> dims_{};
  uint8_t rank_ = 0;
};

/// "[2,3]", "[?,784]", "[]".
std::string to_string(const Shape &shape);
std::ostream &operator<<(std::ostream &os, const Shape &shape);

/// True when every extent of `actual` equals that of `spec` or the spec's is unknown.
bool is_compatible(const Shape &spec, const Shape &actual);

}  // namespace etch
