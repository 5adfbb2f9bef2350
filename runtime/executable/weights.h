#pragma once
// Matrices in the order in which products read them.

#include <vector>

#include "runtime/executable/abi.h"
#include "runtime/memory/buffer.h"

namespace etch::runtime {

/// Copies a matrix whose elements have `element_bytes` bytes into panels, one behind the other, `width` columns each:
/// the element at depth d of column c goes to
///
///     c / width * apart + (d / group * width + c % width) * group + d % group
///
/// and all others of the copy become 0.
void lay_out(const etch_weights &weights, size_t element_bytes, const void *from, void *to);

/// The copies that a program asks for of these arguments, in order.
std::vector<BufferRef> weights_of(const etch_program &program, void *const *args);
/// The same of one argument.
BufferRef copy_of(const etch_program &program, const etch_weights &weights, const void *argument);

/// As etch_call wants them.
std::vector<const void *> pointers_to(const std::vector<BufferRef> &copies);

}  // namespace etch::runtime
