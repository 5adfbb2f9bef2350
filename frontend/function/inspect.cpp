// What a function can tell about itself, and checks of its options and calls.

#include <sstream>

#include "frontend/function/retire.h"
#include "frontend/function/function_impl.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/count.h"
#include "runtime/base/of_thread.h"

namespace etch {

namespace {
struct Inlined {
  std::vector<const std::string *> names;  // of functions whose bodies are running
};
constexpr size_t kMaxInlineDepth = 64;
}  // namespace

bool run_functions_eagerly(bool eagerly) {
  using detail::ThreadState;
  bool previous = (detail::thread_state.context & ThreadState::kEager) != 0;
  detail::thread_state.set_mode(ThreadState::kEager, eagerly);
  return previous;
}

namespace detail {

void require_strict_around(const std::string &what, Trace &trace, Location at) {
  // A trace is compiled as a whole. Strict code is right under the standard policy, too.
  if (policy() == Policy::strict) return;
  throw UserError(what + " has Policy::strict, but becomes part of '" + trace.root()->name() +
                      "', which has not. Make that strict, too, with Options{.policy = Policy::strict} or a "
                      "PolicyScope around it",
                  at);
}

InlineScope::InlineScope(const FunctionCore &core, std::source_location at) : previous_policy_(policy()) {
  const Options &options = core.impl_->options;
  Trace *trace = Trace::current();
  if (trace && options.policy == Policy::strict) require_strict_around("'" + core.name() + "'", *trace, at);
  auto &inlined = of_thread<Inlined>().names;
  // Run eagerly, recursion ends like any other in C++.
  if (trace && inlined.size() >= kMaxInlineDepth) {
    std::string cycle;
    for (size_t i = inlined.size() - 3; i < inlined.size(); ++i) cycle += *inlined[i] + " -> ";
    throw UserError("functions call each other " + std::to_string(kMaxInlineDepth) + " deep while tracing: ... " +
                        cycle + core.name() +
                        ". Recursion must end by a static argument (an int, say); a condition on a tensor is not known "
                        "while tracing: use "
                        "etch::while_loop",
                    at);
  }
  inlined.push_back(&core.name());
  if (!trace) {
    set_policy(options.policy.value_or(previous_policy_));
    return;
  }
  previous_checks_ = trace->checks_indices();
  trace->root()->set_checks_indices(previous_checks_ || options.checked);
}
InlineScope::~InlineScope() {
  of_thread<Inlined>().names.pop_back();
  set_policy(previous_policy_);
  if (Trace *trace = Trace::current()) trace->root()->set_checks_indices(previous_checks_);
}

LeaveTrace::LeaveTrace() : previous_(Trace::current()) { TraceScope::set(nullptr); }
LeaveTrace::~LeaveTrace() { TraceScope::set(previous_); }

FunctionCore::FunctionCore(std::string name, Options options, std::source_location at)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = std::move(name);
  impl_->options = std::move(options);
  impl_->created = at;
}
FunctionCore::~FunctionCore() {
  table_.store(nullptr);
  retire(std::move(impl_->table));
}

void fail_empty_function(std::source_location at) {
  throw UserError("an empty Function was used; make it with etch::function", at);
}

void FunctionCore::check_options(const std::vector<ParameterInfo> &parameters, bool has_body) const {
  const Options &options = impl_->options;
  auto fail = [&](const std::string &what) { throw UserError("'" + impl_->name + "': " + what, impl_->created); };
  const std::string count = count_text(static_cast<int64_t>(parameters.size()), "parameter");
  if (!has_body) fail("the std::function or pointer is empty; give a callable");
  if (options.max_traces < 1) fail("max_traces is " + std::to_string(options.max_traces) + "; one trace is the least");
  if (options.verify_trace < 0)
    fail("verify_trace is " + std::to_string(options.verify_trace) + "; give a number of calls, or 0 for never");
  if (options.argument_names.size() > parameters.size())
    fail("argument_names has " + count_text(options.argument_names.size(), "name") + " but the function has " + count +
         "; remove the rest");
  for (int number : options.donate)
    if (number < 0 || static_cast<size_t>(number) >= parameters.size())
      fail("donate lists parameter " + std::to_string(number) + " but the function has " + count +
           "; they count from 0");
  const auto &signature = options.input_signature;
  if (signature.empty()) return;
  for (const Spec &spec : signature)
    for (int64_t extent : spec.shape)
      if (extent < 0 && extent != kDynamic)
        fail("the input_signature has extent " + std::to_string(extent) +
             "; extents are 0 or more, or etch::kDynamic where they are unknown");
  size_t tensors = 0;
  bool countable = true;
  for (const ParameterInfo &parameter : parameters) {
    tensors += parameter.is_tensor;
    countable = countable && (parameter.is_tensor || parameter.is_fixed);
  }
  if (!countable || tensors == signature.size()) return;
  const std::string specs = "the input_signature has " + std::to_string(signature.size()) +
                            " specs but the function has " + std::to_string(tensors) + " tensor parameters";
  if (tensors > signature.size())
    fail("missing type constraint: " + specs + " (`" + impl_->parameter_name(signature.size()) +
         "` has none); add a Spec for each");
  fail(specs + "; remove the rest");
}

const std::string &FunctionCore::name() const { return impl_->name; }
int FunctionCore::trace_count() const { return impl_->trace_count; }

//===-- Text -------------------------------------------------------------------------------------------------===//

std::string FunctionCore::signature_text(const ConcreteState &state) const {
  std::string text = impl_->name + "(";
  for (size_t i = 0; i < state.arguments.size(); ++i) text += (i ? ", " : "") + state.arguments[i].description();
  text += ") -> (";
  const ir::Tape &tape = *state.program.tape;
  for (int i = 0; i < state.program.num_outputs; ++i)
    text += (i ? ", " : "") + to_string(tape.types[tape.results[static_cast<size_t>(i)]]);
  return text + ")";
}

std::string FunctionCore::pretty_printed_signatures() const {
  std::lock_guard lock(impl_->table_mutex);
  std::string text;
  for (const auto &entry : impl_->entries) text += signature_text(*entry) + "\n";
  return text;
}

std::string FunctionCore::explain() const {
  // What is in which kernel is asked of the compiler, for which calls that trace must not wait.
  std::vector<std::shared_ptr<ConcreteState>> entries;
  {
    std::lock_guard lock(impl_->table_mutex);
    entries = impl_->entries;
  }
  std::string text =
      impl_->name + ": " + count_text(impl_->trace_count, "trace") + ", " + std::to_string(entries.size()) + " kept\n";
  for (const auto &entry : entries) text += "\n" + explain(*entry);
  return text;
}

std::string FunctionCore::explain(const ConcreteState &state) const {
  const ir::Tape &tape = *state.program.tape;
  std::ostringstream os;
  os << signature_text(state) << "\n  traced at " << to_string(state.first_call) << " because of: " << state.reason
     << "\n  " << count_text(static_cast<int64_t>(tape.nodes.size()), "op") << " recorded in "
     << milliseconds_text(state.trace_milliseconds) << ", called " << count_text(state.calls.total(), "time") << "\n";
  int64_t captured = 0, variables = 0;
  for (const Binding &binding : state.program.bindings) {
    captured += binding.source == Binding::Source::tensor;
    variables += binding.source == Binding::Source::variable || binding.source == Binding::Source::leaf_variable;
  }
  os << "  " << count_text(captured, "captured tensor") << ", " << count_text(variables, "variable") << " ("
     << tape.results.size() - static_cast<size_t>(state.program.num_outputs) << " updated)\n";
  const CompiledProgram *compiled = state.published.load();
  if (!compiled) {
    os << "  not compiled yet\n";
    return os.str();
  }
  static constexpr const char *kHow[] = {"compiled", "loaded from the disk cache", "loaded from the kernel pack"};
  os << "  " << kHow[static_cast<size_t>(compiled->code.source)] << " in "
     << milliseconds_text(state.compile_milliseconds) << ": " << compiled->code.code_bytes << " bytes of code\n";
  for (const codegen::StageTiming &timing : compiled->code.timings)
    os << "    stage " << timing.stage << ": " << milliseconds_text(timing.milliseconds) << "\n";
  const MemoryStats memory = memory_stats_of(*compiled);
  os << "  memory: " << memory.peak_bytes() << " bytes at once" << (memory.complete ? "" : ", without unknown extents")
     << ": " << memory.argument_bytes << " of arguments, " << memory.captured_bytes << " captured, "
     << memory.laid_out_bytes << " of weights laid out for products, " << memory.variable_bytes << " of variables, "
     << memory.output_bytes << " of results (" << memory.donated_bytes << " in place of arguments), "
     << memory.arena_bytes << " of scratch\n  kernels:\n";
  // Wherever the code came from: stored code is only found where the compiler that made it is (compiler_identity.h).
  return os.str() + ir(state, "explain", {});
}

std::string FunctionCore::ir(const ConcreteState &state, const std::string &stage, Location at) const {
  if (stage == "tape") return ir::to_string(*state.program.tape);
  try {
    return codegen::compiler().ir_text(*state.program.tape, options_of(state.name, state.policy), stage);
  } catch (const UserError &error) {
    rethrow_at(error, at);
  }
}

std::string FunctionCore::ir_of_latest(const std::string &stage, Location at) const {
  std::shared_ptr<ConcreteState> latest;
  {
    std::lock_guard lock(impl_->table_mutex);
    for (const auto &entry : impl_->entries)
      if (!latest || entry->last_used.load() >= latest->last_used.load()) latest = entry;
  }
  if (!latest)
    throw UserError("[ir] '" + impl_->name + "' has not been traced yet; call it or use get_concrete_function first",
                    at);
  return ir(*latest, stage, at);
}

size_t FunctionCore::op_count(const ConcreteState &state) const { return state.program.tape->nodes.size(); }

}  // namespace detail
}  // namespace etch
