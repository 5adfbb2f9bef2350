#pragma once
// What a trip of a direct convolution (ConvDirect.cpp) fetches while it computes.

#include "codegen/cpu/window/ConvGeometry.h"
#include "codegen/cpu/window/FetchAhead.h"

namespace etch::codegen {

/// Rows of results of a plane.
struct ConvTrip {
  mlir::Value image, plane, first;
  int64_t rows, tiles;
};

/// What the tiles of a trip fetch for the next one: the rows of the operand that it will be the first to read, and what
/// it stores and reads beside its sums. Both lie in one piece.
FetchAhead nextTripOf(KernelFrame &f, const ConvGeometry &geometry, const ConvTrip &trip);

}  // namespace etch::codegen
