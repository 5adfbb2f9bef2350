//===- Samples.h - Where the functions are tried --------------------------===//

#pragma once

#include "Functions.h"

#include <cstdint>
#include <vector>

namespace etch::accuracy {

/// Operand pairs; y is zero for unary functions.
template <typename T> struct Samples {
  std::vector<T> x, y;
};

/// About `count` bit patterns of the whole format at a prime stride (NaNs too), and as
/// many in [low, high]. For the functions of two operands, pairs that matter: results
/// spread over the range for pow, quotients of every size for atan2.
template <typename T> Samples<T> sample(const Function &function, size_t count);

}  // namespace etch::accuracy
