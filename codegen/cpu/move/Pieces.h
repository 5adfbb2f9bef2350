#pragma once
// Rows of a result that consist of stretches of other rows and of numbers: concatenations, borders, slices, repeated
// elements and few ones back to front are the same to those who move them.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// Elements of a row that lie together in a row of an operand.
struct Piece {
  mlir::Value source;     // an operand in memory, or a number
  int64_t length = 0;     // in elements of the result
  int64_t rowLength = 0;  // of the operand, from row to row
  int64_t offset = 0;     // in its row
  bool isOne = false;     // one element, so many times
};
using Pieces = llvm::SmallVector<Piece>;

struct PiecedRows {
  int64_t first = 0;  // the axis at which rows begin
  int64_t rows = 0, length = 0;
  Pieces pieces;
};

/// More pieces of a row than these are worth a loop (docs/decisions/0091).
inline constexpr int64_t kMostPieces = 24;

/// How rows of a kernel's result are made of pieces, where they are.
std::optional<PiecedRows> findPieces(mlir::Value result);

/// Takes whole vectors of rows of few elements and shuffles them; false where that is not shorter than copying pieces,
/// which takes `stores` for each row.
bool emitShuffledPieces(KernelFrame &f, const PiecedRows &rows, int64_t stores);
/// Copies the pieces of rows [from, to), a row at a time.
void copyPieces(KernelFrame &f, const PiecedRows &rows, mlir::Value from, mlir::Value to);

}  // namespace etch::codegen
