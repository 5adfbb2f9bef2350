#pragma once
// Attention: values averaged with the softmax of products of queries and keys.

#include <optional>

#include "etch/operand.h"

namespace etch {

struct AttentionOptions {
  /// bool: the keys that each query sees; floating-point: what is added to the scores. Broadcasts to
  /// [batch..., heads, queries, keys].
  std::optional<Tensor> mask = std::nullopt;
  /// Query i sees keys 0 to i only, also where there are more keys than queries.
  bool causal = false;
  /// What products of queries and keys are multiplied by; 1 / sqrt(depth) if not given.
  std::optional<double> scale = std::nullopt;
};

/// softmax(scale * query . key^T + mask) . value: query [batch..., heads, queries, depth], key [batch..., heads, keys,
/// depth] and value [batch..., heads, keys, size] give [batch..., heads, queries, size]. This is PyTorch's layout
/// (scaled_dot_product_attention); JAX's and Keras' has heads behind the length: transpose(x, {0, 2, 1, 3}) makes one
/// of the other. Key and value may have fewer heads, of which the number of query's is a multiple: head h then reads
/// head h / (heads / fewer) (grouped queries). The dtypes are promoted; f16 and bf16 are computed in f32. A query that
/// sees no key gets zeros.
///
/// Under policy standard the matrix of scores is never in memory when it is large, neither here nor in gradients, and
/// the order of additions follows from the shapes. Under policy strict, for few scores, in forward mode and in second
/// derivatives it is. The derivative by a floating-point mask is as large as the scores. Weights are not dropped at
/// random (dropout): that needs the weights, softmax(matmul(query, key, false, true)).
///
/// Throws UserError for operands that are not floating-point, for axes that do not fit and for masks that do not
/// broadcast.
///
///     etch::dot_product_attention(etch::constant({{1.f, 0.f}}), etch::constant({{9.f, 0.f}, {9.f, 0.f}}),
///                                 etch::constant({{1.f}, {3.f}}))  // [[2.]]
Tensor dot_product_attention(Operand query, Operand key, Operand value, const AttentionOptions &options = {});

}  // namespace etch
