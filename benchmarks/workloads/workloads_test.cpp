// Every workload on tiny sizes: against loops over doubles, and compiled against eager.

#include <algorithm>
#include <cmath>
#include <set>

#include <catch2/catch.hpp>

#include "limit.h"
#include "reference.h"

namespace etch::bench {
namespace {

std::vector<double> flat(const std::vector<Tensor> &results) {
  std::vector<double> all;
  for (const Tensor &result : results) {
    const std::vector<double> values = numbers_of(result).values;
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

void check_close(const std::vector<double> &actual, const std::vector<double> &expected, const Workload &workload) {
  REQUIRE(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    CAPTURE(i);
    REQUIRE(std::abs(actual[i] - expected[i]) <= workload.atol + workload.rtol * std::abs(expected[i]));
  }
}

TEST_CASE("every workload gives what its reference gives") {
  int with_reference = 0;
  for (const Workload &workload : all_workloads(true)) {
    CAPTURE(workload.name);
    const std::vector<Tensor> inputs = make_inputs(workload);
    std::vector<Numbers> numbers;
    for (const Tensor &input : inputs) numbers.push_back(numbers_of(input));
    const auto expected = reference(workload, numbers);
    if (!expected) continue;
    ++with_reference;
    Prepared prepared = workload.prepare(inputs);
    prepared.run(1);
    std::vector<double> all;
    for (const auto &result : *expected) all.insert(all.end(), result.begin(), result.end());
    check_close(flat(prepared.results()), all, workload);
  }
  CHECK(with_reference >= 30);
}

TEST_CASE("every workload gives compiled what it gives eagerly, step by step") {
  for (const Workload &workload : all_workloads(true)) {
    CAPTURE(workload.name);
    const std::vector<Tensor> inputs = make_inputs(workload);
    Prepared compiled = workload.prepare(inputs), eager = workload.prepare(inputs);
    for (int step = 0; step < 3; ++step) {
      compiled.run(1);
      {
        RunFunctionsEagerly eagerly;
        eager.run(1);
      }
      check_close(flat(compiled.results()), flat(eager.results()), workload);
    }
  }
}

TEST_CASE("training workloads learn") {
  for (const Workload &workload : all_workloads(true)) {
    if (workload.family != "training" && workload.kind != "cnn" && workload.kind != "transformer_training") continue;
    CAPTURE(workload.name);
    Prepared prepared = workload.prepare(make_inputs(workload));
    prepared.run(1);
    const double first = flat(prepared.results()).at(0);
    prepared.run(200);
    CHECK(flat(prepared.results()).at(0) < first);
  }
}

TEST_CASE("workloads have names of their own, and the same ones for every size") {
  std::set<std::string> names;
  for (const Workload &workload : all_workloads(false)) {
    CAPTURE(workload.name);
    CHECK(names.insert(workload.name).second);
    CHECK(workload.reads + workload.writes + workload.flops >= 0);
  }
}

// A part of an odd number of bytes begins at an odd address.
TEST_CASE("limits are measured for any number of bytes") {
  for (const auto &[reads, writes] : {std::pair{48e6 + 7, 8e6}, {0., 13.}, {4099., 0.}}) {
    CAPTURE(reads, writes);
    CHECK(measure_limit(reads, writes, 0, 1).memory > 0);
  }
}

}  // namespace
}  // namespace etch::bench
