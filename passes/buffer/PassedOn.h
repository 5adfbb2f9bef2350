#pragma once
// States that move on as they are: of (a, b) -> (b, f(a, b)) nothing need be copied if the places move with the values.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/SmallVector.h"

namespace etch::passes {

/// Loops yield what they carry itself in place of copies of it, wherever every value can keep its memory: what stands
/// in the copied value's place in the next iteration is passed on, too, or made by a kernel of the body. The plan and
/// the code then let the places go round (kTurns in Placement.h).
void passOnCarried(mlir::func::FuncOp function, mlir::SymbolTable &symbols);

/// The numbers of the values that a loop passes on to one another, `number` among them: what is carried at each is
/// carried at the next one in the next iteration. What is made anew, if anything is, stands first, and the last one's
/// place is given up for that; else the first one takes what the last one was. In time each place of a chain holds the
/// value of each number.
llvm::SmallVector<unsigned> chainOf(mlir::Operation *loop, unsigned number);

}  // namespace etch::passes
