#pragma once
// A tape as bytes: what a cache of machine code compares.

#include <string>
#include <vector>

#include "ir/tape/tape.h"

namespace etch::ir {

/// The complete meaning of a tape: ops, types, attributes with the bits of constants, regions, callees, the names that
/// messages show. Of the user's lines it says which ops share one, not where they are: equal bytes mean the same code
/// but for the lines in its errors, and those are `lines` in the same order.
struct TapeKey {
  std::string bytes;
  std::vector<Location> lines;
};
TapeKey key_of(const Tape &tape);

}  // namespace etch::ir
