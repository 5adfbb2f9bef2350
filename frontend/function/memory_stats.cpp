// What a call needs, by kind.

#include "frontend/function/concrete_state.h"
#include "frontend/tensor/storage.h"

namespace etch::detail {

MemoryStats memory_stats_of(const CompiledProgram &compiled) {
  const Program &program = compiled.program;
  const ir::Tape &tape = *program.tape;
  MemoryStats stats;
  auto bytes = [&](ir::ValueId id) -> size_t {
    const TensorType &type = tape.types[id];
    if (type.shape.is_static()) return bytes_of(type);
    stats.complete = false;
    return 0;
  };
  for (size_t i = 0; i < tape.arguments.size(); ++i) {
    const size_t size = bytes(tape.arguments[i].id);
    switch (program.bindings[i].source) {
      case Binding::Source::leaf: stats.argument_bytes += size; break;
      case Binding::Source::tensor: stats.captured_bytes += size; break;
      default: stats.variable_bytes += size;
    }
  }
  for (size_t i = 0; i < static_cast<size_t>(program.num_outputs); ++i) {
    const size_t size = bytes(tape.results[i]);
    stats.output_bytes += size;
    if (tape.updates[i] >= 0) stats.donated_bytes += size;
  }
  for (const CapturedCopy &copy : compiled.copies.of(program, compiled.code.executable->program()))
    stats.laid_out_bytes += copy->data->bytes();
  // With unknown extents the arena is known at each call only.
  if (compiled.is_static) stats.arena_bytes = static_cast<size_t>(compiled.code.executable->program().arena_bytes);
  return stats;
}

MemoryStats FunctionCore::memory_stats(ConcreteState &state) const { return memory_stats_of(state.compiled()); }

}  // namespace etch::detail
