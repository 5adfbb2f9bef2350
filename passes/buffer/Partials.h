#pragma once
// Sums that kernels divide in parts, and memory for the sums of the parts. Parts follow from extents alone, so that
// results depend on neither tiles nor threads, and the memory is a slot of the arena like a value's: the plan and the
// emitters of such kernels ask here.

#include "passes/buffer/Extents.h"

namespace etch::passes {

/// On kernels that take memory for partial sums, how many bytes, or -1 where extents are unknown. A pointer to it
/// stands behind those of the results, and slots of launches have one more.
inline constexpr llvm::StringLiteral kPartials = "etch.partials";

struct SumParts {
  mlir::Value count;  ///< of parts; 1 where there is nothing to sum, which makes zeros
  mlir::Value each;   ///< what all parts but the last, which may have less, take of what is summed
};

/// Of the images of a filter gradient: threads read images of their own then, where tiles of the result would make each
/// of them read all (docs/decisions/0069-parts-of-images.md). `pixels` of each image, `filters` elements of the result.
SumParts partsOfImages(ExtentEmitter &extents, mlir::Value images, mlir::Value pixels, mlir::Value filters);

/// Keys of a block of scores (docs/decisions/0040-attention.md).
inline constexpr int64_t kKeyBlock = 256;
/// Of the keys of one of `batch` attentions, in whole blocks: a task makes what belongs to its own keys.
SumParts partsOfKeys(ExtentEmitter &extents, mlir::Value batch, mlir::Value keys);

/// The sums that a kernel keeps beside its results, for operands of these extents: of all parts but the first, whose
/// sum is in the result. Their bytes are the product of these numbers; none for kernels that keep none.
Extents partialSums(ExtentEmitter &extents, mlir::func::FuncOp kernel);
/// Their bytes where a plan is made: 0 for none, -1 where extents are unknown.
int64_t partialBytes(mlir::func::FuncOp kernel);

}  // namespace etch::passes
