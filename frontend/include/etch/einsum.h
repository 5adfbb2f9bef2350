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
/// summed letter. Spaces are ignored; the dtypes are promoted. "ij,jk->ik" is a matrix product, "bqhd,bkhd->bhqk" the
/// scores of attention, "ii" the trace. Throws UserError for a description that does not fit the operands, naming both.
///
///     etch::einsum("ij,j->i", {etch::constant({{1, 2}, {3, 4}}), etch::constant({1, 10})})  // [21 43]
Tensor einsum(std::string_view description, const std::vector<Operand> &operands,
              std::source_location at = std::source_location::current());

}  // namespace etch
