// All families, in the order of docs/ops.md.
#ifndef ETCH_OPS_TD
#define ETCH_OPS_TD

include "ir/ops/Elementwise.td"
include "ir/ops/ElementwiseMath.td"
include "ir/ops/Reduction.td"
include "ir/ops/Scan.td"
include "ir/ops/Linear.td"
include "ir/ops/Attention.td"
include "ir/ops/Window.td"
include "ir/ops/Shape.td"
include "ir/ops/Indexing.td"
include "ir/ops/Create.td"
include "ir/ops/Random.td"
include "ir/ops/Control.td"
include "ir/ops/State.td"
include "ir/ops/Schedule.td"

#endif
