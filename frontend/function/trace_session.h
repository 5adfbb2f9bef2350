#pragma once
// Tracing one call: arguments become symbolic, the body runs, its results close the tape.

#include <optional>

#include "frontend/function/concrete_state.h"

namespace etch::detail {

class FunctionTrace final : public TraceSession {
 public:
  /// `types` of the leaves as the trace shall see them. `use_proxies`: variable arguments stand for those of later
  /// calls.
  FunctionTrace(std::string name, const std::vector<std::string> &argument_names, std::vector<TensorType> types,
                const CallScratch &scratch, bool use_proxies, Location at);

  /// Options::checked.
  void set_checks_indices(bool checks) { trace_.set_checks_indices(checks); }
  /// Options::donate.
  void set_donated(const std::vector<int> &positions) { donated_positions_ = positions; }
  void begin_argument(size_t position) override;
  void leaf(Tensor &tensor) override;
  void leaf(Scalar &scalar) override;
  void leaf(Variable &variable) override;
  void leave() override { path_.resize(path_.rfind('\n')); }
  void start() override;
  void finish(const std::vector<Tensor> &results) override;
  void remove_argument(Variable &variable) override;
  void keep_prototype(std::shared_ptr<void> prototype) override { prototype_ = std::move(prototype); }
  size_t num_outputs() const override { return num_outputs_; }

  Program &program() { return program_; }
  std::vector<LeafInfo> &arguments() { return arguments_; }
  std::shared_ptr<void> prototype() const { return prototype_; }
  std::vector<int> &returned_variables() { return returned_variables_; }

 protected:
  void fixed_text(const std::string &text) override;
  void enter_text(const std::string &text) override { path_ += '\n' + text; }

 private:
  std::string path() const;
  const std::vector<std::string> &argument_names_;
  std::vector<TensorType> types_;
  const CallScratch &scratch_;
  bool use_proxies_;
  Location at_;
  Trace trace_;
  std::optional<TraceScope> scope_;
  std::string path_;  // parts separated by newlines
  std::vector<LeafInfo> arguments_;
  std::vector<std::shared_ptr<VariableState>> proxies_;
  std::vector<int> donated_positions_;
  bool is_donated_ = false;  // the current argument
  size_t next_leaf_ = 0, next_variable_ = 0, num_outputs_ = 0;
  Program program_;
  std::shared_ptr<void> prototype_;
  std::vector<int> returned_variables_;
};

}  // namespace etch::detail
