#include "etch/einsum.h"

#include <algorithm>

#include "etch/compositions.h"
#include "frontend/tensor/composition.h"
#include "frontend/tensor/einsum_description.h"

namespace etch {
namespace {

using detail::Labels;

bool holds(const Labels &labels, int label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }
int64_t position(const Labels &labels, int label) {
  return std::find(labels.begin(), labels.end(), label) - labels.begin();
}

/// A tensor whose axes have labels.
struct Labelled {
  Tensor tensor;
  Labels labels;
};

/// The elements where two axes have the same index, as the first of them: what is elsewhere becomes 0, and is summed.
void take_diagonal(Labelled &x, int64_t first, int64_t second, Location at) {
  const int64_t extent = detail::known_extent("einsum", x.tensor, first, at);
  Shape rows, columns;
  for (int axis = 0; axis < x.tensor.rank(); ++axis) {
    rows.push_back(axis == first ? extent : 1);
    columns.push_back(axis == second ? extent : 1);
  }
  Tensor same = equal(iota(rows, first), iota(columns, second));
  x.tensor = reduce_sum(select(same, x.tensor, 0), second);
  x.labels.erase(x.labels.begin() + second);
}

void take_diagonals(Labelled &x, Location at) {
  for (size_t i = 0; i < x.labels.size(); ++i)
    for (size_t j = i + 1; j < x.labels.size();)
      if (x.labels[i] == x.labels[j])
        take_diagonal(x, static_cast<int64_t>(i), static_cast<int64_t>(j), at);
      else
        ++j;
}

/// Sums over the axes whose labels nobody else wants.
void sum_out(Labelled &x, const Labels &wanted) {
  std::vector<int64_t> axes;
  Labels rest;
  for (size_t i = 0; i < x.labels.size(); ++i)
    if (holds(wanted, x.labels[i]))
      rest.push_back(x.labels[i]);
    else
      axes.push_back(static_cast<int64_t>(i));
  if (!axes.empty()) x.tensor = reduce_sum(x.tensor, axes);
  x.labels = rest;
}

/// The axes in this order; labels that x lacks become axes of extent 1.
Tensor arranged(const Labelled &x, const Labels &order) {
  std::vector<int64_t> permutation, missing;
  for (size_t i = 0; i < order.size(); ++i)
    if (holds(x.labels, order[i]))
      permutation.push_back(position(x.labels, order[i]));
    else
      missing.push_back(static_cast<int64_t>(i));
  Tensor result = std::is_sorted(permutation.begin(), permutation.end()) ? x.tensor : transpose(x.tensor, permutation);
  return missing.empty() ? result : expand_dims(result, missing);
}

/// The product of two, summed over the labels that are in both and not `wanted` any more.
Labelled contract(Labelled x, Labelled y, const Labels &wanted) {
  Labels outside = wanted;
  outside.insert(outside.end(), y.labels.begin(), y.labels.end());
  sum_out(x, outside);
  outside = wanted;
  outside.insert(outside.end(), x.labels.begin(), x.labels.end());
  sum_out(y, outside);

  DotAxes axes;
  Labels batch, left, right;
  for (int label : x.labels) {
    if (!holds(y.labels, label)) {
      left.push_back(label);
      continue;
    }
    const bool stays = holds(wanted, label);
    (stays ? axes.lhs_batch : axes.lhs_contract).push_back(position(x.labels, label));
    (stays ? axes.rhs_batch : axes.rhs_contract).push_back(position(y.labels, label));
    if (stays) batch.push_back(label);
  }
  for (int label : y.labels)
    if (!holds(x.labels, label)) right.push_back(label);
  Labels order = batch;
  order.insert(order.end(), left.begin(), left.end());
  order.insert(order.end(), right.begin(), right.end());
  // Nothing to sum: a product with broadcasting fuses with what is around it.
  if (axes.lhs_contract.empty()) return {arranged(x, order) * arranged(y, order), order};
  return {dot_general(x.tensor, y.tensor, axes), order};
}

Tensor record_einsum(const detail::EinsumDescription &description, std::span<const Tensor> tensors, DType dtype,
                     Location at) {
  std::vector<Labelled> operands;
  for (size_t i = 0; i < tensors.size(); ++i) {
    operands.push_back({cast(tensors[i], dtype), description.operands[i]});
    take_diagonals(operands.back(), at);
  }
  Labelled total = operands[0];
  for (size_t i = 1; i < operands.size(); ++i) {
    Labels wanted = description.result;
    for (size_t later = i + 1; later < operands.size(); ++later)
      wanted.insert(wanted.end(), operands[later].labels.begin(), operands[later].labels.end());
    total = contract(total, operands[i], wanted);
  }
  sum_out(total, description.result);
  return arranged(total, description.result);
}

}  // namespace

Tensor einsum(std::string_view text, const std::vector<Operand> &operands, std::source_location at) {
  detail::CallerScope caller(at, "einsum");
  if (operands.empty()) detail::fail_op("einsum", "needs at least one operand", at);
  std::vector<Tensor> tensors;
  std::vector<TensorType> types;
  for (const Operand &operand : operands) {
    tensors.push_back(detail::as_tensor(operand));
    types.push_back(tensors.back().type());
    if (types.back().dtype == boolean)
      detail::fail_op(
          "einsum", "needs numbers; got " + to_string(types.back()) + "; convert it with etch::cast(x, etch::i32)", at);
  }
  const detail::EinsumDescription description = detail::parse_einsum(text, types, at);
  std::vector<const Operand *> pointers;
  for (const Operand &operand : operands) pointers.push_back(&operand);
  const DType dtype = detail::promote_operands(pointers).dtype;
  detail::OpKey key("einsum");
  key.static_shapes().add(static_cast<uint64_t>(dtype));
  for (const detail::Labels &labels : description.operands) key.add(std::vector<int64_t>(labels.begin(), labels.end()));
  key.add(std::vector<int64_t>(description.result.begin(), description.result.end()));
  return detail::run_op(std::move(key), tensors, at,
                        [&](std::span<const Tensor> t) { return record_einsum(description, t, dtype, at); });
}

}  // namespace etch
