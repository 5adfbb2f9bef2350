#include "runtime/base/format.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#include "runtime/base/decimal.h"

// The layout follows numpy/_core/arrayprint.py (FloatingFormat, _formatArray, _extendLine), decision by decision.

namespace etch {
namespace {

template <class T> T load(const DenseView &tensor, int64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char *>(tensor.data) + index * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return value;
}

double load_float(const DenseView &tensor, int64_t index) {
  switch (tensor.dtype) {
    case DType::f16: return static_cast<float>(load<half>(tensor, index));
    case DType::bf16: return static_cast<float>(load<bfloat16>(tensor, index));
    case DType::f32: return load<float>(tensor, index);
    default: return load<double>(tensor, index);
  }
}

int64_t load_integer(const DenseView &tensor, int64_t index) {
  switch (tensor.dtype) {
    case DType::i32: return load<int32_t>(tensor, index);
    case DType::i64: return load<int64_t>(tensor, index);
    default: return load<uint8_t>(tensor, index);
  }
}

// Which elements are shown: everything, or the edges of each long axis.
struct Layout {
  const DenseView &tensor;
  const FormatOptions &options;
  bool summarise;

  bool is_cut(int64_t extent) const { return summarise && extent > 2 * options.edge_items; }

  template <class Visit> void for_each_shown(Visit &&visit, size_t axis = 0, int64_t offset = 0) const {
    if (axis == tensor.dims.size()) return visit(offset);
    const int64_t extent = tensor.dims[axis];
    for (int64_t i = 0; i < extent; ++i) {
      if (is_cut(extent) && i == options.edge_items) i = extent - options.edge_items;
      for_each_shown(visit, axis + 1, offset * extent + i);
    }
  }
};

using ElementText = std::function<std::string(int64_t index)>;

std::string pad_to(size_t width, const std::string &text) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

ElementText integer_texts(const Layout &layout) {
  size_t width = 0;
  layout.for_each_shown(
      [&](int64_t index) { width = std::max(width, std::to_string(load_integer(layout.tensor, index)).size()); });
  return [=, &layout](int64_t index) { return pad_to(width, std::to_string(load_integer(layout.tensor, index))); };
}

// NumPy compares and divides in the array's own type, so that f32 1e-4 is not below 1e-4.
bool wants_scientific(double largest, double smallest, DType dtype) {
  return largest >= round_to(dtype, 1e8) || smallest < round_to(dtype, 1e-4) ||
         round_to(dtype, largest / smallest) > 1000;
}

struct FloatLayout {
  bool scientific = false;
  size_t left = 0;      // characters before the point, sign included
  size_t right = 0;     // characters after it, exponent included
  int fraction = 0;     // scientific: digits after the point, the same for all
  size_t exponent = 0;  // scientific: digits of the exponent
};

FloatLayout measure_floats(const std::vector<double> &values, DType dtype, int precision) {
  FloatLayout result;
  double largest = 0, smallest = INFINITY;
  size_t longest_word = 0;  // of nan, inf, -inf
  for (double value : values) {
    if (!std::isfinite(value)) longest_word = std::max<size_t>(longest_word, value == -INFINITY ? 4 : 3);
    if (!std::isfinite(value) || value == 0) continue;
    largest = std::max(largest, std::abs(value));
    smallest = std::min(smallest, std::abs(value));
  }
  result.scientific = largest > 0 && wants_scientific(largest, smallest, dtype);
  for (double value : values) {
    if (!std::isfinite(value)) continue;
    std::string text;
    if (result.scientific) {
      const ScientificText scientific = scientific_text(value, dtype, precision);
      text = scientific.mantissa;
      const size_t digits = std::to_string(std::abs(scientific.exponent)).size();
      result.exponent = std::max({result.exponent, digits, size_t{2}});
    } else {
      text = positional_text(value, dtype, precision);
    }
    const size_t point = text.find('.');
    result.left = std::max(result.left, point);
    result.right = std::max(result.right, text.size() - point - 1);
  }
  if (result.scientific) {
    result.fraction = static_cast<int>(result.right);
    result.right += result.exponent + 2;  // "e-"
  }
  // A word ends where the numbers end; it widens the left side only when it is longer than the right one.
  if (longest_word > result.right + 1) result.left = std::max(result.left, longest_word - result.right - 1);
  return result;
}

std::string float_text(const FloatLayout &layout, double value, DType dtype, int precision) {
  if (!std::isfinite(value)) return pad_to(layout.left + 1 + layout.right, scalar_text(value, dtype));
  if (!layout.scientific) {
    const std::string text = positional_text(value, dtype, precision);
    const size_t point = text.find('.');
    return std::string(layout.left - point, ' ') + text + std::string(layout.right - (text.size() - point - 1), ' ');
  }
  const ScientificText text = fixed_scientific_text(value, dtype, layout.fraction);
  const size_t point = text.mantissa.find('.');
  std::string exponent = std::to_string(std::abs(text.exponent));
  exponent.insert(0, layout.exponent - exponent.size(), '0');
  return std::string(layout.left - point, ' ') + text.mantissa + (text.exponent < 0 ? "e-" : "e+") + exponent;
}

ElementText float_texts(const Layout &layout) {
  std::vector<double> shown;
  layout.for_each_shown([&](int64_t index) { shown.push_back(load_float(layout.tensor, index)); });
  const DType dtype = layout.tensor.dtype;
  const int precision = layout.options.precision;
  const FloatLayout widths = measure_floats(shown, dtype, precision);
  return [=, &layout](int64_t index) { return float_text(widths, load_float(layout.tensor, index), dtype, precision); };
}

// A row under construction, broken where the next word would pass the line's width.
class Wrapper {
 public:
  Wrapper(std::string indent, int width) : indent_(std::move(indent)), line_(indent_), width_(width) {}

  void add(const std::string &word) {
    const bool overflows = static_cast<int64_t>(line_.size() + word.size()) > width_;
    if (overflows && line_.size() > indent_.size()) {  // breaking an empty line would not help
      line_.erase(line_.find_last_not_of(' ') + 1);
      text_ += line_ + '\n';
      line_ = indent_;
    }
    line_ += word;
  }
  void add_separator() { line_ += ' '; }
  std::string take() { return text_ + line_; }

 private:
  std::string indent_, line_, text_;
  int64_t width_;
};

std::string nested_text(const Layout &layout, const ElementText &element, size_t axis, int64_t offset,
                        const std::string &indent, int width) {
  const int64_t extent = layout.tensor.dims[axis];
  const size_t axes_left = layout.tensor.dims.size() - axis;
  const bool cut = layout.is_cut(extent);
  const auto next_shown = [&](int64_t i) {
    return cut && i + 1 == layout.options.edge_items ? extent - layout.options.edge_items : i + 1;
  };
  std::string text;
  if (axes_left == 1) {
    Wrapper row(indent, width - 1);  // room for the closing bracket
    for (int64_t i = 0; i < extent;) {
      row.add(element(offset * extent + i));
      const int64_t next = next_shown(i);
      if (next < extent) row.add_separator();
      if (next > i + 1) {
        row.add("...");
        row.add_separator();
      }
      i = next;
    }
    text = row.take();
  } else {
    const std::string line_break(axes_left - 1, '\n');
    for (int64_t i = 0; i < extent;) {
      text += indent + nested_text(layout, element, axis + 1, offset * extent + i, indent + ' ', width - 1);
      const int64_t next = next_shown(i);
      if (next < extent) text += line_break;
      if (next > i + 1) text += indent + "..." + line_break;
      i = next;
    }
  }
  return '[' + text.substr(indent.size()) + ']';
}

std::string scalar_tensor_text(const DenseView &tensor) {
  switch (kind_of(tensor.dtype)) {
    case DTypeKind::boolean: return load_integer(tensor, 0) ? "True" : "False";
    case DTypeKind::floating: return scalar_text(load_float(tensor, 0), tensor.dtype);
    default: return std::to_string(load_integer(tensor, 0));
  }
}

}  // namespace

std::string format_tensor(const DenseView &tensor, const FormatOptions &options) {
  if (tensor.dims.empty()) return scalar_tensor_text(tensor);
  int64_t count = 1;
  for (int64_t extent : tensor.dims) count *= extent;
  if (count == 0) return "[]";

  const Layout layout{tensor, options, count > options.threshold};
  ElementText element;
  switch (kind_of(tensor.dtype)) {
    case DTypeKind::boolean:
      element = [&](int64_t index) { return std::string(load_integer(tensor, index) ? " True" : "False"); };
      break;
    case DTypeKind::floating: element = float_texts(layout); break;
    default: element = integer_texts(layout); break;
  }
  return nested_text(layout, element, 0, 0, " ", options.line_width);
}

}  // namespace etch
