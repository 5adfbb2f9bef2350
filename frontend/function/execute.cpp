#include "frontend/function/execute.h"

#include <list>
#include <mutex>
#include <unordered_map>

#include "frontend/function/code_source.h"
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
  for (int i = 0; i < program.num_outputs; ++i) compiled->result_types.push_back(tape.types[tape.results[i]]);
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

namespace {

/// An array that lives on the stack for calls of usual size.
template <class T, size_t N> class Scratch {
 public:
  explicit Scratch(size_t size) : data_(size <= N ? inline_ : (heap_.resize(size), heap_.data())) {}
  T &operator[](size_t i) { return data_[i]; }
  T *data() { return data_; }

 private:
  T inline_[N];
  std::vector<T> heap_;
  T *data_;
};

}  // namespace

void execute(const CompiledProgram &compiled, const Program &bound, std::span<const Leaf> leaves,
             std::span<const std::shared_ptr<VariableState>> leaf_variables, std::vector<Tensor> &outputs) {
  const ir::Tape &tape = *compiled.program.tape;
  const std::vector<Binding> &bindings = bound.bindings;
  Scratch<void *, 48> args(bindings.size());
  Scratch<void *, 48> results(tape.results.size());
  std::vector<int64_t> dims;
  for (size_t i = 0; i < bindings.size(); ++i) {
    const Binding &binding = bindings[i];
    const TensorType *type = nullptr;
    switch (binding.source) {
      case Binding::Source::leaf: {
        const Leaf &leaf = leaves[static_cast<size_t>(binding.index)];
        args[i] = const_cast<void *>(leaf.data);
        type = leaf.type;
        break;
      }
      case Binding::Source::tensor:
        args[i] = binding.tensor.body()->data;
        type = &binding.tensor.body()->type;
        break;
      case Binding::Source::variable:
      case Binding::Source::leaf_variable: {
        VariableState &state =
            binding.variable ? *binding.variable : *leaf_variables[static_cast<size_t>(binding.index)];
        if (compiled.is_updated[i]) make_unique(state);
        args[i] = state.value.body()->data;
        type = &state.type;
        break;
      }
    }
    if (!compiled.is_static) {
      const Shape &spec = tape.types[tape.arguments[i].id].shape;
      for (int axis = 0; axis < spec.rank(); ++axis)
        if (spec[axis] == kDynamic) dims.push_back(type->shape[axis]);
    }
  }
  const size_t num_outputs = compiled.result_types.size();
  std::vector<Shape> shapes;
  if (!compiled.is_static) compiled.code.executable->result_shapes(dims.data(), shapes);
  // The scratch of a caller may be handed in again; its old tensors are dropped before new ones are taken.
  outputs.clear();
  for (size_t i = 0; i < num_outputs; ++i) {
    if (compiled.is_static)
      outputs.push_back(allocate(compiled.result_types[i]));
    else if (!shapes[i].is_static())
      outputs.push_back(Tensor());  // comes out of the run
    else
      outputs.push_back(allocate({compiled.result_types[i].dtype, shapes[i]}));
    results[i] = outputs.back().body() ? outputs.back().body()->data : nullptr;
  }
  for (size_t i = num_outputs; i < tape.results.size(); ++i) results[i] = args[static_cast<size_t>(tape.updates[i])];
  if (compiled.is_static) {
    compiled.code.executable->run(args.data(), dims.data(), results.data());
    return;
  }
  std::vector<runtime::RunTimeResult> run_time_results;
  compiled.code.executable->run(args.data(), dims.data(), results.data(), &run_time_results);
  for (runtime::RunTimeResult &result : run_time_results) {
    Tensor &output = outputs[static_cast<size_t>(result.index)];
    output = adopt({compiled.result_types[static_cast<size_t>(result.index)].dtype, result.shape}, result.data);
  }
}

}  // namespace etch::detail
