#pragma once
// Trace: records what the body of a function does. One per function, callee (something to differentiate) or region.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "etch/detail/thread_state.h"
#include "etch/tensor.h"
#include "etch/variable.h"
#include "ir/tape/tape.h"

namespace etch::detail {

class Trace;
struct VariableState;

/// What symbolic tensors hold of their trace: enough to notice that it is over.
class TraceToken {
 public:
  TraceToken(Trace *trace, std::string name, bool is_region)
      : trace(trace), name(std::move(name)), is_region(is_region) {}
  Trace *trace;  ///< null once the trace is finished
  std::string name;
  bool is_region;  ///< of a branch or a loop
};

/// Throws UserError for a symbolic tensor whose trace is over.
[[noreturn]] void fail_leaked(const TensorBody &body, Location at);

/// Where an argument of a traced function comes from at each call.
struct Binding {
  enum class Source : uint8_t {
    leaf,           ///< tensor or Scalar number `index` of the call
    tensor,         ///< a captured concrete tensor
    variable,       ///< a captured variable
    leaf_variable,  ///< variable number `index` of the call
  };
  Source source = Source::leaf;
  int index = -1;
  Tensor tensor;
  std::shared_ptr<VariableState> variable;
};

/// A finished trace of a function: its tape, and what to call it with.
struct Program {
  std::shared_ptr<const ir::Tape> tape;
  std::vector<Binding> bindings;            ///< one for each argument of the tape: the leaves in order, then others
  size_t num_leaves = 0;                    ///< bindings of leaves
  int num_outputs = 0;                      ///< results before those that update variables
  bool is_weak = false;                     ///< of one op: its result takes the dtype of what it meets
  std::vector<size_t> donated;              ///< leaves; `tape.updates` of an output names the one that it replaces
  std::vector<std::shared_ptr<void>> kept;  ///< what the tape names by number: host functions
};

/// A finished trace of a callee: its tape, and the values of the enclosing trace that it also needs.
struct Callee {
  std::shared_ptr<const ir::Tape> tape;
  std::vector<Tensor> captured;  ///< operands after the explicit ones
  int num_outputs = 0;
  std::vector<std::shared_ptr<VariableState>> updated;  ///< results after num_outputs are their new values
};

class Trace {
 public:
  enum class Kind : uint8_t { function, callee, region };

  Trace(Kind kind, std::string name, Location location);
  ~Trace();
  Trace(const Trace &) = delete;
  Trace &operator=(const Trace &) = delete;

  /// The innermost trace of this thread, or null: eager.
  static Trace *current() { return thread_state.trace; }
  /// The outermost trace that `trace` is nested in.
  Trace *root();
  Trace *parent() const { return parent_; }
  Kind kind() const { return kind_; }
  const std::string &name() const { return token_->name; }
  const std::shared_ptr<TraceToken> &token() const { return token_; }
  ir::Tape &tape() { return *tape_; }
  const Location &location() const { return tape_->location; }

  //-- Values
  /// A new parameter, bound to leaf `index` of the call.
  Tensor add_parameter(const TensorType &type, std::string name, int leaf, bool weak, Location at);
  /// Argument of a region: carried value or counter.
  Tensor add_region_argument(const TensorType &type, std::string name, Location at);
  /// The id of a tensor here: its own, a capture of an enclosing trace's, or a hidden input for a concrete one.
  /// Throws UserError for a tensor of a finished or unrelated trace.
  ir::ValueId use(const Tensor &tensor, Location at);
  Tensor symbolic(ir::ValueId id, Location at, bool weak = false);
  /// Makes a concrete tensor the meaning of an id whose op has been removed.
  void capture_as(ir::ValueId id, const Tensor &value, Location at);
  /// The memory of this argument may be used for a result.
  void donate(size_t leaf) { donated_.push_back(leaf); }
  /// Appends an op with given result types; returns its results.
  std::vector<Tensor> add(ir::Node node, const std::vector<TensorType> &types, Location at);

  /// Options::checked of the function that is being traced.
  bool checks_indices() { return root()->checks_indices_; }
  void set_checks_indices(bool checks) { checks_indices_ = checks; }

  /// Warns once when one op of one user line comes up kUnrolled times: a C++ loop that could be a recorded one.
  void count_line(ir::OpCode op, Location at);
  static constexpr uint32_t kUnrolled = 1000;

  /// etch.dim already recorded here, by value << 8 | axis; 0 means none (a dim is never the first value of a tape).
  std::unordered_map<uint64_t, ir::ValueId> &extent_cache() { return extents_; }

  //-- Variables
  struct Slot {
    std::shared_ptr<VariableState> state;
    ir::ValueId initial = 0;
    ir::ValueId current = 0;
    bool assigned = false;
    Tensor outer;  ///< callee and region: the value on entry, in the enclosing trace
  };
  Tensor read_variable(const std::shared_ptr<VariableState> &state, Location at);
  void assign_variable(const std::shared_ptr<VariableState> &state, const Tensor &value, Location at);
  const std::vector<Slot> &slots() const { return slots_; }
  std::vector<Slot> &slots() { return slots_; }
  Slot &slot_of(const std::shared_ptr<VariableState> &state, Location at);
  /// Variable arguments of the call, by index: reads of them bind to the call's, not to these objects.
  void set_leaf_variables(std::vector<std::shared_ptr<VariableState>> variables) {
    leaf_variables_ = std::move(variables);
  }
  /// Keeps something alive as long as the program.
  void keep(std::shared_ptr<void> object) { root()->kept_.push_back(std::move(object)); }
  /// Remembers a variable that was made while tracing, to notice that it dies with the trace.
  void note_created(std::shared_ptr<VariableState> state);

  //-- Ends
  Program finish_function(const std::vector<Tensor> &outputs, Location at);
  Callee finish_callee(const std::vector<Tensor> &outputs, Location at);
  /// The region's tape; the caller has set its results.
  std::unique_ptr<ir::Tape> finish_region();

 private:
  friend class TraceScope;
  Kind kind_;
  bool checks_indices_ = false;  // function
  Trace *parent_ = nullptr;
  std::shared_ptr<TraceToken> token_;
  std::unique_ptr<ir::Tape> tape_;
  std::vector<Binding> bindings_;                                // function
  std::vector<size_t> donated_;                                  // function
  std::unordered_map<const void *, ir::ValueId> hidden_;         // function: concrete tensors already used
  std::vector<Tensor> hidden_tensors_;                           // keeps the keys of hidden_ alive
  std::unordered_map<ir::ValueId, ir::ValueId> captured_outer_;  // callee: enclosing id -> argument id
  std::vector<Tensor> captured_;                                 // callee: in the order of its captured arguments
  std::unordered_map<uint64_t, ir::ValueId> extents_;
  std::unordered_map<uint64_t, uint32_t> line_counts_;  // function: how often an op of a line was recorded
  struct FileName {
    const char *literal = nullptr, *interned = nullptr;
  } last_file_;  // function: of the last op
  std::vector<Slot> slots_;
  std::vector<std::shared_ptr<VariableState>> leaf_variables_;
  std::vector<std::shared_ptr<VariableState>> created_;
  std::vector<std::shared_ptr<void>> kept_;
};

/// Makes a trace (or null: eager) the current one of this thread.
class TraceScope {
 public:
  explicit TraceScope(Trace *trace);
  ~TraceScope();
  TraceScope(const TraceScope &) = delete;
  TraceScope &operator=(const TraceScope &) = delete;
  static void set(Trace *trace);

 private:
  Trace *previous_;
};

/// Copies nodes of a finished or growing tape into `trace`: `values` maps ids of `source` to ids of `trace` and must
/// hold what the nodes use. Types follow the new operands. Effects on the world (print, check, host calls without
/// results) are left out unless kept, also of regions and callees.
void replay(const ir::Tape &source, std::span<const uint32_t> node_indices,
            std::unordered_map<ir::ValueId, ir::ValueId> &values, Trace &trace, bool keep_effects = false);
/// The program with what host functions compute at its top among its outputs, so that gradients need not call them
/// again.
Program with_host_results(const Program &program);
/// Indices of the nodes that `wanted` depends on, in program order, not looking behind `leaves`.
std::vector<uint32_t> dependencies(const ir::Tape &tape, std::span<const ir::ValueId> wanted,
                                   std::span<const ir::ValueId> leaves);

}  // namespace etch::detail
