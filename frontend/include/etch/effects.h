#pragma once
// What happens on every run of a compiled function, in program order: printing, checking, calling back.

#include <functional>
#include <string>
#include <vector>

#include "etch/operand.h"
#include "etch/options.h"

namespace etch {

/// Prints `format` with each {} replaced by the next tensor in NumPy's layout, and a newline: at every execution, also
/// inside branches and loops of compiled functions (std::cout in a body prints once per trace). Values without a {}
/// come last; throws UserError for a {} without a value.
///
///     etch::print("loss {} at step {}", loss, step);
void print(const std::string &format, const Operands &values,
           std::source_location at = std::source_location::current());
inline void print(const std::string &format, std::source_location at = std::source_location::current()) {
  print(format, Operands{}, at);
}
// Written out, because an Operand knows its line only where it is made: at the caller.
inline void print(const std::string &format, Operand a) { print(format, Operands{a}); }
inline void print(const std::string &format, Operand a, Operand b) { print(format, Operands{a, b}); }
inline void print(const std::string &format, Operand a, Operand b, Operand c) { print(format, Operands{a, b, c}); }
inline void print(const std::string &format, Operand a, Operand b, Operand c, Operand d) {
  print(format, Operands{a, b, c, d});
}

/// Throws UserError with the message and this line unless pred, one bool, is true. Never removed from compiled code.
///
///     etch::check(etch::all(x > 0.f), "x must be positive");
void check(Operand pred, const std::string &message);

using HostCallback = std::function<std::vector<Tensor>(const std::vector<Tensor> &)>;
/// Calls a C++ function with concrete tensors on every execution. Its results must be of the given specs (static
/// shapes). It may throw: the call fails then and no variable changes. Functions that contain host calls cannot be
/// exported.
///
///     auto y = etch::host_call([](auto &in) { return std::vector{in[0]}; }, {Spec{f32, {3}}}, {x})[0];
std::vector<Tensor> host_call(HostCallback callback, const std::vector<Spec> &results, const Operands &inputs,
                              std::source_location at = std::source_location::current());

}  // namespace etch
