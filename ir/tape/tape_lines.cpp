#include "ir/tape/tape_lines.h"

#include <optional>

namespace etch::ir {

namespace {

std::optional<Location> find(const Tape &tape, const Tape &other, const Location &line) {
  for (size_t i = 0; i < other.nodes.size(); ++i) {
    const Node &node = tape.nodes[i], &same = other.nodes[i];
    if (same.location == line) return node.location;
    for (size_t region = 0; region < same.regions.size(); ++region)
      if (auto found = find(*node.regions[region], *same.regions[region], line)) return found;
    for (size_t a = 0; a < same.attributes.size(); ++a)
      if (auto *callee = std::get_if<std::shared_ptr<const Tape>>(&same.attributes[a].value))
        if (auto found = find(*std::get<std::shared_ptr<const Tape>>(node.attributes[a].value), **callee, line))
          return found;
  }
  return std::nullopt;
}

}  // namespace

Location line_in(const Tape &tape, const Tape &other, const Location &line) {
  if (line == other.location) return tape.location;
  return find(tape, other, line).value_or(line);
}

}  // namespace etch::ir
