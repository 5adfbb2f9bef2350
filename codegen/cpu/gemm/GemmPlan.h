#pragma once
// How a product goes through blocks: what the routine decides by the shape and the strides before its loops.

#include "codegen/cpu/gemm/GemmOperands.h"

namespace etch::codegen {

struct GemmPlan {
  mlir::Value steps;            ///< of the depth: its numbers, or pairs of them
  mlir::Value passes, perPass;  ///< passes over the depth, and the steps of each but the last
  mlir::Value fitting;          ///< columns that make a block
  mlir::Value leftRow;          ///< from row to row of the left operand in place, in elements as they are packed

  // i1
  mlir::Value isLeftMade, isLaidOut;      ///< the left operand is computed, the right one lies in panels
  mlir::Value packsFirst, packsOnTheWay;  ///< panels of the right operand are packed before they are read, or then
  mlir::Value isInPanels;                 ///< any of isLaidOut and packs...
  mlir::Value takesScratch;               ///< for panels, and for sums that wait for the next pass
  mlir::Value copiesLeft;                 ///< rows of the left operand are copied
  mlir::Value isColumn;                   ///< one panel: tiles below each other pass by it
  mlir::Value isShallow;                  ///< so small a depth has functions of its own, which neither copy nor pack
  mlir::Value isResultLarge;              ///< the result is asked for before it is written
};

GemmPlan planGemm(GemmEmitter &e, const GemmOperands &given);

}  // namespace etch::codegen
