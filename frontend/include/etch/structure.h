#pragma once
// Structures of tensors: what functions take and return, and loops carry. One walk for all uses.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "etch/detail/aggregate.h"
#include "etch/operand.h"

/// Lists the members of a class that belong to its structure, where reflection cannot see them:
///
///     class Layer { Tensor w, b; bool biased; public: ETCH_FIELDS(w, b, biased) };
#define ETCH_FIELDS(...)                                                                  \
  template <class EtchVisitor> void etch_visit_fields(EtchVisitor &&etch_visitor) {       \
    auto etch_each = [&](auto &...fields) { (etch_visitor(fields), ...); };               \
    etch_each(__VA_ARGS__);                                                               \
  }                                                                                       \
  template <class EtchVisitor> void etch_visit_fields(EtchVisitor &&etch_visitor) const { \
    auto etch_each = [&](auto &...fields) { (etch_visitor(fields), ...); };               \
    etch_each(__VA_ARGS__);                                                               \
  }

namespace etch::detail {

template <class T> inline constexpr bool is_sequence = false;
template <class T, class A> inline constexpr bool is_sequence<std::vector<T, A>> = true;
template <class T, size_t N> inline constexpr bool is_sequence<std::array<T, N>> = true;
template <class T> inline constexpr bool is_tuple = false;
template <class... T> inline constexpr bool is_tuple<std::tuple<T...>> = true;
template <class A, class B> inline constexpr bool is_tuple<std::pair<A, B>> = true;
template <class T> inline constexpr bool is_ordered_map = false;
template <class K, class V, class... R> inline constexpr bool is_ordered_map<std::map<K, V, R...>> = true;
template <class T> inline constexpr bool is_unordered_map = false;
template <class K, class V, class... R> inline constexpr bool is_unordered_map<std::unordered_map<K, V, R...>> = true;
template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

struct AnyVisitor {
  template <class T> void operator()(T &) const;
};
template <class T>
concept HasFieldList = requires(T &x) { x.etch_visit_fields(AnyVisitor{}); };
/// Values that are part of the key: compiled in, one trace for each.
template <class T>
concept StaticValue = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::same_as<T, std::string>;
template <class T>
concept Leaf_ = std::same_as<T, Tensor> || std::same_as<T, Variable> || std::same_as<T, Scalar> || StaticValue<T>;

template <class T> inline constexpr bool always_false = false;

/// Walks a structure in a fixed order. The visitor has leaf(Tensor &), leaf(Variable &), leaf(Scalar &),
/// fixed(const T &) for static values, structure(size or key), and enter(kind, position or key) / leave() around parts.
template <class T, class V> void visit_structure(T &x, V &visitor) {
  using U = std::remove_const_t<T>;
  if constexpr (std::same_as<U, Tensor> || std::same_as<U, Variable> || std::same_as<U, Scalar>) {
    visitor.leaf(x);
  } else if constexpr (StaticValue<U>) {
    visitor.fixed(x);
  } else if constexpr (is_sequence<U>) {
    visitor.structure(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      visitor.enter('[', i);
      if constexpr (std::same_as<U, std::vector<bool>>)
        visitor.fixed(static_cast<bool>(x[i]));
      else
        visit_structure(x[i], visitor);
      visitor.leave();
    }
  } else if constexpr (is_tuple<U>) {
    size_t i = 0;
    std::apply(
        [&](auto &...parts) { ((visitor.enter('.', i++), visit_structure(parts, visitor), visitor.leave()), ...); }, x);
  } else if constexpr (is_ordered_map<U>) {
    visitor.structure(x.size());
    for (auto &[key, value] : x) {
      visitor.structure(key);
      visitor.enter('[', key);
      visit_structure(value, visitor);
      visitor.leave();
    }
  } else if constexpr (is_unordered_map<U>) {
    // In the order of keys, so that the order of insertion does not matter.
    visitor.structure(x.size());
    std::vector<std::remove_reference_t<decltype(*x.begin())> *> entries;
    for (auto &entry : x) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(), [](auto *a, auto *b) { return a->first < b->first; });
    for (auto *entry : entries) {
      visitor.structure(entry->first);
      visitor.enter('[', entry->first);
      visit_structure(entry->second, visitor);
      visitor.leave();
    }
  } else if constexpr (is_optional<U>) {
    visitor.structure(x.has_value());
    if (x) visit_structure(*x, visitor);
  } else if constexpr (HasFieldList<T>) {
    size_t i = 0;
    x.etch_visit_fields([&](auto &field) {
      visitor.enter('.', i++);
      visit_structure(field, visitor);
      visitor.leave();
    });
  } else if constexpr (std::is_aggregate_v<U> && std::is_class_v<U>) {
    size_t i = 0;
    for_each_field(x, [&](auto &field) {
      visitor.enter('.', i++);
      visit_structure(field, visitor);
      visitor.leave();
    });
  } else {
    static_assert(
        always_false<U>,
        "etch: this type cannot be an argument, a result or a carried value of a traced function. Use Tensor, Scalar, "
        "Variable, numbers, enums, std::string, vector, array, tuple, pair, map, optional or aggregates of these, "
        "or list the members of your class with ETCH_FIELDS(...)");
  }
}

/// A visitor that looks at nothing; derive and add what you need.
struct QuietVisitor {
  template <class T> void fixed(const T &) {}
  template <class T> void structure(const T &) {}
  template <class P> void enter(char, const P &) {}
  void leave() {}
  void leaf(const Variable &) {}
  void leaf(const Scalar &) {}
};

struct TensorCollector : QuietVisitor {
  using QuietVisitor::leaf;
  std::vector<Tensor> tensors;
  void leaf(const Tensor &tensor) { tensors.push_back(tensor); }
  void leaf(const Scalar &scalar) { tensors.push_back(scalar.tensor()); }
};
struct TensorRemover : QuietVisitor {
  using QuietVisitor::leaf;
  void leaf(Tensor &tensor) { tensor = Tensor(); }
  void leaf(Scalar &scalar) { scalar = Scalar(); }
};
struct TensorReplacer : QuietVisitor {
  using QuietVisitor::leaf;
  const std::vector<Tensor> &tensors;
  size_t next = 0;
  explicit TensorReplacer(const std::vector<Tensor> &tensors) : tensors(tensors) {}
  void leaf(Tensor &tensor) { tensor = tensors[next++]; }
  /// A Scalar stays weak on its way. (The tensors are the replacer's own: nobody else sees these handles.)
  void leaf(Scalar &scalar) {
    scalar = Scalar(tensors[next++]);
    scalar.tensor().body()->weak = true;
  }
};

/// The tensors (and Scalars) of a structure in order.
template <class T> std::vector<Tensor> tensors_of(const T &structure) {
  TensorCollector collector;
  visit_structure(structure, collector);
  return std::move(collector.tensors);
}
/// The structure with its tensors replaced, in the same order.
template <class T> T with_tensors(T structure, const std::vector<Tensor> &tensors) {
  TensorReplacer replacer(tensors);
  visit_structure(structure, replacer);
  return structure;
}

}  // namespace etch::detail
