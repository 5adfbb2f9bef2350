#pragma once
// What the product of bf16 on AMX is put together from.

#include "codegen/cpu/gemm/GemmAmx.h"

namespace etch::codegen {

inline constexpr int64_t kAmxTileBytes = 1024, kAmxRowBytes = 64;

/// Packing into tiles of 16 lines by 16 pairs of the depth; GemmAmxPack.cpp.
///   left(from, to, across, deep, depth, lines)
///   right(from, to, across, deep, depth, lines)
/// fills to[line / 16][p / 32]: a row of a tile is a line of the left operand, or a pair of the depth of the right one,
/// whose lines are columns. One of the strides `across` (from line to line) and `deep` is 1. Numbers beyond the depth
/// are 0; tiles hold anything where there are no lines, and the right one may fill one group of sixteen more.
mlir::func::FuncOp emitAmxLeft(GemmEmitter &e, llvm::StringRef routine);
mlir::func::FuncOp emitAmxRight(GemmEmitter &e, llvm::StringRef routine);

/// What a function of tiles takes, pointers first.
struct AmxArguments {
  mlir::Value left, right;
  mlir::Value sums;  ///< tiles of f32, row after row of them
  mlir::Value out;
  mlir::Value leftGroup, rightGroup;  ///< bytes from sixteen lines to the next
  mlir::Value leftStep, leftRow;      ///< bytes from a left tile to that of the next part, and between its rows
  mlir::Value steps;                  ///< parts of the depth
  mlir::Value isFirst, isLast;
  mlir::Value outRow;         ///< elements
  mlir::Value rows, columns;  ///< of the result; those of all tiles at most

  static constexpr unsigned kPointers = 4, kWords = 10;
  llvm::SmallVector<mlir::Value *> fields() {
    return {&left,    &right, &sums,    &out,    &leftGroup, &rightGroup, &leftStep,
            &leftRow, &steps, &isFirst, &isLast, &outRow,    &rows,       &columns};
  }
};

/// Tiles in registers; GemmAmxTiles.cpp.
///   tiles(AmxArguments)
/// adds `steps` parts to height by width tiles of sums, or begins with 0 when isFirst is 1. Stores them, rounded to out
/// when isLast is 1.
mlir::func::FuncOp emitAmxTiles(GemmEmitter &e, llvm::StringRef routine, int64_t height, int64_t width);

/// An instruction by its name behind "llvm.x86.".
void emitX86(GemmEmitter &e, llvm::StringRef name, mlir::ValueRange arguments);

}  // namespace etch::codegen
