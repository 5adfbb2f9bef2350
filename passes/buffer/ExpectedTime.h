#pragma once
// How long ops of a schedule are expected to take, to within a factor of two: enough to say which of them are worth
// running side by side. Shapes must be known.

#include <optional>

#include "llvm/ADT/DenseMap.h"
#include "mlir/IR/SymbolTable.h"

namespace etch::passes {

/// In nanoseconds.
struct ExpectedTime {
  double whole = 0;  ///< on one thread
  double split = 0;  ///< on two, with kernels split that are worth it

  ExpectedTime &operator+=(ExpectedTime other) {
    whole += other.whole;
    split += other.split;
    return *this;
  }
};

class ExpectedTimes {
 public:
  explicit ExpectedTimes(mlir::SymbolTable &symbols) : symbols(symbols) {}

  /// Of an op of the schedule with all that its regions repeat. A loop that does not say how often it runs is taken to
  /// run eight times.
  ExpectedTime of(mlir::Operation *op);

 private:
  mlir::SymbolTable &symbols;
  llvm::DenseMap<mlir::Operation *, ExpectedTime> kernels;

  std::optional<int64_t> numberOf(mlir::Value scalar);
  ExpectedTime ofBlock(mlir::Block &block);
};

}  // namespace etch::passes
