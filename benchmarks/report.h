#pragma once
// What was measured, and how it is written down.

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "machine.h"

namespace etch::bench {

/// One measured number, with what it is to be compared with: something measured in the same run, a budget, or both.
struct Figure {
  std::string topic = {};
  std::string what = {};
  double value = 0;
  std::string unit = {};
  /// Measured in the same run: "the compiled body", "memcpy", "FMA peak".
  std::string reference = {};
  double reference_value = 0;
  /// `judged` (value, value minus reference, or their ratio, as `judged_name` says) against a budget.
  std::string judged_name = {};
  double judged = 0;
  std::optional<double> budget = {};
  bool at_least = false;  ///< the budget is a lower limit
  std::string note = {};

  bool within_budget() const { return !budget || (at_least ? judged >= *budget : judged <= *budget); }
};

struct Report {
  Machine machine;
  std::vector<Figure> figures;
};

/// "12.3 us"; one line of a figure.
std::string format_value(double value, const std::string &unit);
std::string format_budget(const Figure &figure);

void write_line(std::ostream &os, const Figure &figure);
void write_markdown(std::ostream &os, const Report &report);
void write_json(std::ostream &os, const Report &report);

}  // namespace etch::bench
