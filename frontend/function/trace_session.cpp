#include "frontend/function/trace_session.h"

#include <algorithm>

#include "frontend/tensor/storage.h"

namespace etch::detail {

FunctionTrace::FunctionTrace(std::string name, const std::vector<std::string> &argument_names,
                             std::vector<TensorType> types, const CallScratch &scratch, bool use_proxies, Location at)
    : argument_names_(argument_names),
      types_(std::move(types)),
      scratch_(scratch),
      use_proxies_(use_proxies),
      at_(at),
      trace_(Trace::Kind::function, std::move(name), at) {}

void FunctionTrace::begin_argument(size_t position) {
  is_donated_ = std::find(donated_positions_.begin(), donated_positions_.end(), static_cast<int>(position)) !=
                donated_positions_.end();
  path_ = position < argument_names_.size() ? argument_names_[position] : "arg" + std::to_string(position);
}

std::string FunctionTrace::path() const {
  std::string path = path_;
  path.erase(std::remove(path.begin(), path.end(), '\n'), path.end());
  return path;
}

void FunctionTrace::leaf(Tensor &tensor) {
  const TensorType &type = types_[next_leaf_];
  arguments_.push_back({LeafInfo::Kind::tensor, path(), type, {}});
  if (is_donated_ || tensor.body()->donated) trace_.donate(next_leaf_);
  tensor = trace_.add_parameter(type, path(), static_cast<int>(next_leaf_++), tensor.body()->weak, at_);
}

void FunctionTrace::leaf(Scalar &scalar) {
  const TensorType &type = types_[next_leaf_];
  arguments_.push_back({LeafInfo::Kind::scalar, path(), type, {}});
  scalar = Scalar(trace_.add_parameter(type, path(), static_cast<int>(next_leaf_++), true, at_));
}

void FunctionTrace::leaf(Variable &variable) {
  arguments_.push_back({LeafInfo::Kind::variable, path(), variable.type(), {}});
  size_t index = next_variable_++;
  if (!use_proxies_) return;
  const auto &own = scratch_.variables[index];
  size_t first = static_cast<size_t>(std::find(scratch_.variables.begin(), scratch_.variables.end(), own) -
                                     scratch_.variables.begin());
  proxies_.push_back(first < index ? proxies_[first] : std::make_shared<VariableState>(*own));
  variable = Variable(proxies_.back());
}

void FunctionTrace::fixed_text(const std::string &text) {
  arguments_.push_back({LeafInfo::Kind::fixed, path(), {}, text});
}

void FunctionTrace::start() {
  trace_.set_leaf_variables(proxies_);
  scope_.emplace(&trace_);
}

void FunctionTrace::finish(const std::vector<Tensor> &results) {
  num_outputs_ = results.size();
  program_ = trace_.finish_function(results, at_);
  scope_.reset();
}

void FunctionTrace::remove_argument(Variable &variable) {
  auto proxy = std::find(proxies_.begin(), proxies_.end(), variable.state());
  const bool is_argument = variable.defined() && proxy != proxies_.end();
  returned_variables_.push_back(is_argument ? static_cast<int>(proxy - proxies_.begin()) : -1);
  if (is_argument) variable = Variable();
}

}  // namespace etch::detail
