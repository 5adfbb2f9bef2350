// Copying recorded ops from one tape into another: how gradients get at what has already been recorded.

#include <algorithm>
#include <cstring>
#include <optional>

#include "frontend/trace/trace.h"
#include "ir/infer/infer.h"

namespace etch::detail {
namespace {

using Ids = std::unordered_map<ir::ValueId, ir::ValueId>;

/// What runs for its effect alone.
bool is_effect(const ir::Node &node) { return node.num_results == 0; }

bool has_effects(const ir::Tape &tape) {
  auto tape_has = [](const auto &part) { return has_effects(*part); };
  return std::any_of(tape.nodes.begin(), tape.nodes.end(), [&](const ir::Node &node) {
    auto attribute_has = [&](const ir::Attribute &each) {
      auto *callee = std::get_if<std::shared_ptr<const ir::Tape>>(&each.value);
      return callee && tape_has(*callee);
    };
    return is_effect(node) || std::any_of(node.regions.begin(), node.regions.end(), tape_has) ||
           std::any_of(node.attributes.begin(), node.attributes.end(), attribute_has);
  });
}

std::unique_ptr<ir::Tape> copy_tape(const ir::Tape &tape, const Ids *outer, bool keep_effects);

ir::Node copy_node(const ir::Node &node, const Ids *outer, bool keep_effects) {
  ir::Node copy;
  copy.op = node.op;
  copy.num_results = node.num_results;
  copy.first_result = node.first_result;
  copy.operands = node.operands;
  copy.segments = node.segments;
  copy.attributes = node.attributes;
  copy.location = node.location;
  for (const auto &region : node.regions) copy.regions.push_back(copy_tape(*region, outer, keep_effects));
  for (ir::Attribute &attribute : copy.attributes)
    if (auto *callee = std::get_if<std::shared_ptr<const ir::Tape>>(&attribute.value))
      if (!keep_effects && has_effects(**callee)) *callee = copy_tape(**callee, nullptr, keep_effects);
  return copy;
}

/// A region or a callee. Same ids inside; captures follow the map. Without a map they stay as they are (regions of
/// regions).
std::unique_ptr<ir::Tape> copy_tape(const ir::Tape &tape, const Ids *outer, bool keep_effects) {
  auto copy = std::make_unique<ir::Tape>();
  copy->name = tape.name;
  copy->types = tape.types;
  copy->arguments = tape.arguments;
  copy->captures = tape.captures;
  if (outer)
    for (ir::Capture &capture : copy->captures) capture.outer = outer->at(capture.outer);
  for (const ir::Node &node : tape.nodes)
    if (keep_effects || !is_effect(node)) copy->nodes.push_back(copy_node(node, nullptr, keep_effects));
  copy->results = tape.results;
  copy->result_names = tape.result_names;
  copy->updates = tape.updates;
  copy->location = tape.location;
  return copy;
}

bool has_rule(const ir::Node &node) {
  ir::Family family = ir::family_of(node.op);
  return family != ir::Family::Control && family != ir::Family::State && node.op != ir::OpCode::constant;
}

/// What is known of i64 scalars of the new trace: extents that were unknown when recorded and are not any more.
using KnownSizes = std::unordered_map<ir::ValueId, int64_t>;

std::optional<int64_t> fold(const ir::Node &node, const std::vector<TensorType> &operands, const KnownSizes &sizes) {
  if (node.op == ir::OpCode::dim) {
    int64_t extent = operands[0].shape[static_cast<int>(ir::AttributeView(node.attributes).integer("axis"))];
    return extent == kDynamic ? std::nullopt : std::optional(extent);
  }
  if (node.operands.size() != 2) return std::nullopt;
  auto a = sizes.find(node.operands[0]), b = sizes.find(node.operands[1]);
  if (a == sizes.end() || b == sizes.end()) return std::nullopt;
  // Whole numbers wrap.
  const uint64_t x = static_cast<uint64_t>(a->second), y = static_cast<uint64_t>(b->second);
  switch (node.op) {
    case ir::OpCode::add: return static_cast<int64_t>(x + y);
    case ir::OpCode::sub: return static_cast<int64_t>(x - y);
    case ir::OpCode::mul: return static_cast<int64_t>(x * y);
    case ir::OpCode::div:
      if (b->second == 0) return std::nullopt;
      return b->second == -1 ? static_cast<int64_t>(0 - x) : a->second / b->second;
    default: return std::nullopt;
  }
}

/// Writes extents that are known now into the attributes that left them open.
void specialise(ir::Node &node, const std::vector<TensorType> &operands, const KnownSizes &sizes) {
  for (ir::Attribute &attribute : node.attributes) {
    if (node.op == ir::OpCode::slice && std::strcmp(attribute.name, "limits") == 0) {
      auto &limits = std::get<std::vector<int64_t>>(attribute.value);
      for (size_t axis = 0; axis < limits.size(); ++axis)
        if (limits[axis] == kDynamic) limits[axis] = operands[0].shape[static_cast<int>(axis)];
    }
    if (std::strcmp(attribute.name, "shape") != 0) continue;
    auto &shape = std::get<std::vector<int64_t>>(attribute.value);
    size_t next = node.op == ir::OpCode::iota ? 0 : 1;
    for (int64_t &extent : shape) {
      if (extent != kDynamic) continue;
      auto known = sizes.find(node.operands[next]);
      if (known == sizes.end()) {
        ++next;
        continue;
      }
      extent = known->second;
      node.operands.erase(node.operands.begin() + static_cast<long>(next));
    }
  }
}

}  // namespace

std::vector<uint32_t> dependencies(const ir::Tape &tape, std::span<const ir::ValueId> wanted,
                                   std::span<const ir::ValueId> leaves) {
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

Program with_host_results(const Program &program) {
  std::vector<ir::ValueId> computed;
  for (const ir::Node &node : program.tape->nodes)
    if (ir::family_of(node.op) == ir::Family::State)
      for (ir::ValueId i = 0; i < node.num_results; ++i) computed.push_back(node.first_result + i);
  if (computed.empty()) return program;
  auto tape = copy_tape(*program.tape, nullptr, /*keep_effects=*/true);
  tape->results.insert(tape->results.begin() + program.num_outputs, computed.begin(), computed.end());
  tape->updates.insert(tape->updates.begin() + program.num_outputs, computed.size(), -1);
  Program out = program;
  out.tape = std::move(tape);
  out.num_outputs += static_cast<int>(computed.size());
  return out;
}

void replay(const ir::Tape &source, std::span<const uint32_t> node_indices,
            std::unordered_map<ir::ValueId, ir::ValueId> &values, Trace &trace, bool keep_effects) {
  KnownSizes sizes;
  for (uint32_t index : node_indices) {
    const ir::Node &node = source.nodes[index];
    if (is_effect(node) && !keep_effects) continue;
    ir::Node copy = copy_node(node, &values, keep_effects);
    std::vector<TensorType> operand_types;
    for (ir::ValueId &operand : copy.operands) {
      operand = values.at(operand);
      operand_types.push_back(trace.tape().types[operand]);
    }
    std::vector<TensorType> types(source.types.begin() + node.first_result,
                                  source.types.begin() + node.first_result + node.num_results);
    std::optional<int64_t> known;
    const bool is_size = types.size() == 1 && types[0] == TensorType{i64, {}};
    if (is_size) known = fold(copy, operand_types, sizes);
    if (node.op == ir::OpCode::constant && is_size) {
      known.emplace();
      std::memcpy(&*known, std::get<ir::Literal>(node.attributes[0].value).bytes->data(), sizeof(int64_t));
    }
    if (known && node.op != ir::OpCode::constant) {
      auto bytes = std::make_shared<std::vector<std::byte>>(sizeof(int64_t));
      std::memcpy(bytes->data(), &*known, sizeof(int64_t));
      copy = ir::Node();
      copy.op = ir::OpCode::constant;
      copy.attributes.push_back({"value", ir::Literal{types[0], std::move(bytes), true}});
    } else if (has_rule(node)) {
      // The operands may be better known than when this was recorded.
      specialise(copy, operand_types, sizes);
      operand_types.clear();
      for (ir::ValueId operand : copy.operands) operand_types.push_back(trace.tape().types[operand]);
      ir::Inferred inferred = ir::infer(node.op, operand_types, ir::AttributeView(copy.attributes));
      if (inferred.error.empty()) types = inferred.types;
    }
    std::vector<Tensor> results = trace.add(std::move(copy), types, node.location);
    for (int i = 0; i < node.num_results; ++i)
      values[node.first_result + static_cast<ir::ValueId>(i)] = results[static_cast<size_t>(i)].body()->value;
    if (known) sizes[results[0].body()->value] = *known;
  }
}

}  // namespace etch::detail
