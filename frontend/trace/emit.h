#pragma once
// Recording one op in the current trace, with its result types and the user's line.

#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/trace/trace.h"
#include "ir/tape/tape.h"

namespace etch::detail {

/// Records `op` on `operands` in the current trace. Throws UserError "[op] reason" at the user's line when they do not
/// fit. There must be a current trace.
Tensor emit(ir::OpCode op, std::span<const Tensor> operands, std::vector<ir::Attribute> attributes, Location at);
inline Tensor emit(ir::OpCode op, std::initializer_list<Tensor> operands, std::vector<ir::Attribute> attributes,
                   Location at) {
  return emit(op, std::span<const Tensor>(operands.begin(), operands.size()), std::move(attributes), at);
}
/// An op with several results, regions or callees, whose result types are known.
std::vector<Tensor> emit_node(ir::Node node, std::span<const Tensor> operands, const std::vector<TensorType> &types,
                              Location at);

/// An etch.constant whose elements all equal one number.
Tensor emit_splat(const TensorType &type, double floating, int64_t integer, bool from_floating, Location at);
/// An etch.constant with given elements.
Tensor emit_constant(const TensorType &type, const void *elements, Location at);
/// All-equal tensor of the type of `like`, whose extents may be unknown.
Tensor emit_splat_like(const Tensor &like, double value, Location at);
/// Where an extent comes from.
struct ExtentOrigin {
  ir::ValueId value;
  int64_t axis;  ///< of `value`
  bool is_size;  ///< `value` is the extent itself
};
/// Follows an extent to where it comes from: sizes should be computed from the shapes of arguments, not of what is
/// computed from them.
ExtentOrigin origin_of_extent(const ir::Tape &tape, ir::ValueId value, int64_t axis);
/// etch.dim of one axis; a constant where the extent is known.
Tensor emit_extent(const Tensor &tensor, int axis, Location at);

/// The value under a type that knows more or fewer of its extents.
Tensor emit_as(const Tensor &value, const TensorType &type, Location at);

/// While it lives, what this thread records and what fails has one place, the caller's, and errors have one name, that
/// of the function that was called: for functions that are several ops, whose own lines and names say nothing to a
/// user. The outermost place and the outermost name count. No code of the user may run inside. `name` is a literal.
class CallerScope {
 public:
  explicit CallerScope(Location caller, std::string_view name = {});
  ~CallerScope();
  CallerScope(const CallerScope &) = delete;
  CallerScope &operator=(const CallerScope &) = delete;

 private:
  Location previous_;
  std::string_view previous_name_;
};
/// The place of the CallerScope there is, else `at`.
Location place_of(Location at);

/// The name of the CallerScope there is, else `op`.
std::string_view called_name(std::string_view op);
/// Throws UserError "[op] reason" at `at`, or with the name and place of the CallerScope there is.
[[noreturn]] void fail_op(std::string_view op, const std::string &reason, Location at);
/// What to do about operands of the wrong dtype, "" if dtypes are not the trouble.
std::string remedy_for_dtypes(ir::OpCode op, std::span<const TensorType> types);

}  // namespace etch::detail
