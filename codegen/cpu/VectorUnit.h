#pragma once

#include <cstdint>
#include <string>

#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

/// Bytes of a cache line, the same on all processors that code is made for.
inline constexpr int64_t kCacheLine = 64;

/// What kernels depend on of the machine that code is made for.
struct VectorUnit {
  int64_t bits = 512;      ///< of a vector register
  int64_t registers = 32;  ///< vector registers
  bool fma = true;         ///< has fused multiply-add
  bool amx = false;        ///< has tiles of sixteen rows and products of bf16 on them
  bool pairs = false;      ///< no tiles, but products of pairs of bf16 as fast as those of f32
  bool streams = false;    ///< results too large for the caches are best stored past them
  bool halves = false;     ///< takes registers of 512 bits in two halves: one multiplication of them a cycle, not two
  bool operator==(const VectorUnit &) const = default;
};

/// Module attribute that carries a VectorUnit from the target machine to the kernels stage: "512x32+fma+amx" or
/// "512x32+fma+pairs+streams+halves". Without it (etch-opt) the default above holds, so that text does not depend on
/// the machine.
inline constexpr llvm::StringLiteral kVectorUnit = "etch.vector_unit";
VectorUnit vectorUnitOf(mlir::ModuleOp module);
std::string textOf(const VectorUnit &unit);

}  // namespace etch::codegen
