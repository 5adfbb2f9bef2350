#pragma once
// A small stand-in for MNIST that needs no files.

#include <cstdint>

#include "frontend/io/mnist.h"

namespace etch {

/// `count` pictures u8[count,28,28] of the digits 0 to 9 and their labels u8[count]: drawn from 7x5 glyphs, each with a
/// shift, scale, rotation, ink strength and noise of its own. Every ten in a row show each digit once, in random order.
/// Integer arithmetic only: the same seed gives the same bytes on every machine, and picture i does not depend on
/// `count`. Throws UserError for a negative count.
LabelledImages synthetic_digits(int64_t count, uint64_t seed);

}  // namespace etch
