//===- Kernels.h - The emitted math functions, compiled and callable ------===//

#pragma once

#include "codegen/cpu/math/VectorMath.h"

#include <memory>

namespace etch::accuracy {

/// The operand formats tested, and the number of lanes of one trip. The narrow ones are emitted as for AVX2, where the
/// others use what the processor has; the wide ones are what loops over many elements take, four registers a trip.
enum class Lanes { F32x16, F64x8, F32Scalar, F64Scalar, F16x16, F32x16Narrow, F64x8Narrow, F32Wide, F64Wide };

/// out[i] = fn(x[i], y[i]) for i < n, a multiple of the lanes: arrays of the lanes' format (y is unread by unary
/// functions).
using Kernel = void (*)(void *out, const void *x, const void *y, int64_t n);

/// Compiles every MathFn for every Lanes with the instructions of the host, or of ETCH_TARGET_CPU. Symbols of the
/// process are hidden from the JIT, so that a libm call left in the code fails to link: but for processors without
/// fused multiply-add, which call fma.
class Kernels {
 public:
  Kernels();
  ~Kernels();
  Kernel get(codegen::MathFn fn, Lanes lanes) const;
  /// out[i] = x[i], by the same loop.
  Kernel copy(Lanes lanes) const;
  int64_t laneCount(Lanes lanes) const;

 private:
  struct State;
  std::unique_ptr<State> state;
};

}  // namespace etch::accuracy
