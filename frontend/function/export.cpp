// Saving a trace: captured tensors become constants, and variables bring what they start from.

#include "frontend/function/eager.h"
#include "frontend/function/function_impl.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"
#include "runtime/base/whole_file.h"

namespace etch::detail {
namespace {

/// The first call of the host in a tape or in what its ops run; null if there is none.
const ir::Node *find_host_call(const ir::Tape &tape) {
  for (const ir::Node &node : tape.nodes) {
    if (node.op == ir::OpCode::host_call) return &node;
    for (const auto &region : node.regions)
      if (const ir::Node *inside = find_host_call(*region)) return inside;
    for (const ir::Attribute &attribute : node.attributes)
      if (auto *callee = std::get_if<std::shared_ptr<const ir::Tape>>(&attribute.value); callee && *callee)
        if (const ir::Node *inside = find_host_call(**callee)) return inside;
  }
  return nullptr;
}

/// The program as a file needs it: nothing bound to this process.
std::unique_ptr<ir::Tape> self_contained(const ConcreteState &state, Location at) {
  const ir::Tape &tape = *state.program.tape;
  if (const ir::Node *host_call = find_host_call(tape))
    throw UserError(
        "[save] '" + state.name +
            "' calls a C++ function of this process, which a file cannot contain; remove the etch::host_call",
        host_call->location);
  // A tape is not copied lightly; replaying everything into a new one is how it is done everywhere else.
  Trace trace(Trace::Kind::function, state.name, tape.location);
  std::unordered_map<ir::ValueId, ir::ValueId> values;
  std::vector<int32_t> new_index(tape.arguments.size(), -1);
  int32_t next = 0;
  ir::Tape &copy = trace.tape();
  for (size_t i = 0; i < tape.arguments.size(); ++i) {
    const ir::Argument &argument = tape.arguments[i];
    const Binding &binding = state.program.bindings[i];
    const TensorType &type = tape.types[argument.id];
    if (binding.source == Binding::Source::tensor) {
      require_concrete(binding.tensor, at);  // it may have been donated since
      TraceScope scope(&trace);
      values[argument.id] = emit_constant(type, binding.tensor.body()->data, tape.location).body()->value;
      continue;
    }
    new_index[i] = next++;
    values[argument.id] = copy.add_argument(type, argument.kind, argument.name);
  }
  std::vector<uint32_t> all(tape.nodes.size());
  for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  replay(tape, all, values, trace, /*keep_effects=*/true);
  for (ir::ValueId result : tape.results) copy.results.push_back(values.at(result));
  copy.result_names = tape.result_names;
  auto finished = trace.finish_region();
  // From the first variable on: donated arguments are a matter of this process.
  for (size_t i = static_cast<size_t>(state.program.num_outputs); i < tape.updates.size(); ++i)
    if (tape.updates[i] >= 0) finished->updates[i] = new_index[static_cast<size_t>(tape.updates[i])];
  return finished;
}

/// Nested lists, as [[true, false], [true, true]]: MLIR packs the bits of bool elements in ways of its own.
std::string bool_text(std::span<const int64_t> shape, const unsigned char *&next) {
  if (shape.empty()) return *next++ ? "true" : "false";
  std::string text;
  for (int64_t i = 0; i < shape[0]; ++i) text += (i ? ", " : "") + bool_text(shape.subspan(1), next);
  return '[' + text + ']';
}

std::string hex_text(std::span<const unsigned char> bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "\"0x";
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text + '"';
}

std::string dense_text(const VariableState &state) {
  auto *bytes = static_cast<const unsigned char *>(state.value.body()->data);
  const size_t count = static_cast<size_t>(state.type.shape.num_elements()) * size_of(state.type.dtype);
  std::string text = "dense<";
  text += state.type.dtype == DType::boolean ? bool_text(state.type.shape.dims(), bytes) : hex_text({bytes, count});
  text += "> : tensor<";
  for (int64_t extent : state.type.shape) text += std::to_string(extent) + "x";
  return text + std::string(mlir_name_of(state.type.dtype)) + ">";
}

}  // namespace

std::string FunctionCore::exported_text(const ConcreteState &state, Location line) const {
  auto tape = self_contained(state, line);
  std::string text = codegen::compiler().ir_text(*tape, options_of(state.name, state.policy), "trace");
  if (state.policy == Policy::strict) {
    static constexpr std::string_view kModule = "module ";
    const size_t module = text.find("module {");
    if (module == std::string::npos) throw InternalError("the exported text has no module");
    text.insert(module + kModule.size(), "attributes {etch.policy = \"strict\"} ");
  }
  // The tape knows no initial values; they are attributes of the variable arguments, which stand in the order of the
  // tape.
  static constexpr std::string_view kMark = "etch.kind = \"variable\"";
  size_t at = 0;
  for (const Binding &binding : state.program.bindings) {
    if (binding.source != Binding::Source::variable && binding.source != Binding::Source::leaf_variable) continue;
    at = text.find(kMark, at);
    if (at == std::string::npos) throw InternalError("the exported module lacks a variable");
    if (binding.variable && binding.variable->type.shape.num_elements() > 0) {
      std::string value = "etch.initial_value = " + dense_text(*binding.variable) + ", ";
      text.insert(at, value);
      at += value.size();
    }
    at += kMark.size();
  }
  return text;
}

void FunctionCore::save(const ConcreteState &state, const std::string &path, std::source_location at) const {
  const std::string reason = write_whole_file(path, exported_text(state, at));
  if (reason.empty()) return;
  throw UserError("[save] cannot write '" + path + "': " + reason + "; check that the folder exists and may be written",
                  at);
}

}  // namespace etch::detail
