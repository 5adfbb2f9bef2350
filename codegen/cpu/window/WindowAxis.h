#pragma once
// How windows slide along an axis, for convolutions and pooling: which window positions meet elements. Along a row of
// results that is known when code is emitted; along the axes outside it, it is found at run time.

#include <array>
#include <utility>

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// Result p meets, through window position k, element (p * stride + k * dilation - low) / gap if that is one.
struct WindowAxis {
  int64_t extent = 1, window = 1, result = 1, stride = 1, low = 0, gap = 1, dilation = 1;

  /// Of a pooling op: windows slide over its first operand, and have a result or, in select_and_scatter_add, an element
  /// of the second operand each.
  static WindowAxis of(mlir::Operation *pool, int64_t axis);

  /// Results `period` apart meet the same window positions, `advance` elements further on.
  int64_t period() const;
  int64_t advance() const;
  /// Every window position of every result meets an element or a gap.
  bool isInside() const;
};

/// Of planes, rows and columns: the number of a row, counted through the images; of the operand where `extent` is
/// WindowAxis::extent, of the results where it is WindowAxis::result.
mlir::Value lineAt(KernelFrame &f, const std::array<WindowAxis, 3> &axes, mlir::Value image, mlir::Value plane,
                   mlir::Value row, int64_t WindowAxis::*extent);

/// An entry of a pooling op's attribute: of `window`, `strides`, `low`, `high`, `base_dilation`, `window_dilation`.
int64_t windowEntry(mlir::Operation *pool, llvm::StringRef attribute, int64_t axis);
/// Whether the windows of a pooling op are single elements along an axis, one for each.
bool leavesAlone(mlir::Operation *pool, int64_t axis);

/// Neighbouring results of a phase or of several, t = start, start + 1, ..., that are computed together.
struct WindowBlock {
  int64_t start, size;
  bool inside;  ///< all window positions meet elements for all results of all phases
};

/// Results p = period * t + phase, t < count, of an axis. The window positions that meet elements at all for them are
/// k = first + j * step, j < taps; they meet element t * advance + element(j).
struct WindowPhase {
  int64_t phase, period, advance, count;
  int64_t first = 0, step = 1, taps = 0, offset = 0, offsetStep = 1;
  int64_t extent;

  WindowPhase(const WindowAxis &axis, int64_t phase);
  int64_t element(int64_t tap) const { return offset + tap * offsetStep; }

  /// Results of the block that window position `tap` meets: [first, last), counted from its start.
  std::pair<int64_t, int64_t> met(const WindowBlock &block, int64_t tap) const;
  /// What this phase has of a block of several; possibly no results.
  WindowBlock part(const WindowBlock &block) const;
};

/// The phases of an axis that have results; the first one has most.
llvm::SmallVector<WindowPhase> phasesOf(const WindowAxis &axis);

/// All results of some phases of an axis, the first of which has most, in blocks of about equal size, none larger than
/// `most` for each.
llvm::SmallVector<WindowBlock> blocksOf(llvm::ArrayRef<WindowPhase> phases, int64_t most);
/// Code for each block; equal ones inside a row are one loop: body(block, its first result, its number).
void overBlocks(KernelFrame &f, llvm::ArrayRef<WindowBlock> blocks,
                llvm::function_ref<void(const WindowBlock &, mlir::Value, mlir::Value)> body);

/// The window positions of one result at run time: j in [begin, end) is window position first + j * step and meets
/// element base + j * offsetStep.
struct WindowTaps {
  mlir::Value first, base, begin, end;
  int64_t step, offsetStep;

  WindowTaps(KernelFrame &f, const WindowAxis &axis, mlir::Value result);
  mlir::Value position(KernelFrame &f, mlir::Value j) const;
  mlir::Value element(KernelFrame &f, mlir::Value j) const;
};

int64_t quotientUp(int64_t x, int64_t by);
int64_t quotientDown(int64_t x, int64_t by);

}  // namespace etch::codegen
