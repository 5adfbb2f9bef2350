#pragma once
// Vocabulary of planned modules, shared by PlanBuffers and the code generator.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

/// Where each result of an op of the schedule lives: slot s >= 0 of the arena, -1 - r for result r of the function, or
/// kFirstRunTimeBlock + n for a block of memory that is sized while the function runs. Launches keep it in their
/// `slots` attribute, other ops in this one.
inline constexpr llvm::StringLiteral kSlots = "etch.slots";
llvm::ArrayRef<int64_t> slotsOf(mlir::Operation *op);
/// Where a launch has memory for partial sums (Partials.h), if its kernel keeps some: behind those of its results.
std::optional<int64_t> partialSlot(ir::LaunchOp launch);

/// On loops, for each result a second slot, or -1. What such a loop carries lies in one of the two while the body makes
/// the next one in the other; they change places each time round. What a loop yields of the values it carries takes its
/// place along. The results are where the last iteration left them; a loop in a strand, whose code is a function of its
/// own, copies them once into the first slots, because what comes behind the strand knows of the plan only.
inline constexpr llvm::StringLiteral kTurns = "etch.turns";

/// Blocks are numbered in pairs: n for a value, n + 1 for what a loop prepares to carry on in its place.
inline constexpr int64_t kFirstRunTimeBlock = int64_t{1} << 32;
inline bool isRunTimeBlock(int64_t slot) { return slot >= kFirstRunTimeBlock; }
/// On ops that work with extents that are known only while the function runs, and on results of the function that have
/// such extents.
inline constexpr llvm::StringLiteral kRunTime = "etch.run_time";

/// Of each slot, in bytes: a cache line, and the widest vector.
inline constexpr int64_t kSlotAlignment = 64;
/// On the entry function, for functions of known shapes: bytes and offset of each slot, and the arena's size.
inline constexpr llvm::StringLiteral kSlotOffsets = "etch.slot_offsets";
inline constexpr llvm::StringLiteral kArenaBytes = "etch.arena_bytes";
/// Number of slots, always present.
inline constexpr llvm::StringLiteral kNumSlots = "etch.num_slots";
/// On the entry function: has checks or effects that may fail; variables are written behind the last of them.
inline constexpr llvm::StringLiteral kCanFail = "etch.can_fail";

/// On ops of a schedule that run beside others: the number of the section, and of the strand in it. The ops of a
/// section lie side by side in their block, strand by strand, and need nothing of other strands.
inline constexpr llvm::StringLiteral kStrand = "etch.strand";

/// The value whose memory `value` is, through views.
mlir::Value storageOf(mlir::Value value);

/// An op that writes `value`, perhaps in another shape, into a slice of a tensor.
ir::StoreSliceOp sliceStoreOf(mlir::Value value);

/// Does an op of a schedule take or give tensors of unknown extents? They must fit each other when it runs.
bool hasUnknownExtents(mlir::Operation &op);

/// Bytes of a tensor in memory (bool: one a element); -1 when an extent is unknown.
int64_t bytesOf(mlir::Type type);

}  // namespace etch::passes
