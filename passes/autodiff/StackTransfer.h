#pragma once
// How values get from a region to its reverse.

#include "passes/autodiff/Builder.h"

namespace etch::passes::autodiff {

/// The ops of `reverse` use values of `forward` as if both were one block; this makes it so. Each such value is either
/// pushed on a stack of its own in the forward region and popped in the reverse one, or computed again from values that
/// are: again when that takes no more memory on stacks. Contractions, reductions, loops and effects never run twice.
///
/// `known` has values of the forward region that the reverse one gets in another way (a loop's counter).
void transferValues(mlir::Region &forward, mlir::Block &reverse, llvm::DenseMap<mlir::Value, mlir::Value> known,
                    int64_t &nextStackId);

/// Erases ops without effects that nothing uses.
void eraseUnused(mlir::Block &block);
/// Erases stacks from which nothing is used, and what was computed for them. Derivatives of derivatives leave some.
void eraseUnusedStacks(mlir::Operation *root);

}  // namespace etch::passes::autodiff
