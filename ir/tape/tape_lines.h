#pragma once
// The user's lines in tapes that are equal but for them.

#include "ir/tape/tape.h"

namespace etch::ir {

/// Where the op of `other` that stands at `line` stands in `tape`, its equal (Tape::equals); of several ops the first.
/// `line` itself when no op stands there.
Location line_in(const Tape &tape, const Tape &other, const Location &line);

}  // namespace etch::ir
