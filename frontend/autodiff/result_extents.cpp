#include "frontend/autodiff/result_extents.h"

#include <unordered_map>

#include "frontend/trace/emit.h"

namespace etch::detail {
namespace {

using Ids = std::unordered_map<ir::ValueId, ir::ValueId>;

std::vector<ExtentOrigin> origins_of_unknown_extents(const ir::Tape &tape, ir::ValueId result) {
  std::vector<ExtentOrigin> origins;
  for (int axis = 0; axis < tape.types[result].shape.rank(); ++axis)
    if (tape.types[result].shape[axis] == kDynamic) origins.push_back(origin_of_extent(tape, result, axis));
  return origins;
}

/// By value: whether the extents depend on more of it than its shape, as far as can be told from the kinds of ops.
std::vector<bool> needed_values(const ir::Tape &tape, std::span<const uint32_t> nodes,
                                std::span<const ExtentOrigin> origins) {
  std::vector<bool> needed(tape.types.size());
  for (const ExtentOrigin &origin : origins) needed[origin.value] = origin.is_size;
  for (size_t n = nodes.size(); n-- > 0;) {
    const ir::Node &node = tape.nodes[nodes[n]];
    bool all = ir::family_of(node.op) == ir::Family::Control;
    for (ir::ValueId i = 0; i < node.num_results; ++i) all = all || needed[node.first_result + i];
    for (ir::ValueId operand : node.operands)
      if (all || tape.types[operand] == TensorType{i64, {}}) needed[operand] = true;
    for (const auto &region : node.regions)
      for (const ir::Capture &capture : region->captures) needed[capture.outer] = true;
  }
  return needed;
}

/// Records what the origins depend on. What a host function computes has a known type, which is mostly enough.
void replay_origins(const ir::Tape &tape, std::span<const ExtentOrigin> origins, Ids &ids, Location at) {
  std::vector<ir::ValueId> wanted;
  for (const ExtentOrigin &origin : origins) wanted.push_back(origin.value);
  const std::vector<uint32_t> nodes = dependencies(tape, wanted, {});
  const std::vector<bool> needed = needed_values(tape, nodes, origins);
  std::vector<uint32_t> replayed;
  for (uint32_t index : nodes) {
    const ir::Node &node = tape.nodes[index];
    bool is_known = ir::family_of(node.op) == ir::Family::State;
    const ir::ValueId end = node.first_result + node.num_results;
    for (ir::ValueId id = node.first_result; id < end; ++id) is_known = is_known && !needed[id];
    if (!is_known) replayed.push_back(index);
    for (ir::ValueId id = node.first_result; is_known && id < end; ++id)
      ids[id] = emit_splat(tape.types[id], 0, 0, false, at).body()->value;
  }
  replay(tape, replayed, ids, *Trace::current());
}

}  // namespace

Tensor splat_like_result(const ir::Tape &callee, size_t index, double number, std::span<const Tensor> operands,
                         Location at) {
  Trace &trace = *Trace::current();
  const TensorType &type = callee.types[callee.results[index]];
  if (type.shape.is_static()) return emit_splat(type, number, 0, true, at);
  const std::vector<ExtentOrigin> origins = origins_of_unknown_extents(callee, callee.results[index]);
  Ids ids;
  for (size_t i = 0; i < operands.size(); ++i) ids[callee.arguments[i].id] = trace.use(operands[i], at);
  replay_origins(callee, origins, ids, at);
  std::vector<Tensor> parts{emit_splat({type.dtype, {}}, number, 0, true, at)};
  for (const ExtentOrigin &origin : origins) {
    const Tensor value = trace.symbolic(ids.at(origin.value), at);
    parts.push_back(origin.is_size ? value : emit_extent(value, static_cast<int>(origin.axis), at));
  }
  return emit(ir::OpCode::broadcast_in_dim, parts,
              {{"shape", type.shape.to_vector()}, {"dims", std::vector<int64_t>{}}}, at);
}

}  // namespace etch::detail
