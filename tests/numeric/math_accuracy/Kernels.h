//===- Kernels.h - The emitted math functions, compiled and callable ------===//

#pragma once

#include "codegen/cpu/VectorMath.h"

#include <memory>

namespace etch::accuracy {

/// The operand formats tested, and the number of lanes of one call.
enum class Lanes { F32x16, F64x8, F32Scalar, F64Scalar, F16x16 };

inline size_t laneCount(Lanes lanes) {
  return lanes == Lanes::F64x8 ? 8 : lanes == Lanes::F32Scalar || lanes == Lanes::F64Scalar ? 1 : 16;
}

/// out, x, y: arrays of the lanes' count and format (y is unread by unary functions).
using Kernel = void (*)(void *out, const void *x, const void *y);

/// Compiles every MathFn for every Lanes with the host's instructions. Symbols of the
/// process are hidden from the JIT: a libm call left in the code would fail to link.
class Kernels {
 public:
  Kernels();
  ~Kernels();
  Kernel get(codegen::MathFn fn, Lanes lanes) const;

 private:
  struct State;
  std::unique_ptr<State> state;
};

}  // namespace etch::accuracy
