#include "frontend/function/lift.h"

#include <numeric>

#include "frontend/autodiff/recording.h"
#include "frontend/function/execute.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"
#include "ir/tape/tape_lines.h"

namespace etch::detail {

std::vector<Tensor> run_traced(const char *name, Location at, FunctionRef<std::vector<Tensor>()> body) {
  Trace trace(Trace::Kind::function, name, at);
  Program program;
  {
    TraceScope scope(&trace);
    std::vector<Tensor> results = body();
    // Code is shared by runs that use other tensors: what is captured is an argument like others.
    for (ir::Argument &argument : trace.tape().arguments)
      if (argument.kind == ir::Argument::Kind::captured) argument.kind = ir::Argument::Kind::parameter;
    program = trace.finish_function(results, at);
  }
  const auto num_outputs = static_cast<size_t>(program.num_outputs);
  const bool recording = is_recording();
  if (recording) program = with_host_results(program);
  auto compiled = compile_shared(program, name, policy());
  std::vector<Tensor> inputs, outputs;
  if (recording)  // before variables change
    for (const Binding &binding : program.bindings)
      inputs.push_back(binding.variable ? binding.variable->value : binding.tensor);
  if (recording)
    for (const Binding &binding : program.bindings)
      if (binding.variable) record_read(binding.variable, binding.variable->value);
  std::vector<void *> slots(num_slots(program));
  try {
    execute(*compiled, program, slots.data(), nullptr, {}, outputs);
  } catch (const UserError &error) {
    // The code may be that of an equal tape, whose lines it names.
    const Location line = ir::line_in(*program.tape, *compiled->program.tape, error.location());
    if (line == error.location()) throw;  // also what host functions throw
    throw UserError(error.message(), line);
  }
  if (recording) record(program, inputs, outputs);
  outputs.resize(num_outputs);
  return outputs;
}

Tensor lift(const Tensor &tensor, Location at) {
  if (!tensor.is_symbolic()) return tensor;
  Trace *owner = tensor.body()->token->trace;
  if (!owner) require_concrete(tensor, at);
  ir::Tape &tape = owner->tape();
  std::vector<ir::ValueId> wanted{tensor.body()->value};
  std::vector<uint32_t> nodes = dependencies(tape, wanted, {});
  std::vector<bool> computed(tape.types.size());
  for (uint32_t index : nodes) {
    const ir::Node &node = tape.nodes[index];
    for (int i = 0; i < node.num_results; ++i) computed[node.first_result + static_cast<ir::ValueId>(i)] = true;
  }
  auto require = [&](ir::ValueId id) {
    if (!computed[id])
      throw UserError(
          "[Variable] the initial value depends on an argument or a variable of '" + owner->name() +
              "', so it has no value while tracing; compute it outside of the function or under etch::init_scope",
          at);
  };
  require(wanted[0]);
  for (uint32_t index : nodes)
    for (ir::ValueId operand : tape.nodes[index].operands) require(operand);
  auto is_of_host = [&](uint32_t index) { return ir::family_of(tape.nodes[index].op) == ir::Family::State; };
  for (uint32_t index : nodes)
    for (uint32_t i = 0; is_of_host(index) && i < tape.nodes[index].num_results; ++i)
      wanted.push_back(tape.nodes[index].first_result + i);
  std::vector<Tensor> results;
  {
    TraceScope eager(nullptr);
    results = run_traced("initial_value", at, [&] {
      std::unordered_map<ir::ValueId, ir::ValueId> values;
      replay(tape, nodes, values, *Trace::current());
      std::vector<Tensor> symbolic;
      for (ir::ValueId id : wanted) symbolic.push_back(Trace::current()->symbolic(values.at(id), at));
      return symbolic;
    });
  }
  // What the host computed is known from here on: the function does not ask again.
  for (auto index = nodes.rbegin(); index != nodes.rend(); ++index)
    if (is_of_host(*index)) tape.nodes.erase(tape.nodes.begin() + *index);
  for (size_t i = 1; i < wanted.size(); ++i) owner->capture_as(wanted[i], results[i], at);
  return results[0];
}

}  // namespace etch::detail
