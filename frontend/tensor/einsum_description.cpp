#include "frontend/tensor/einsum_description.h"

#include <algorithm>
#include <map>

#include "frontend/trace/emit.h"
#include "runtime/base/count.h"

namespace etch::detail {
namespace {

bool is_letter(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Parser {
 public:
  Parser(std::string_view text, std::span<const TensorType> types, Location at) : text_(text), types_(types), at_(at) {}

  EinsumDescription parse() {
    std::string compact;
    for (char c : text_)
      if (c != ' ') compact += c;
    const size_t arrow = compact.find("->");
    const std::vector<std::string> terms = split(compact.substr(0, arrow));
    if (terms.size() != types_.size())
      fail("names " + count_text(terms.size(), "operand") + ", but " + std::to_string(types_.size()) + " were given");
    EinsumDescription description;
    for (size_t i = 0; i < terms.size(); ++i) description.operands.push_back(labels_of(terms[i], types_[i]));
    check_extents(description);
    description.result =
        arrow == std::string::npos ? implicit_result(description) : explicit_result(compact.substr(arrow + 2));
    return description;
  }

 private:
  std::string_view text_;
  std::span<const TensorType> types_;
  Location at_;
  std::map<int, int> count_;  // how often each label occurs in the operands
  int open_axes_ = 0;         // the most axes that `...` stands for

  [[noreturn]] void fail(const std::string &reason) const {
    fail_op("einsum", "\"" + std::string(text_) + "\" " + reason, at_);
  }
  static std::string spell(int label) { return is_letter(label) ? std::string(1, static_cast<char>(label)) : "..."; }

  static std::vector<std::string> split(const std::string &list) {
    std::vector<std::string> terms(1);
    for (char c : list)
      if (c == ',')
        terms.emplace_back();
      else
        terms.back() += c;
    return terms;
  }

  /// The letters of a term, and where in them `...` stands (-1: nowhere).
  std::pair<Labels, int> letters_of(const std::string &term) const {
    Labels letters;
    int open = -1;
    for (size_t i = 0; i < term.size(); ++i) {
      if (term.compare(i, 3, "...") == 0 && open < 0) {
        open = static_cast<int>(letters.size());
        i += 2;
      } else if (is_letter(term[i])) {
        letters.push_back(term[i]);
      } else {
        fail("has '" + std::string(1, term[i]) + "', which is neither a letter nor one '...'");
      }
    }
    return {letters, open};
  }

  Labels labels_of(const std::string &term, const TensorType &type) {
    auto [labels, open] = letters_of(term);
    const int rest = type.shape.rank() - static_cast<int>(labels.size());
    if (rest < 0 || (rest > 0 && open < 0))
      fail("gives " + count_text(labels.size(), "letter") + " to " + to_string(type) + ", which has " +
           std::to_string(type.shape.rank()) + " axes; write '...' for axes without a letter");
    for (int i = 0; i < rest; ++i) labels.insert(labels.begin() + open + i, rest - i);
    open_axes_ = std::max(open_axes_, rest);
    for (int label : labels) ++count_[label];
    return labels;
  }

  void check_extents(const EinsumDescription &description) const {
    std::map<int, std::pair<int64_t, size_t>> known;  // extent and operand
    for (size_t i = 0; i < types_.size(); ++i)
      for (int axis = 0; axis < types_[i].shape.rank(); ++axis) {
        const int64_t extent = types_[i].shape[axis];
        if (extent == kDynamic) continue;
        const int label = description.operands[i][static_cast<size_t>(axis)];
        auto [it, is_new] = known.try_emplace(label, extent, i);
        if (!is_new && it->second.first != extent)
          fail("has extents " + std::to_string(it->second.first) + " and " + std::to_string(extent) + " for " +
               spell(label) + ", in " + to_string(types_[it->second.second]) + " and " + to_string(types_[i]));
      }
  }

  Labels open_labels() const {
    Labels labels;
    for (int i = open_axes_; i > 0; --i) labels.push_back(i);
    return labels;
  }

  Labels implicit_result(const EinsumDescription &) const {
    Labels result = open_labels();
    for (auto [label, count] : count_)  // in alphabetical order
      if (is_letter(label) && count == 1) result.push_back(label);
    return result;
  }

  Labels explicit_result(const std::string &term) const {
    auto [result, open] = letters_of(term);
    for (size_t i = 0; i < result.size(); ++i) {
      if (!count_.contains(result[i])) fail("has " + spell(result[i]) + " in the result but in no operand");
      if (std::find(result.begin(), result.begin() + static_cast<long>(i), result[i]) !=
          result.begin() + static_cast<long>(i))
        fail("has " + spell(result[i]) + " twice in the result");
    }
    if (open_axes_ > 0 && open < 0) fail("has '...' in an operand but not in the result");
    const Labels open_list = open_labels();
    if (open >= 0) result.insert(result.begin() + open, open_list.begin(), open_list.end());
    return result;
  }
};

}  // namespace

EinsumDescription parse_einsum(std::string_view text, std::span<const TensorType> types, Location at) {
  return Parser(text, types, at).parse();
}

}  // namespace etch::detail
