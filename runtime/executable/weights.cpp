#include "runtime/executable/weights.h"

#include <algorithm>
#include <cstring>

#include "runtime/base/dtype.h"

namespace etch::runtime {
namespace {

/// Neighbours along the depth that are copied before the next column: a cache line, so that a matrix that lies along
/// the depth is read line by line.
constexpr size_t kLine = 64;

/// The group is known: a division an element took longer than all the rest.
template <int64_t group, class Element>
void lay_out_elements(const etch_weights &w, const Element *from, Element *to) {
  const auto steps = static_cast<int64_t>(kLine / sizeof(Element));
  for (int64_t first = 0; first < w.columns; first += w.width, to += w.apart) {
    const int64_t count = std::min(w.width, w.columns - first);
    const Element *panel = from + first * w.column_stride;
    for (int64_t begin = 0; begin < w.depth; begin += steps) {
      const int64_t end = std::min(begin + steps, w.depth);
      if (w.column_stride == 1) {
        for (int64_t d = begin; d < end; ++d) {
          const Element *row = panel + d * w.depth_stride;
          Element *place = to + d / group * w.width * group + d % group;
          for (int64_t c = 0; c < count; ++c) place[c * group] = row[c];
        }
        continue;
      }
      for (int64_t c = 0; c < count; ++c)
        for (int64_t d = begin; d < end; ++d)
          to[(d / group * w.width + c) * group + d % group] = panel[c * w.column_stride + d * w.depth_stride];
    }
  }
}

}  // namespace

void lay_out(const etch_weights &weights, size_t element_bytes, const void *from, void *to) {
  std::memset(to, 0, static_cast<size_t>(weights.elements) * element_bytes);
  auto copy = [&]<class Element>(Element) {
    auto *source = static_cast<const Element *>(from);
    auto *target = static_cast<Element *>(to);
    weights.group == 2 ? lay_out_elements<2>(weights, source, target) : lay_out_elements<1>(weights, source, target);
  };
  switch (element_bytes) {
    case 1: return copy(uint8_t{});
    case 2: return copy(uint16_t{});
    case 4: return copy(uint32_t{});
    default: return copy(uint64_t{});
  }
}

BufferRef copy_of(const etch_program &program, const etch_weights &weights, const void *argument) {
  const size_t bytes = size_of(static_cast<DType>(program.args[weights.argument].dtype));
  BufferRef copy = BufferRef::allocate(static_cast<size_t>(weights.elements) * bytes);
  lay_out(weights, bytes, argument, copy->data());
  return copy;
}

std::vector<BufferRef> weights_of(const etch_program &program, void *const *args) {
  std::vector<BufferRef> copies;
  for (int64_t i = 0; i < program.num_weights; ++i)
    copies.push_back(copy_of(program, program.weights[i], args[program.weights[i].argument]));
  return copies;
}

std::vector<const void *> pointers_to(const std::vector<BufferRef> &copies) {
  std::vector<const void *> pointers;
  for (const BufferRef &copy : copies) pointers.push_back(copy->data());
  return pointers;
}

}  // namespace etch::runtime
