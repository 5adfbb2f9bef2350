#pragma once
// Memory that a kernel will need soon, fetched while it computes: by many parts of the computation, a share each,
// because a long burst of fetches holds up the loads behind it.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

class FetchAhead {
 public:
  explicit FetchAhead(KernelFrame &f) : frame(&f) {}

  /// A piece of memory: `bytes` of it for each part. What `willBeWritten` is fetched to be owned.
  void add(mlir::Value from, int64_t bytes, bool willBeWritten);

  /// What is left from part `number` on.
  FetchAhead fromPart(mlir::Value number) const;
  /// A part, in as many smaller ones.
  FetchAhead inSteps(int64_t count) const;
  /// Lines of the largest piece of a part.
  int64_t lines() const;
  void fetch(mlir::Value part) const;

 private:
  struct Piece {
    mlir::Value from;
    int64_t bytes;  // of a part
    bool willBeWritten;
  };
  KernelFrame *frame;
  llvm::SmallVector<Piece, 2> pieces;
};

}  // namespace etch::codegen
