#pragma once
// Rows of the operand for kernels whose lanes are far apart (ConvSegments.cpp).
//
// The results of a row are cut into as many segments as a vector has lanes; result t of each makes a vector. What a
// window position gives to it is element t * advance + element(tap) of each segment's part of the row: a vector again,
// which the copy has as it lies in memory, aligned, and which serves every result and window position that meet there.

#include "codegen/cpu/window/ConvTile.h"

namespace etch::codegen {

class SegmentRows {
 public:
  /// For results of these phases.
  SegmentRows(KernelFrame &f, const ConvGeometry &geometry, ConvTile &tile, llvm::ArrayRef<WindowPhase> phases);

  /// Elements from the first to the last that a result's windows meet.
  int64_t reach() const { return last - first + 1; }
  /// Bytes of the copy of a row for segments of so many results, of `reach` elements of their windows.
  int64_t bytes(int64_t segment, int64_t reach) const;
  /// Sets both, and where the copy is.
  void allocate(int64_t segment, int64_t reach, mlir::Value memory);

  /// Copies rows [begin, end) of the operand, counted through all images, as rows 0, 1, ... : what results from
  /// `result` on meet from element `shift` of their windows on. Where there is no element, it has 0.
  void copy(mlir::Value begin, mlir::Value end, mlir::Value result, mlir::Value shift);
  /// The vector, of a row of the copy, of the first channel that result 0 meets at window position `tap`; and how many
  /// vectors the next result is further on.
  mlir::Value vectorOf(const WindowPhase &phase, mlir::Value tap);
  int64_t resultPitch() const { return advance * g.channels; }
  mlir::Value at(mlir::Value row, mlir::Value vector);
  /// The lanes of a vector that have an element, where `result` and `shift` were copied.
  mlir::Value there(mlir::Value result, mlir::Value shift, mlir::Value vector);

  /// Lines i < lanes of as many elements, at from + i * pitch, become element i of the lines at to + i * distance.
  void transpose(mlir::Value from, mlir::Value pitch, mlir::Value to, mlir::Value distance);

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile &tile;
  int64_t lanes, advance;
  int64_t first, last;                 // element of result 0 of a phase
  int64_t segment = 0, vectors = 0;    // results; of a row of the copy
  mlir::Value operand, memory, lines;  // lines: of a square that has elements outside the row
  mlir::func::FuncOp square;

  int64_t vectorsFor(int64_t segment, int64_t reach) const;
  mlir::Value firstOf(mlir::Value result, mlir::Value shift);
  void copySquare(mlir::Value row, mlir::Value first, mlir::Value to);
  mlir::func::FuncOp squareFunction();
};

}  // namespace etch::codegen
