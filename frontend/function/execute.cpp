#include "frontend/function/execute.h"

#include <list>
#include <mutex>
#include <unordered_map>

#include "frontend/function/code_source.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"

namespace etch::detail {

codegen::CompileOptions options_of(const std::string &name, Policy policy) {
  codegen::CompileOptions options;
  options.name = name;
  options.policy = policy == Policy::strict ? codegen::Policy::strict : codegen::Policy::standard;
  return options;
}

std::shared_ptr<const CompiledProgram> compile(Program program, const std::string &name, Policy policy) {
  auto compiled = std::make_shared<CompiledProgram>();
  compiled->code = obtain_code(*program.tape, options_of(name, policy));
  const ir::Tape &tape = *program.tape;
  const etch_program &info = compiled->code.executable->program();
  compiled->is_static = info.num_dynamic_dims == 0 && info.num_dynamic_result_dims == 0;
  for (int i = 0; i < program.num_outputs; ++i) {
    const TensorType &type = tape.types[tape.results[static_cast<size_t>(i)]];
    compiled->result_types.push_back(type);
    compiled->result_bytes.push_back(type.shape.is_static() ? bytes_of(type) : 0);
  }
  compiled->is_updated.assign(tape.arguments.size(), 0);
  for (int32_t update : tape.updates)
    if (update >= 0) compiled->is_updated[static_cast<size_t>(update)] = 1;
  compiled->program = std::move(program);
  return compiled;
}

namespace {

// Code by structure, bounded: the oldest entry goes first. Entries in use live on in whoever holds them.
struct SharedCode {
  static constexpr size_t kCapacity = 256;
  struct Entry {
    uint64_t hash;
    Policy policy;
    std::shared_ptr<const CompiledProgram> compiled;
  };
  std::mutex mutex;
  std::list<Entry> recent;
  std::unordered_multimap<uint64_t, std::list<Entry>::iterator> by_hash;
};

SharedCode &shared_code() {
  // Never destroyed: threads may still run code while statics are torn down.
  static auto *code = new SharedCode;
  return *code;
}

}  // namespace

std::shared_ptr<const CompiledProgram> compile_shared(Program program, const std::string &name, Policy policy) {
  SharedCode &shared = shared_code();
  uint64_t hash = program.tape->hash();
  {
    std::lock_guard lock(shared.mutex);
    auto [first, last] = shared.by_hash.equal_range(hash);
    for (auto it = first; it != last; ++it) {
      auto entry = it->second;
      if (entry->policy != policy || !entry->compiled->program.tape->equals(*program.tape)) continue;
      shared.recent.splice(shared.recent.begin(), shared.recent, entry);
      return entry->compiled;
    }
  }
  // The bindings hold tensors and variables of this call only: they must not live as long as the code.
  Program unbound;
  unbound.tape = program.tape;
  unbound.num_outputs = program.num_outputs;
  unbound.kept = program.kept;
  auto compiled = compile(std::move(unbound), name, policy);
  std::lock_guard lock(shared.mutex);
  shared.recent.push_front({hash, policy, compiled});
  shared.by_hash.emplace(hash, shared.recent.begin());
  if (shared.recent.size() > SharedCode::kCapacity) {
    auto oldest = std::prev(shared.recent.end());
    auto [first, last] = shared.by_hash.equal_range(oldest->hash);
    for (auto it = first; it != last; ++it)
      if (it->second == oldest) {
        shared.by_hash.erase(it);
        break;
      }
    shared.recent.pop_back();
  }
  return compiled;
}

void execute(const CompiledProgram &compiled, const Program &bound, void **slots, const int64_t *dims,
             std::span<VariableState *const> leaf_variables, std::vector<Tensor> &outputs, std::span<Tensor> donated) {
  const size_t num_args = bound.bindings.size();
  for (size_t i = bound.num_leaves; i < num_args; ++i) {
    const Binding &binding = bound.bindings[i];
    if (binding.source == Binding::Source::tensor) {
      slots[i] = binding.tensor.body()->data;
      if (!slots[i]) [[unlikely]]
        require_concrete(binding.tensor, {});  // donated since
      continue;
    }
    VariableState &state = binding.variable ? *binding.variable : *leaf_variables[static_cast<size_t>(binding.index)];
    if (compiled.is_updated[i]) make_unique(state);
    slots[i] = state.value.body()->data;
  }
  runtime::RunScope run(compiled.code.executable->program());
  const int64_t *extent = compiled.is_static ? nullptr : run.result_dims(dims);
  void **results = slots + num_args;
  const size_t num_outputs = compiled.result_types.size();
  auto next_donated = donated.begin();
  outputs.clear();
  for (size_t i = 0; i < num_outputs; ++i) {
    const TensorType &type = compiled.result_types[i];
    if (next_donated != donated.end() && compiled.program.tape->updates[i] >= 0) {
      outputs.push_back(std::move(*next_donated++));
    } else if (compiled.result_bytes[i] != 0 || compiled.is_static) {
      outputs.push_back(allocate(type, compiled.result_bytes[i]));
    } else {
      TensorType actual = type;
      for (int axis = 0; axis < actual.shape.rank(); ++axis)
        if (actual.shape[axis] == kDynamic) actual.shape[axis] = *extent++;
      if (!actual.shape.is_static()) {
        outputs.push_back(Tensor());  // comes out of the run
        results[i] = nullptr;
        continue;
      }
      outputs.push_back(allocate(actual));
    }
    results[i] = outputs.back().body()->data;
  }
  const std::vector<int32_t> &updates = compiled.program.tape->updates;
  for (size_t i = num_outputs; i < updates.size(); ++i) results[i] = slots[static_cast<size_t>(updates[i])];
  run(slots, dims, results, compiled.copies.elements(compiled.program, compiled.code.executable->program()));
  if (compiled.is_static) return;
  for (runtime::RunTimeResult &result : run.run_time_results()) {
    const size_t i = static_cast<size_t>(result.index);
    outputs[i] = adopt({compiled.result_types[i].dtype, result.shape}, std::move(result.data));
  }
}

}  // namespace etch::detail
