#pragma once
// Functions of several ops that are one op eagerly: compiled and cached as a whole, failing at the caller's line.

#include <bit>
#include <initializer_list>

#include "etch/ops.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/trace/emit.h"

namespace etch::detail {

/// The operand as a floating-point tensor. Throws UserError naming `op`, the type and the cast.
Tensor floating_operand(std::string_view op, const Operand &x);
/// The operand as a tensor of at least `rank` axes. Throws UserError naming `op` and the type.
Tensor operand_of_rank(std::string_view op, const Operand &x, int rank);
/// The extent of an axis. Throws UserError naming `op` when it is unknown in a trace.
int64_t known_extent(std::string_view op, const Tensor &x, int64_t axis, Location at);

/// 0 in the dtype of x, bool included.
inline Tensor zero_of(const Tensor &x) { return cast(Operand(0), x.dtype()); }

/// record(x) for a floating-point x; `settings` are the numbers that are compiled in. `name` is a literal.
template <typename Record>
Tensor compose(const char *name, const Operand &x, std::initializer_list<double> settings, Record record) {
  CallerScope caller(x.at, name);
  Tensor tensor = floating_operand(name, x);
  OpKey key(name);
  for (double setting : settings) key.add(std::bit_cast<uint64_t>(setting));
  return run_op(std::move(key), tensor, x.at, [&](std::span<const Tensor> t) { return record(t[0]); });
}

/// record(operands) for tensors whose types fit.
template <typename Record>
Tensor compose(const char *name, std::initializer_list<Tensor> operands, std::initializer_list<double> settings,
               Location at, Record record) {
  OpKey key(name);
  for (double setting : settings) key.add(std::bit_cast<uint64_t>(setting));
  return run_op(key, operands, at, record);
}

}  // namespace etch::detail
