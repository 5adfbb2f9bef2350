#pragma once
// What the description of an einsum says, checked against its operands.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/tensor_type.h"

namespace etch::detail {

/// A label is a letter, or for the axes of `...` a number from 1 on, counted from the right.
using Labels = std::vector<int>;

struct EinsumDescription {
  std::vector<Labels> operands;  ///< one label for each axis
  Labels result;
};

/// Throws UserError at `at` when `text` is no description, or none of operands of these types.
EinsumDescription parse_einsum(std::string_view text, std::span<const TensorType> types, Location at);

}  // namespace etch::detail
