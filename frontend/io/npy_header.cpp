#include "frontend/io/npy_header.h"

#include <charconv>
#include <utility>
#include <vector>

#include "runtime/base/error.h"

namespace etch {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(has_descr, true))
        header.descr = descr();
      else if (key == "fortran_order" && !std::exchange(has_order, true))
        header.fortran_order = boolean();
      else if (key == "shape" && !std::exchange(has_shape, true))
        header.shape = tuple();
      else
        reject("the keys descr, fortran_order and shape, each once, but not '" + key + "'");
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty()) reject("nothing after the closing brace");
    if (!has_descr || !has_order || !has_shape) reject("all of the keys descr, fortran_order and shape");
    return header;
  }

 private:
  [[noreturn]] void reject(const std::string &expected) const {
    const size_t at = text_.size() - rest_.size();
    throw UserError("bad .npy header at byte " + std::to_string(at) + ": expected " + expected + "; the header is \"" +
                    printable(text_) + '"');
  }
  // Damaged headers may be binary and long; messages are neither.
  static std::string printable(std::string_view text) {
    constexpr size_t kLongest = 120;
    std::string result;
    for (char c : text.substr(0, kLongest)) result += c >= ' ' && c <= '~' ? c : '?';
    return text.size() > kLongest ? result + "..." : result;
  }

  void skip_space() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) reject(std::string("'") + c + "'");
  }

  std::string quoted() {
    skip_space();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) reject("a quoted string");
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) reject("a closing quote");
    std::string result(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return result;
  }

  std::string descr() {
    skip_space();
    if (!rest_.empty() && rest_[0] == '[')
      throw UnsupportedError("structured arrays are not supported; the header is \"" + printable(text_) +
                             "\"; save each field as an array of its own");
    return quoted();
  }

  bool boolean() {
    skip_space();
    for (bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    reject("True or False");
  }

  Shape tuple() {
    std::vector<int64_t> dims;
    expect('(');
    while (!accept(')')) {
      dims.push_back(extent());
      if (!accept(',')) {
        if (dims.size() == 1) reject("a comma after the only extent: (n,)");
        expect(')');
        break;
      }
    }
    if (dims.size() > static_cast<size_t>(kMaxRank))
      throw UnsupportedError("the array has " + std::to_string(dims.size()) + " axes, but at most " +
                             std::to_string(kMaxRank) + " are supported; reshape it before saving");
    return Shape(dims);
  }

  int64_t extent() {
    skip_space();
    int64_t value = 0;
    const auto [stop, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0) reject("an extent from 0 to 2^63-1");
    rest_.remove_prefix(static_cast<size_t>(stop - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // written by Python 2
    return value;
  }

  std::string_view text_, rest_;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view text) { return Parser(text).parse(); }

std::string npy_header_text(const NpyHeader &header) {
  std::string text = "{'descr': '" + header.descr + "', 'fortran_order': " + (header.fortran_order ? "True" : "False") +
                     ", 'shape': (";
  for (int axis = 0; axis < header.shape.rank(); ++axis)
    text += (axis ? ", " : "") + std::to_string(header.shape[axis]);
  return text + (header.shape.rank() == 1 ? ",), }" : "), }");
}

}  // namespace etch
