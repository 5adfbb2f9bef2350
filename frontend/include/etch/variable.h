#pragma once
// Variable: state that lives outside functions and that functions read and assign.

#include <memory>
#include <source_location>
#include <string>

#include "etch/tensor.h"

namespace etch {

struct Operand;
namespace detail {
struct VariableState;
}

/// A named place that holds a tensor. Copies of the handle are the same variable.
///
/// Functions capture variables by reference: a compiled function reads the value of the moment and writes its
/// assignments when the call has succeeded; a call that throws changes no variable.
///
///     etch::Variable w(etch::zeros({2}), "w");
///     w.assign_add(etch::constant({1.f, 2.f}));
class Variable {
 public:
  Variable() = default;
  /// Dtype and shape are those of `initial` for ever. Inside a trace the initial value must not depend on the
  /// function's arguments: it is computed once, at trace time. Throws UserError otherwise.
  explicit Variable(const Tensor &initial, std::string name = "variable",
                    std::source_location at = std::source_location::current());

  /// The current value: inside a trace, as of this point of the program.
  Tensor read(std::source_location at = std::source_location::current()) const;
  operator Tensor() const { return read(); }
  /// Replaces the value. Dtype and shape must fit (scalars take the variable's dtype). Gradients do not pass through.
  void assign(const Operand &value) const;
  void assign_add(const Operand &value) const;
  void assign_sub(const Operand &value) const;

  bool defined() const { return state_ != nullptr; }
  const std::string &name() const;
  const TensorType &type() const;
  DType dtype() const { return type().dtype; }
  const Shape &shape() const { return type().shape; }
  int rank() const { return type().shape.rank(); }
  int64_t size() const { return type().shape.num_elements(); }

  const std::shared_ptr<detail::VariableState> &state() const { return state_; }
  explicit Variable(std::shared_ptr<detail::VariableState> state) : state_(std::move(state)) {}
  friend bool operator==(const Variable &a, const Variable &b) { return a.state_ == b.state_; }

 private:
  std::shared_ptr<detail::VariableState> state_;
};

}  // namespace etch
