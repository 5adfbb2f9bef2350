#pragma once
// Attention written out in ops that are there anyway: what is differentiated where there is no rule, and what runs
// where a kernel of its own does not pay.

#include "passes/autodiff/Builder.h"

namespace etch::passes::autodiff {

/// What softmax(scores) . value leaves on its way.
struct WrittenAttention {
  mlir::Value result, logsumexp;
  mlir::Value weights;  ///< softmax(scores): [batch..., n, m]
};
WrittenAttention writeOut(ir::DotProductAttentionOp op, Builder &b);

/// The derivatives by query, key and value, and `byScore` [batch..., n, m]. `weights` are those of writeOut where they
/// are at hand, else null.
struct WrittenAttentionGradient {
  mlir::Value byQuery, byKey, byValue, byScore;
};
WrittenAttentionGradient writeOut(ir::DotProductAttentionGradientOp op, mlir::Value weights, Builder &b);

}  // namespace etch::passes::autodiff
