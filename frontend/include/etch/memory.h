#pragma once
// Memory of functions: giving arguments away, and what a call needs.

#include <cstddef>
#include <source_location>

#include "etch/tensor.h"

namespace etch {

/// The tensor as an argument whose memory a function may use for a result of the same dtype and shape. After the call
/// the tensor is deleted: using any handle of it is a UserError that names both lines. A donation that fits no result
/// is warned of once. Throws UserError for an empty tensor; the call throws UserError for the value of a Variable
/// (assignments are in place already) and for a tensor that is passed twice.
///
///     state = step(etch::donate(state), input);   // no new memory for the state
///
/// Options::donate does the same at all calls of a function. Only calls of functions take donations; elsewhere this is
/// the tensor.
Tensor donate(const Tensor &tensor, std::source_location at = std::source_location::current());

/// Bytes of one call of a compiled function, as the arrays are (the pool rounds them up).
struct MemoryStats {
  size_t argument_bytes = 0;  ///< tensors and Scalars that are passed
  size_t captured_bytes = 0;  ///< tensors that the function holds
  /// Of captured tensors, copies in the order in which products read them, made at the first call. Functions that
  /// capture the same tensor share a copy; the tensor itself stays.
  size_t laid_out_bytes = 0;
  size_t variable_bytes = 0;  ///< variables that are read or written; written in place
  size_t output_bytes = 0;    ///< results
  size_t donated_bytes = 0;   ///< of the results, those that take the place of an argument
  size_t arena_bytes = 0;     ///< everything in between, by the buffer plan
  /// False where extents are unknown: then the figures leave out what depends on them.
  bool complete = true;
  /// All at once.
  size_t peak_bytes() const {
    return argument_bytes + captured_bytes + laid_out_bytes + variable_bytes + output_bytes - donated_bytes +
           arena_bytes;
  }
};

}  // namespace etch
