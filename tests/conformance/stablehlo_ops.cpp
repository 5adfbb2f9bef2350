// Every record of stablehlo_ops.jsonl that Etch has the op and dtypes for, eagerly and compiled. What it has not is
// counted.
#include <catch2/catch.hpp>

#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>

#include "tests/conformance/stablehlo_import.h"
#include "tests/environment.h"

using namespace etch;
using namespace conformance;

namespace {

using Tensors = std::vector<Tensor>;

/// "" if all is well. Throws Unsupported.
std::string run_case(const Json &record) {
  Tensors inputs;
  for (const char *side : {"operands", "expected"})
    for (const Json &tensor : record.at(side))
      if (!dtype_of_case(tensor)) throw Unsupported("dtype " + tensor.at("dtype").get<std::string>());
  for (const Json &operand : record.at("operands"))
    inputs.push_back(numeric::tensor_of(array_of_case(operand), *dtype_of_case(operand)));
  auto body = [&](const Tensors &in) { return import_op(record, in); };
  auto compare = [&](const Tensors &results, const std::string &how) -> std::string {
    if (results.size() != record.at("expected").size()) return how + std::to_string(results.size()) + " results";
    for (size_t i = 0; i < results.size(); ++i)
      if (std::string what = difference(results[i], record["expected"][i], record["tolerance"][i]); !what.empty())
        return how + what;
    return "";
  };
  std::string failure = compare(body(inputs), "eager: ");
  if (failure.empty())
    failure = compare(etch::function(std::function<Tensors(const Tensors &)>(body))(inputs), "compiled: ");
  return failure;
}

}  // namespace

TEST_CASE("stablehlo_ops.jsonl") {
  auto folder = etch::testing::cases_dir();
  if (!folder) return;
  std::ifstream file(*folder / "stablehlo_ops.jsonl");
  REQUIRE(file.good());

  std::map<std::string, Tally> tallies;
  std::map<std::string, int> reasons;
  std::string failures;
  Tally total;
  for (std::string line; std::getline(file, line);) {
    Json record = Json::parse(line);
    Tally &tally = tallies[record["op"]];
    try {
      std::string failure = run_case(record);
      ++(failure.empty() ? tally.passed : tally.failed);
      if (!failure.empty()) failures += "  " + record["id"].get<std::string>() + ": " + failure + "\n";
    } catch (const Unsupported &reason) {
      ++tally.unsupported;
      ++reasons[reason.what()];
    } catch (const std::exception &error) {
      ++tally.failed;
      failures += "  " + record["id"].get<std::string>() + ": " + error.what() + "\n";
    }
  }
  std::cout << std::left << std::setw(36) << "op" << std::right << std::setw(8) << "pass" << std::setw(8) << "fail"
            << std::setw(13) << "unsupported\n";
  for (const auto &[op, tally] : tallies) {
    std::cout << std::left << std::setw(36) << op << std::right << std::setw(8) << tally.passed << std::setw(8)
              << tally.failed << std::setw(12) << tally.unsupported << "\n";
    total.passed += tally.passed, total.failed += tally.failed, total.unsupported += tally.unsupported;
  }
  std::cout << std::left << std::setw(36) << "all" << std::right << std::setw(8) << total.passed << std::setw(8)
            << total.failed << std::setw(12) << total.unsupported << "\nunsupported because of\n";
  for (const auto &[reason, count] : reasons) std::cout << "  " << std::setw(4) << count << "  " << reason << "\n";

  INFO(failures);
  CHECK(total.failed == 0);
  // Not fewer than there were.
  CHECK(total.passed >= 350);
}
