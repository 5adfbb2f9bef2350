#pragma once
// The compiled code of a function without anything around it: the reference of everything that dispatch costs.

#include <utility>
#include <vector>

#include "etch/function.h"
#include "frontend/function/concrete_state.h"
#include "frontend/tensor/storage.h"
#include "runtime/executable/context.h"

namespace etch::bench {
namespace internal {

// Lets benchmarks see what users cannot: an explicit instantiation may name private members.
template <class Concrete> struct StateOf {
  friend std::shared_ptr<detail::ConcreteState> Concrete::*state_member(StateOf);
};
template <class Concrete, auto Member> struct Reveal {
  friend std::shared_ptr<detail::ConcreteState> Concrete::*state_member(StateOf<Concrete>) { return Member; }
};

}  // namespace internal

/// Runs the entry function of a trace on fixed buffers. Variables are read and written where they are.
class CompiledBody {
 public:
  /// `leaves`: the tensors of the call in order; a Scalar as its 0-d tensor.
  CompiledBody(std::shared_ptr<detail::ConcreteState> state, std::vector<Tensor> leaves)
      : state_(std::move(state)), leaves_(std::move(leaves)) {
    const detail::CompiledProgram &compiled = state_->compiled();
    const detail::Program &program = compiled.program;
    for (const detail::Binding &binding : program.bindings) {
      switch (binding.source) {
        case detail::Binding::Source::leaf:
          args_.push_back(leaves_[static_cast<size_t>(binding.index)].body()->data);
          break;
        case detail::Binding::Source::tensor: args_.push_back(binding.tensor.body()->data); break;
        default: detail::make_unique(*binding.variable); args_.push_back(binding.variable->value.body()->data);
      }
    }
    for (const TensorType &type : compiled.result_types) {
      outputs_.push_back(detail::allocate(type));
      results_.push_back(outputs_.back().body()->data);
    }
    for (size_t i = outputs_.size(); i < program.tape->results.size(); ++i)
      results_.push_back(args_[static_cast<size_t>(program.tape->updates[i])]);
    program_ = &compiled.code.executable->program();
    arena_ = BufferRef::allocate(static_cast<size_t>(program_->arena_bytes));
    call_ = {&context_,      args_.data(), results_.data(),
             arena_->data(), nullptr,      compiled.copies.elements(program, *program_)};
  }
  CompiledBody(const CompiledBody &) = delete;
  CompiledBody &operator=(const CompiledBody &) = delete;

  void operator()() const { program_->entry(&call_); }
  const detail::CompiledProgram &compiled() const { return state_->compiled(); }

 private:
  std::shared_ptr<detail::ConcreteState> state_;
  std::vector<Tensor> leaves_, outputs_;
  std::vector<void *> args_, results_;
  const etch_program *program_;
  BufferRef arena_;
  etch_context context_;
  etch_call call_;
};

template <class Signature> std::shared_ptr<detail::ConcreteState> state_of(
    const ConcreteFunction<Signature> &concrete) {
  return concrete.*state_member(internal::StateOf<ConcreteFunction<Signature>>{});
}
}  // namespace etch::bench

/// Once for each signature, at namespace scope: ETCH_BENCH_REVEAL(Tensor(Tensor, Tensor)).
#define ETCH_BENCH_REVEAL(...)                                                       \
  template struct etch::bench::internal::Reveal<etch::ConcreteFunction<__VA_ARGS__>, \
                                                &etch::ConcreteFunction<__VA_ARGS__>::state_>
