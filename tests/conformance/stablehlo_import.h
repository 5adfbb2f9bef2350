#pragma once
// StableHLO ops in terms of Etch's public functions: only as far as the conformance vectors need it.

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "etch/etch.h"
#include "tests/conformance/case.h"

namespace conformance {

/// The op, or an attribute of it, has no counterpart in Etch.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The results of one op for these operands. Throws Unsupported, saying why. Called eagerly and while tracing.
std::vector<etch::Tensor> import_op(const Json &record, const std::vector<etch::Tensor> &operands);

}  // namespace conformance
