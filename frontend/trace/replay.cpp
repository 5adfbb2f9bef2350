// Copying recorded ops from one tape into another: how gradients get at what has already been recorded.

#include "frontend/trace/trace.h"
#include "ir/infer/infer.h"

namespace etch::detail {
namespace {

std::unique_ptr<ir::Tape> copy_region(const ir::Tape &region, const std::unordered_map<ir::ValueId, ir::ValueId> &outer);

ir::Node copy_node(const ir::Node &node, const std::unordered_map<ir::ValueId, ir::ValueId> &outer) {
  ir::Node copy;
  copy.op = node.op;
  copy.num_results = node.num_results;
  copy.first_result = node.first_result;
  copy.operands = node.operands;
  copy.segments = node.segments;
  copy.attributes = node.attributes;
  copy.location = node.location;
  for (const auto &region : node.regions) copy.regions.push_back(copy_region(*region, outer));
  return copy;
}

/// Same ids inside; captures follow the map. An empty map leaves them as they are (regions of regions).
std::unique_ptr<ir::Tape> copy_region(const ir::Tape &region, const std::unordered_map<ir::ValueId, ir::ValueId> &outer) {
  auto copy = std::make_unique<ir::Tape>();
  copy->name = region.name;
  copy->types = region.types;
  copy->arguments = region.arguments;
  copy->captures = region.captures;
  if (!outer.empty())
    for (ir::Capture &capture : copy->captures) capture.outer = outer.at(capture.outer);
  for (const ir::Node &node : region.nodes) copy->nodes.push_back(copy_node(node, {}));
  copy->results = region.results;
  copy->result_names = region.result_names;
  copy->updates = region.updates;
  copy->location = region.location;
  return copy;
}

bool has_rule(const ir::Node &node) {
  ir::Family family = ir::family_of(node.op);
  return family != ir::Family::Control && family != ir::Family::State && node.op != ir::OpCode::constant;
}

}  // namespace

std::vector<uint32_t> dependencies(const ir::Tape &tape, std::span<const ir::ValueId> wanted, std::span<const ir::ValueId> leaves) {
  std::vector<bool> needed(tape.types.size()), is_leaf(tape.types.size());
  for (ir::ValueId id : leaves) is_leaf[id] = true;
  auto need = [&](ir::ValueId id) {
    if (!is_leaf[id]) needed[id] = true;
  };
  for (ir::ValueId id : wanted) need(id);
  std::vector<uint32_t> nodes;
  for (size_t index = tape.nodes.size(); index-- > 0;) {
    const ir::Node &node = tape.nodes[index];
    bool used = false;
    for (int i = 0; i < node.num_results; ++i) used = used || needed[node.first_result + static_cast<ir::ValueId>(i)];
    if (!used) continue;
    nodes.push_back(static_cast<uint32_t>(index));
    for (ir::ValueId operand : node.operands) need(operand);
    for (const auto &region : node.regions)
      for (const ir::Capture &capture : region->captures) need(capture.outer);
  }
  return {nodes.rbegin(), nodes.rend()};
}

void replay(const ir::Tape &source, std::span<const uint32_t> node_indices, std::unordered_map<ir::ValueId, ir::ValueId> &values,
            Trace &trace) {
  for (uint32_t index : node_indices) {
    const ir::Node &node = source.nodes[index];
    if (node.num_results == 0) continue;
    ir::Node copy = copy_node(node, values.empty() && node.regions.empty() ? std::unordered_map<ir::ValueId, ir::ValueId>{} : values);
    std::vector<TensorType> operand_types;
    for (ir::ValueId &operand : copy.operands) {
      operand = values.at(operand);
      operand_types.push_back(trace.tape().types[operand]);
    }
    std::vector<TensorType> types(source.types.begin() + node.first_result,
                                  source.types.begin() + node.first_result + node.num_results);
    if (has_rule(node)) {
      // The operands may be better known than when this was recorded.
      ir::Inferred inferred = ir::infer(node.op, operand_types, ir::AttributeView(copy.attributes));
      if (inferred.error.empty()) types = inferred.types;
    }
    Location at = node.location;
    std::vector<Tensor> results = trace.add(std::move(copy), types, at);
    for (int i = 0; i < node.num_results; ++i)
      values[node.first_result + static_cast<ir::ValueId>(i)] = results[static_cast<size_t>(i)].body()->value;
  }
}

}  // namespace etch::detail
