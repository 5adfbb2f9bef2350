#pragma once
// One record of shared/cases: what goes in, what must come out, how near (see the README there).

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/numeric/reference.h"

namespace conformance {

using Json = nlohmann::json;

/// The dtype of a case, nothing for one that Etch has not got.
std::optional<etch::DType> dtype_of_case(const Json &tensor);
numeric::Array array_of_case(const Json &tensor);

/// "" when near enough by a tolerance of the record, else where it is not.
std::string difference(const etch::Tensor &actual, const Json &expected, const Json &tolerance);

/// Counts for each op.
struct Tally {
  int passed = 0, failed = 0, unsupported = 0;
};

}  // namespace conformance
