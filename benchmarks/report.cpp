#include "report.h"

#include <cmath>
#include <cstdio>

namespace etch::bench {

std::string format_value(double value, const std::string &unit) {
  char text[64];
  const int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f%s%s", digits, value, unit.empty() ? "" : " ", unit.c_str());
  return text;
}

namespace {

// Differences are in the unit of the value; ratios ("x of memcpy") have none.
std::string judged_unit(const Figure &figure) {
  return figure.judged_name.empty() || figure.judged_name == "over" ? figure.unit : "x";
}

}  // namespace

std::string format_budget(const Figure &figure) {
  if (!figure.budget) return "";
  return (figure.at_least ? ">= " : "<= ") + format_value(*figure.budget, judged_unit(figure));
}

void write_line(std::ostream &os, const Figure &figure) {
  os << "  " << figure.what << ": " << format_value(figure.value, figure.unit);
  if (!figure.reference.empty())
    os << " (" << figure.reference << " " << format_value(figure.reference_value, figure.unit) << ")";
  if (!figure.judged_name.empty())
    os << ", " << figure.judged_name << " " << format_value(figure.judged, judged_unit(figure));
  if (figure.budget) os << ", budget " << format_budget(figure) << (figure.within_budget() ? ": within" : ": MISSED");
  if (!figure.note.empty()) os << " [" << figure.note << "]";
  os << std::endl;
}

void write_markdown(std::ostream &os, const Report &report) {
  const Machine &machine = report.machine;
  os << "# Benchmarks, " << machine.date << "\n\n"
     << "- CPU: " << machine.cpu << ", " << machine.cores << " cores visible, " << machine.isa << "\n"
     << "- Commit: " << machine.commit << "\n"
     << "- Threads: " << machine.threads << ". Load of the machine at the start: " << machine.load << "\n"
     << "- Medians of repeated samples; " << machine.clock
     << ". A reference is measured in turn with the figure, in the same run.\n";
  std::string topic;
  for (const Figure &figure : report.figures) {
    if (figure.topic != topic) {
      topic = figure.topic;
      os << "\n## " << topic
         << "\n\n| what | measured | reference, same run | compared | budget | |\n|---|---:|---|---:|---:|---|\n";
    }
    os << "| " << figure.what << (figure.note.empty() ? "" : " (" + figure.note + ")") << " | "
       << format_value(figure.value, figure.unit) << " | ";
    if (!figure.reference.empty()) os << figure.reference << ": " << format_value(figure.reference_value, figure.unit);
    os << " | ";
    if (!figure.judged_name.empty())
      os << figure.judged_name << " " << format_value(figure.judged, judged_unit(figure));
    os << " | " << format_budget(figure) << " | "
       << (!figure.budget           ? ""
           : figure.within_budget() ? "ok"
                                    : "**missed**")
       << " |\n";
  }
}

namespace {

std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
}

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[64];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

void write_json(std::ostream &os, const Report &report) {
  const Machine &machine = report.machine;
  os << "{\n  \"machine\": {\"cpu\": " << quoted(machine.cpu) << ", \"cores\": " << machine.cores
     << ", \"isa\": " << quoted(machine.isa) << ", \"threads\": " << machine.threads
     << ", \"commit\": " << quoted(machine.commit) << ", \"date\": " << quoted(machine.date)
     << ", \"load\": " << quoted(machine.load) << ", \"clock\": " << quoted(machine.clock) << "},\n  \"figures\": [";
  const char *separator = "\n";
  for (const Figure &figure : report.figures) {
    os << separator << "    {\"topic\": " << quoted(figure.topic) << ", \"what\": " << quoted(figure.what)
       << ", \"value\": " << number(figure.value) << ", \"unit\": " << quoted(figure.unit);
    if (!figure.reference.empty())
      os << ", \"reference\": " << quoted(figure.reference)
         << ", \"reference_value\": " << number(figure.reference_value);
    if (!figure.judged_name.empty())
      os << ", \"compared\": " << quoted(figure.judged_name) << ", \"compared_value\": " << number(figure.judged);
    if (figure.budget)
      os << ", \"budget\": " << quoted(format_budget(figure))
         << ", \"within_budget\": " << (figure.within_budget() ? "true" : "false");
    if (!figure.note.empty()) os << ", \"note\": " << quoted(figure.note);
    os << "}";
    separator = ",\n";
  }
  os << "\n  ]\n}\n";
}

}  // namespace etch::bench
