// Attention: query [batch..., n, d], key [batch..., m, d], value [batch..., m, e].
#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

/// Notes that two extents are one. False when they are known to differ.
bool join(int64_t &known, int64_t extent) {
  if (known == kDynamic) known = extent;
  return extent == kDynamic || known == extent;
}

/// What the operands agree on: types of the result and of one number a query.
struct Agreed {
  TensorType result, per_query;
  Shape scores;
  std::string error;
};

Agreed agree(const TensorType &query, const TensorType &key, const TensorType &value) {
  Agreed agreed{query, query, query.shape, {}};
  auto fail = [&](std::string error) {
    agreed.error = std::move(error);
    return agreed;
  };
  const int rank = query.shape.rank(), row = rank - 2, column = rank - 1;
  auto all = to_string(query) + ", " + to_string(key) + " and " + to_string(value);
  // attention_c1: elements are f32 or f64, the same in all.
  if (query.dtype != f32 && query.dtype != f64) return fail("needs f32 or f64; got " + to_string(query));
  if (key.dtype != query.dtype || value.dtype != query.dtype)
    return fail("query, key and value have different dtypes: " + all);
  // attention_c2: all have the same leading axes, a length and a depth.
  if (rank < 2 || key.shape.rank() != rank || value.shape.rank() != rank)
    return fail("query, key and value need one rank of at least 2; got " + all);
  for (int axis = 0; axis < row; ++axis)
    if (!join(agreed.result.shape[axis], key.shape[axis]) || !join(agreed.result.shape[axis], value.shape[axis]))
      return fail("axis " + std::to_string(axis) + " of query, key and value differs: " + all);
  // attention_c3: queries and keys have one depth.
  int64_t depth = query.shape[column];
  if (!join(depth, key.shape[column]))
    return fail("query " + to_string(query) + " and key " + to_string(key) + " differ in their last axis, the depth");
  // attention_c4: there is a value for each key.
  int64_t keys = key.shape[row];
  if (!join(keys, value.shape[row]))
    return fail("key " + to_string(key) + " and value " + to_string(value) + " differ in their length, axis " +
                std::to_string(row));
  agreed.result.shape[column] = value.shape[column];
  agreed.scores = agreed.result.shape;
  agreed.scores[column] = keys;
  std::vector<int64_t> rows = agreed.result.shape.to_vector();
  rows.pop_back();
  agreed.per_query.shape = Shape(rows);
  return agreed;
}

bool fits(const TensorType &actual, const TensorType &expected) {
  bool fits = actual.dtype == expected.dtype && actual.shape.rank() == expected.shape.rank();
  for (int axis = 0; fits && axis < expected.shape.rank(); ++axis) {
    int64_t extent = expected.shape[axis];
    fits = join(extent, actual.shape[axis]);
  }
  return fits;
}

/// The reason why a mask does not fit, or "".
std::string check_mask(const TensorType &mask, DType dtype, const Shape &scores) {
  // attention_c5: a mask is of bools or of the dtype of the scores.
  if (mask.dtype != boolean && mask.dtype != dtype)
    return "a mask is of bool or of " + std::string(name_of(dtype)) + "; got " + to_string(mask);
  // attention_c6: it has the extents of the scores, or 1 along all axes but the last.
  const int rank = scores.rank();
  bool fits = mask.shape.rank() == rank;
  for (int axis = 0; fits && axis < rank; ++axis) {
    int64_t extent = scores[axis];
    fits = (mask.shape[axis] == 1 && axis + 1 < rank) || join(extent, mask.shape[axis]);
  }
  return fits ? ""
              : "mask " + to_string(mask) + " does not fit the scores, " + to_string(TensorType{dtype, scores}) +
                    ": each axis but the last may be 1";
}

}  // namespace

Inferred infer_attention(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  const bool is_gradient = op == OpCode::dot_product_attention_gradient;
  const size_t least = is_gradient ? 6 : 3;
  if (operands.size() != least && operands.size() != least + 1)
    return Inferred::failure("takes " + std::to_string(least) + " operands and a mask; got " +
                             std::to_string(operands.size()));
  Agreed agreed = agree(operands[0], operands[1], operands[2]);
  if (!agreed.error.empty()) return Inferred::failure(agreed.error);
  if (operands.size() > least)
    if (std::string error = check_mask(operands[least], operands[0].dtype, agreed.scores); !error.empty())
      return Inferred::failure(std::move(error));
  // attention_c7: causal is 0 or 1.
  if (const int64_t causal = attributes.integer("causal"); causal != 0 && causal != 1)
    return Inferred::failure("causal is 0 or 1; got " + std::to_string(causal));
  if (!is_gradient) return {{agreed.result, agreed.per_query}, {}};
  // attention_gradient_c1: g is like the result, logsumexp and delta are one number a query.
  if (!fits(operands[3], agreed.result))
    return Inferred::failure("the cotangent is like the result, " + to_string(agreed.result) + "; got " +
                             to_string(operands[3]));
  for (size_t i : {4, 5})
    if (!fits(operands[i], agreed.per_query))
      return Inferred::failure(std::string(i == 4 ? "logsumexp" : "delta") + " is one number a query, " +
                               to_string(agreed.per_query) + "; got " + to_string(operands[i]));
  return {{operands[0], operands[1], operands[2]}, {}};
}

}  // namespace etch::ir
