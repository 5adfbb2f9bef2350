#include "runtime/base/shape.h"

#include <algorithm>
#include <ostream>

#include "runtime/base/error.h"

namespace etch {

Shape::Shape(std::initializer_list<int64_t> dims) : Shape(std::span<const int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const int64_t> dims) {
  if (dims.size() > static_cast<size_t>(kMaxRank))
    throw UserError("shape has rank " + std::to_string(dims.size()) + ", but at most " + std::to_string(kMaxRank) +
                    " axes are supported; merge axes with reshape");
  std::copy(dims.begin(), dims.end(), dims_.begin());
  rank_ = static_cast<uint8_t>(dims.size());
}

void Shape::push_back(int64_t extent) {
  if (rank_ == kMaxRank)
    throw UserError("cannot add an axis to shape " + to_string(*this) + ": at most " + std::to_string(kMaxRank) +
                    " axes are supported");
  dims_[rank_++] = extent;
}

int64_t Shape::num_elements() const {
  if (!is_static()) return kDynamic;
  // A zero extent first: [0, 2^62, 2^62] is an empty tensor, not an overflow.
  if (std::find(begin(), end(), 0) != end()) return 0;
  int64_t count = 1;
  for (int64_t extent : *this)
    if (__builtin_mul_overflow(count, extent, &count))
      throw UserError("shape " + to_string(*this) + " has more than 2^63 elements");
  return count;
}

bool Shape::is_static() const { return num_dynamic() == 0; }

int Shape::num_dynamic() const { return static_cast<int>(std::count(begin(), end(), kDynamic)); }

std::string to_string(const Shape &shape) {
  std::string text = "[";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis) text += ',';
    text += shape[axis] == kDynamic ? "?" : std::to_string(shape[axis]);
  }
  return text += ']';
}

std::ostream &operator<<(std::ostream &os, const Shape &shape) { return os << to_string(shape); }

bool is_compatible(const Shape &spec, const Shape &actual) {
  if (spec.rank() != actual.rank()) return false;
  for (int axis = 0; axis < spec.rank(); ++axis)
    if (spec[axis] != kDynamic && spec[axis] != actual[axis]) return false;
  return true;
}

}  // namespace etch
