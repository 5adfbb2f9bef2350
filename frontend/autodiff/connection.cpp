#include "frontend/autodiff/connection.h"

namespace etch::detail {
namespace {

/// Ops that give floating-point values and yet stop derivatives. (The others with zero derivative give integers or
/// bools.)
bool stops_derivatives(ir::OpCode op) {
  switch (op) {
    case ir::OpCode::stop_gradient:
    case ir::OpCode::sign:
    case ir::OpCode::floor:
    case ir::OpCode::ceil:
    case ir::OpCode::round:
    case ir::OpCode::trunc: return true;
    default: return false;
  }
}

}  // namespace

std::vector<bool> connected_to(const ir::Tape &tape, std::span<const ir::ValueId> sources) {
  std::vector<bool> connected(tape.types.size());
  for (ir::ValueId id : sources) connected[id] = is_floating(tape.types[id].dtype);
  for (const ir::Node &node : tape.nodes) {
    if (stops_derivatives(node.op)) continue;
    bool any = false;
    for (ir::ValueId operand : node.operands) any = any || connected[operand];
    for (const auto &region : node.regions)
      for (const ir::Capture &capture : region->captures) any = any || connected[capture.outer];
    if (!any) continue;
    for (uint32_t i = 0; i < node.num_results; ++i)
      if (is_floating(tape.types[node.first_result + i].dtype)) connected[node.first_result + i] = true;
  }
  return connected;
}

}  // namespace etch::detail
