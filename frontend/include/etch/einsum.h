#pragma once
// Sums of products over named axes.

#include <source_location>
#include <string_view>
#include <vector>

#include "etch/operand.h"

namespace etch {

/// Einstein's summation (NumPy's einsum): one letter an axis, operands separated by commas. Letters that the result
/// does not have are summed over; a letter twice in an operand takes the diagonal; `...` stands for the axes that have
/// no letter, aligned from the right. Without `->` the result has the letters that occur once, in alphabetical order,
/// after those of `...`. Operands are contracted from left to right, each pair as one dot_general where they share a
/// summed letter. Spaces are ignored; the dtypes are promoted. Throws UserError for a description that does not fit the
/// operands, naming both.
///
///     etch::einsum("ij,jk->ik", {a, b});     // matmul
///     etch::einsum("bqhd,bkhd->bhqk", {q, k});
///     etch::einsum("ii", {a});               // trace
Tensor einsum(std::string_view description, const std::vector<Operand> &operands,
              std::source_location at = std::source_location::current());

}  // namespace etch
