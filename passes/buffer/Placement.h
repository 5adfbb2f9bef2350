#pragma once
// Vocabulary of planned modules, shared by PlanBuffers and the code generator.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"

namespace etch::passes {

/// Where each result of an op of the schedule lives: slot s >= 0 of the arena, or -1 - r for result r of the function.
/// Launches keep it in their `slots` attribute, other ops in `etch.slots`.
llvm::ArrayRef<int64_t> slotsOf(mlir::Operation *op);

/// On the entry function, for functions of known shapes: bytes and offset of each slot, and the arena's size.
inline constexpr llvm::StringLiteral kSlotOffsets = "etch.slot_offsets";
inline constexpr llvm::StringLiteral kArenaBytes = "etch.arena_bytes";
/// Number of slots, always present.
inline constexpr llvm::StringLiteral kNumSlots = "etch.num_slots";
/// On the entry function: has checks or host calls, so variables are written at its end only.
inline constexpr llvm::StringLiteral kCanFail = "etch.can_fail";

/// The value whose memory `value` is, through views.
mlir::Value storageOf(mlir::Value value);

/// Bytes of a tensor in memory (bool: one a element); -1 when an extent is unknown.
int64_t bytesOf(mlir::Type type);

}  // namespace etch::passes
