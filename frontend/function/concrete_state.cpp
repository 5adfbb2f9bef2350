#include "frontend/function/concrete_state.h"

#include <algorithm>
#include <chrono>

#include "frontend/tensor/storage.h"

namespace etch::detail {

std::string LeafInfo::description() const {
  switch (kind) {
    case Kind::tensor: return path + ": " + to_string(type);
    case Kind::scalar: return path + ": Scalar " + std::string(name_of(type.dtype));
    case Kind::variable: return path + ": Variable " + to_string(type);
    case Kind::fixed: return path + " = " + text;
  }
  return path;
}

const CompiledProgram &ConcreteState::compiled() {
  if (const CompiledProgram *ready = published.load(std::memory_order_acquire)) return *ready;
  std::lock_guard lock(compile_mutex);
  if (!code) {
    auto start = std::chrono::steady_clock::now();
    code = compile(program, name, policy);
    compile_milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    published.store(code.get(), std::memory_order_release);
  }
  return *code;
}

const CompiledProgram &ConcreteState::compiled_to_record() {
  Program recorded = with_host_results(program);
  if (recorded.tape == program.tape) return compiled();
  std::lock_guard lock(compile_mutex);
  if (!code_to_record) code_to_record = compile(std::move(recorded), name, policy);
  return *code_to_record;
}

bool ConcreteState::accepts(const std::vector<uint64_t> &words) const {
  if (words.size() != key.size()) return false;
  auto wildcard = wildcards.begin();
  for (size_t i = 0; i < words.size(); ++i) {
    if (wildcard != wildcards.end() && *wildcard == i) {
      ++wildcard;
      // An unknown extent is never 1: broadcasting means something else there (docs/decisions/0002).
      if (words[i] == 1) return false;
      continue;
    }
    if (words[i] != key[i]) return false;
  }
  return true;
}

bool ConcreteState::accepts_variables(std::span<VariableState *const> variables) const {
  if (variables.empty()) return true;
  if (bound_to_variables)
    return std::equal(variables.begin(), variables.end(), bound_variables.begin(), bound_variables.end(),
                      [](VariableState *a, const auto &b) { return a == b.get(); });
  for (const Binding &binding : program.bindings)
    if (binding.source == Binding::Source::variable)
      for (VariableState *variable : variables)
        if (variable == binding.variable.get()) return false;
  return true;
}

namespace {

/// Parts that only one of two signatures has: an optional that appeared, a vector that grew.
void add_missing_parts(Difference &difference, const std::vector<LeafInfo> &before, const std::vector<LeafInfo> &now) {
  auto has = [](const std::vector<LeafInfo> &list, const LeafInfo &leaf) {
    return std::any_of(list.begin(), list.end(), [&](const LeafInfo &each) { return each.path == leaf.path; });
  };
  auto what = [](const LeafInfo &leaf) {
    return leaf.kind == LeafInfo::Kind::fixed ? leaf.text : to_string(leaf.type);
  };
  int listed = 0;
  auto add = [&](const LeafInfo &leaf, const std::string &change) {
    if (++listed <= 3) difference.text += (listed > 1 ? "; argument '" : "argument '") + leaf.path + "': " + change;
  };
  for (const LeafInfo &leaf : now)
    if (!has(before, leaf)) add(leaf, "absent -> " + what(leaf));
  for (const LeafInfo &leaf : before)
    if (!has(now, leaf)) add(leaf, what(leaf) + " -> absent");
}

}  // namespace

Difference difference_between(const SignatureInfo &old_signature, const SignatureInfo &signature) {
  const std::vector<LeafInfo> &before = old_signature.arguments, &now = signature.arguments;
  Difference difference;
  auto add = [&](const std::string &text, const std::string &advice) {
    if (difference.count++ > 0) {
      if (difference.count <= 3) difference.text += "; ";
    }
    if (difference.count <= 3) difference.text += text;
    if (difference.advice.empty()) difference.advice = advice;
  };
  if (before.size() != now.size()) {
    difference.count = 1000;
    add_missing_parts(difference, before, now);
    if (difference.text.empty())
      difference.text = "the structure of the arguments: " + std::to_string(before.size()) + " parts -> " +
                        std::to_string(now.size());
    difference.advice =
        "keep containers at one length, or stack their tensors into one; give an optional always or never";
    return difference;
  }
  const uint64_t changed = old_signature.context ^ signature.context;
  if (changed & ThreadState::kDevice)
    add("device: " + device_text(old_signature.context) + " -> " + device_text(signature.context),
        "call under one DeviceScope");
  if (changed & ThreadState::kPolicy) {
    auto text = [](uint64_t context) {
      return (context & ThreadState::kPolicy) == static_cast<uint64_t>(Policy::strict) ? "strict" : "standard";
    };
    add(std::string("numerics policy: ") + text(old_signature.context) + " -> " + text(signature.context),
        "state the policy: Options{.policy = ...}");
  }
  for (size_t i = 0; i < now.size(); ++i) {
    const LeafInfo &a = before[i], &b = now[i];
    std::string where = "argument '" + b.path + "': ";
    if (a.kind != b.kind) {
      add(where + a.description() + " -> " + b.description(), "pass arguments of one kind");
    } else if (a.kind == LeafInfo::Kind::fixed) {
      if (a.text != b.text)
        add(where + a.text + " -> " + b.text,
            "declare numbers that change from call to call as etch::Scalar or pass a tensor");
    } else if (a.type.dtype != b.type.dtype) {
      add(where + "dtype " + std::string(etch::name_of(a.type.dtype)) + " -> " +
              std::string(etch::name_of(b.type.dtype)),
          "convert arguments to one dtype with etch::cast before the call");
    } else if (a.type.shape != b.type.shape) {
      add(where + "shape " + to_string(a.type.shape) + " -> " + to_string(b.type.shape),
          "let extents that change be unknown: Options{.reduce_retracing = true}, or an input_signature with kDynamic; "
          "or pad to one size");
    }
  }
  if (difference.count == 0) difference.text = "the identity of variables, or the type of a static argument";
  return difference;
}

}  // namespace etch::detail
