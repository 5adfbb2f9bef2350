#include "frontend/trace/trace.h"

#include <algorithm>

#include "frontend/autodiff/recording.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"
#include "runtime/base/log.h"

namespace etch::detail {

TraceScope::TraceScope(Trace *trace) : previous_(Trace::current()) { set(trace); }
void TraceScope::set(Trace *trace) {
  thread_state.trace = trace;
  thread_state.set_mode(ThreadState::kTracing, trace != nullptr);
}
TraceScope::~TraceScope() { set(previous_); }

Trace::Trace(Kind kind, std::string name, Location location)
    : kind_(kind),
      parent_(kind == Kind::function ? nullptr : Trace::current()),
      token_(std::make_shared<TraceToken>(this, name, kind == Kind::region)),
      tape_(std::make_unique<ir::Tape>()) {
  tape_->name = std::move(name);
  tape_->location = location;
}

Trace::~Trace() { token_->trace = nullptr; }

Trace *Trace::root() {
  Trace *trace = this;
  while (trace->parent_) trace = trace->parent_;
  return trace;
}

//===-- Values -----------------------------------------------------------------------------------------------===//

Tensor Trace::symbolic(ir::ValueId id, Location at, bool weak) {
  return make_symbolic(tape_->types[id], id, token_, at, weak);
}

Tensor Trace::add_parameter(const TensorType &type, std::string name, int leaf, bool weak, Location at) {
  ir::ValueId id = tape_->add_argument(type, ir::Argument::Kind::parameter, std::move(name));
  bindings_.push_back({Binding::Source::leaf, leaf, {}, {}});
  return symbolic(id, at, weak);
}

Tensor Trace::add_region_argument(const TensorType &type, std::string name, Location at) {
  return symbolic(tape_->add_argument(type, ir::Argument::Kind::parameter, std::move(name)), at);
}

void fail_leaked(const TensorBody &body, Location at) {
  const std::string owner = '\'' + body.token->name + "' at " + to_string(body.created);
  if (body.token->is_region)
    throw UserError("a tensor made in the body of " + owner +
                        " was used outside of that body, where it has no value. Return it from the body, which a loop "
                        "carries to the next iteration, or assign it to an etch::Variable there",
                    at);
  throw UserError(
      "a tensor made while tracing " + owner +
          " was used after that trace was over; it never had a value. Return it from the function, or assign "
          "it to an etch::Variable, instead of keeping it in a global, a member or a capture",
      at);
}

ir::ValueId Trace::use(const Tensor &tensor, Location at) {
  at = place_of(at);
  TensorBody *body = tensor.body();
  if (!body) fail_empty_tensor(at);
  if (body->deleted) fail_not_concrete(tensor, at);
  if (body->token && body->token->trace == this) return body->value;
  if (body->token) {
    if (!body->token->trace) fail_leaked(*body, at);
    if (!parent_)
      throw UserError("a tensor of the function '" + body->token->name + "' (made at " + to_string(body->created) +
                          ") was used inside '" + name() + "', which is traced on its own; pass it as an argument",
                      at);
  }
  switch (kind_) {
    case Kind::region: return tape_->add_capture(parent_->use(tensor, at), body->type);
    case Kind::callee:
      if (auto known = captured_outer_.find(parent_->use(tensor, at)); known != captured_outer_.end())
        return known->second;
      break;
    case Kind::function:
      if (auto known = hidden_.find(body); known != hidden_.end()) return known->second;
      break;
  }
  const auto id = static_cast<ir::ValueId>(tape_->types.size());
  tape_->types.push_back(body->type);
  capture_as(id, tensor, at);
  return id;
}

void Trace::capture_as(ir::ValueId id, const Tensor &tensor, Location at) {
  if (kind_ == Kind::region) {
    tape_->captures.push_back({id, parent_->use(tensor, at)});
    return;
  }
  tape_->arguments.push_back({id, ir::Argument::Kind::captured, "captured"});
  if (kind_ == Kind::callee) {
    const ir::ValueId outer = parent_->use(tensor, at);
    captured_outer_.emplace(outer, id);
    captured_.push_back(parent_->symbolic(outer, at));
  } else {
    hidden_.emplace(tensor.body(), id);
    hidden_tensors_.push_back(tensor);
    bindings_.push_back({Binding::Source::tensor, -1, tensor, {}});
  }
}

void Trace::count_line(ir::OpCode op, Location at) {
  // Operands are brought to one dtype and shape by ops that the user did not write.
  if (!at.known() || op == ir::OpCode::constant || op == ir::OpCode::cast || op == ir::OpCode::broadcast_in_dim) return;
  const uint64_t key = reinterpret_cast<uint64_t>(at.file) * 31 +
                       (uint64_t{at.line} << 32 | at.column << 12 | static_cast<uint64_t>(op));
  if (++line_counts_[key] != kUnrolled) return;
  log(LogLevel::warning, "'" + name() + "' has recorded [" + std::string(ir::mnemonic_of(op)) + "] at " +
                             to_string(at) + ' ' + std::to_string(kUnrolled) +
                             " times: a C++ loop is unrolled, and compiling takes time for every op. "
                             "etch::for_range, etch::while_loop and etch::scan stay loops");
}

std::vector<Tensor> Trace::add(ir::Node node, const std::vector<TensorType> &types, Location at) {
  const Location place = place_of(at);
  // Ops of Etch's own compositions repeat without a loop of the user.
  if (place.line == at.line && place.column == at.column) root()->count_line(node.op, at);
  at = place;
  // Code is shared and outlives plugins, whose literals do not.
  if (root()->last_file_.literal != at.file) root()->last_file_ = {at.file, intern_file_name(at.file)};
  at.file = root()->last_file_.interned;
  node.location = at;
  ir::ValueId first = tape_->add_node(std::move(node), types);
  std::vector<Tensor> results;
  for (size_t i = 0; i < types.size(); ++i) results.push_back(symbolic(first + static_cast<ir::ValueId>(i), at));
  return results;
}

//===-- Variables --------------------------------------------------------------------------------------------===//

Trace::Slot &Trace::slot_of(const std::shared_ptr<VariableState> &state, Location at) {
  for (Slot &slot : slots_)
    if (slot.state == state) return slot;
  Slot slot;
  slot.state = state;
  switch (kind_) {
    case Kind::function: {
      slot.initial = tape_->add_argument(state->type, ir::Argument::Kind::variable, state->name);
      auto leaf = std::find(leaf_variables_.begin(), leaf_variables_.end(), state);
      if (leaf != leaf_variables_.end())
        bindings_.push_back({Binding::Source::leaf_variable, static_cast<int>(leaf - leaf_variables_.begin()), {}, {}});
      else
        bindings_.push_back({Binding::Source::variable, -1, {}, state});
      break;
    }
    case Kind::callee:
      slot.outer = parent_->read_variable(state, at);
      slot.initial = use(slot.outer, at);
      break;
    case Kind::region:
      // Neither capture nor argument yet: whoever closes the region knows whether the variable was assigned.
      slot.outer = parent_->read_variable(state, at);
      slot.initial = static_cast<ir::ValueId>(tape_->types.size());
      tape_->types.push_back(state->type);
      break;
  }
  slot.current = slot.initial;
  slots_.push_back(std::move(slot));
  return slots_.back();
}

Tensor Trace::read_variable(const std::shared_ptr<VariableState> &state, Location at) {
  const ir::ValueId value = slot_of(state, at).current;
  if (is_recording()) record_traced_read(*this, state, value);
  return symbolic(value, at);
}

void Trace::assign_variable(const std::shared_ptr<VariableState> &state, const Tensor &value, Location at) {
  ir::ValueId id = use(value, at);
  Slot &slot = slot_of(state, at);
  slot.current = id;
  slot.assigned = true;
}

void Trace::note_created(std::shared_ptr<VariableState> state) { root()->created_.push_back(std::move(state)); }

//===-- Ends -------------------------------------------------------------------------------------------------===//

Program Trace::finish_function(const std::vector<Tensor> &outputs, Location at) {
  for (auto &state : created_) {
    // One reference is ours; a slot and its binding hold one each.
    long own = 1;
    for (const Slot &slot : slots_) own += slot.state == state;
    for (const Binding &binding : bindings_) own += binding.variable == state;
    if (state.use_count() <= own)
      throw UserError("the variable '" + state->name + "' was created inside '" + name() +
                          "' and dies with this call, so its state would be lost; keep it outside of the function (a "
                          "member, a captured std::optional<Variable>) and create it there on the first call",
                      state->created);
  }
  Program program;
  for (const Tensor &output : outputs) tape_->results.push_back(use(output, at));
  tape_->updates.assign(tape_->results.size(), -1);
  program.num_outputs = static_cast<int>(outputs.size());
  for (size_t leaf : donated_) {
    // A result that is an argument itself is a copy, for which its memory is no use.
    auto fits = [&](size_t i) {
      const ir::ValueId id = tape_->results[i];
      return tape_->updates[i] < 0 && tape_->types[id] == tape_->types[tape_->arguments[leaf].id] &&
             tape_->types[id].shape.is_static() &&
             std::none_of(tape_->arguments.begin(), tape_->arguments.end(), [&](auto &each) { return each.id == id; });
    };
    for (size_t i = 0; i < outputs.size(); ++i)
      if (fits(i)) {
        tape_->updates[i] = static_cast<int32_t>(leaf);
        break;
      }
  }
  program.donated = std::move(donated_);
  for (const Slot &slot : slots_) {
    if (!slot.assigned || slot.current == slot.initial) continue;
    for (size_t i = 0; i < tape_->arguments.size(); ++i)
      if (tape_->arguments[i].id == slot.initial) tape_->updates.push_back(static_cast<int32_t>(i));
    tape_->results.push_back(slot.current);
  }
  program.bindings = std::move(bindings_);
  while (program.num_leaves < program.bindings.size() &&
         program.bindings[program.num_leaves].source == Binding::Source::leaf)
    ++program.num_leaves;
  program.kept = std::move(kept_);
  program.tape = std::move(tape_);
  token_->trace = nullptr;
  return program;
}

Callee Trace::finish_callee(const std::vector<Tensor> &outputs, Location at) {
  Callee callee;
  for (const Tensor &output : outputs) tape_->results.push_back(use(output, at));
  callee.num_outputs = static_cast<int>(outputs.size());
  for (const Slot &slot : slots_) {
    if (!slot.assigned || slot.current == slot.initial) continue;
    tape_->results.push_back(slot.current);
    callee.updated.push_back(slot.state);
  }
  tape_->updates.assign(tape_->results.size(), -1);
  callee.captured = std::move(captured_);
  callee.tape = std::move(tape_);
  token_->trace = nullptr;
  return callee;
}

std::unique_ptr<ir::Tape> Trace::finish_region() {
  tape_->updates.assign(tape_->results.size(), -1);
  token_->trace = nullptr;
  return std::move(tape_);
}

}  // namespace etch::detail
