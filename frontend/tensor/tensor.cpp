#include "etch/tensor.h"

#include <ostream>

#include "etch/ops.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/format.h"

namespace etch {
namespace {

[[noreturn]] void fail_symbolic(const Tensor &tensor, const char *what, Location at) {
  const detail::TensorBody &body = *tensor.body();
  if (!body.token->trace) detail::require_concrete(tensor, at);
  throw UserError(
      std::string(what) + " of a tensor while '" + body.token->name +
          "' is being traced: it has no value yet (made at " + to_string(body.created) +
          "). To see it on every run use etch::print(\"{}\", x); to debug with values turn tracing off with "
          "etch::run_functions_eagerly(true); or return it from the function and read it there",
      at);
}

}  // namespace

void Tensor::detail_fail_undefined() { detail::fail_empty_tensor({}); }
void Tensor::detail_fail_unknown_size(std::source_location at) const {
  detail::fail_op("size",
                  "the number of elements of " + to_string(type()) +
                      " is not known while tracing; etch::dim(x, axis) is an extent as a tensor",
                  at);
}

const void *Tensor::data(std::source_location at) const {
  if (!body_) detail::fail_empty_tensor(at);
  if (body_->token) fail_symbolic(*this, "[data] reading the elements", at);
  detail::require_concrete(*this, at);
  return body_->data;
}

const void *Tensor::read(DType wanted, bool one_element, std::source_location at) const {
  const char *op = one_element ? "[item]" : "[to_vector]";
  if (!body_) throw UserError(std::string(op) + " an empty Tensor was used; assign it a value first", at);
  if (body_->token)
    fail_symbolic(*this, one_element ? "[item] reading the value" : "[to_vector] reading the elements", at);
  detail::require_concrete(*this, at);
  if (wanted != dtype())
    throw UserError(std::string(op) + " the tensor is " + to_string(type()) + " but " + std::string(name_of(wanted)) +
                        " was asked for; ask for the C++ type of " + std::string(name_of(dtype())) +
                        ", or convert first with etch::cast(x, etch::" +
                        (wanted == DType::boolean ? "boolean" : std::string(name_of(wanted))) + ")",
                    at);
  if (one_element && size() != 1)
    throw UserError("[item] needs a tensor with one element; this one is " + to_string(type()) +
                        "; use to_vector or reduce it first",
                    at);
  return body_->data;
}

Tensor::operator bool() const {
  if (!body_) detail_fail_undefined();
  if (body_->token) {
    if (!body_->token->trace) detail::require_concrete(*this, {});
    throw UserError(
        "a tensor of '" + body_->token->name +
            "' was used as a C++ condition while it is being traced, so its value is not "
            "known: use etch::cond(p, f, g) or etch::where for a branch, etch::while_loop for a loop, & and | "
            "for && and ||",
        body_->created);
  }
  detail::require_concrete(*this, {});
  if (size() != 1)
    throw UserError("the truth of " + to_string(type()) + " is ambiguous; reduce it first with etch::any or etch::all",
                    body_->created);
  auto *bytes = static_cast<const unsigned char *>(body_->data);
  switch (dtype()) {
    case DType::f16: return static_cast<float>(item<half>()) != 0;
    case DType::bf16: return static_cast<float>(item<bfloat16>()) != 0;
    case DType::f32: return item<float>() != 0;
    case DType::f64: return item<double>() != 0;
    default: break;
  }
  for (size_t i = 0; i < size_of(dtype()); ++i)
    if (bytes[i]) return true;
  return false;
}

std::string to_numpy_string(const Tensor &tensor) {
  if (tensor.is_symbolic()) fail_symbolic(tensor, "[print] printing the value", tensor.body()->created);
  detail::require_concrete(tensor, {});
  return format_tensor({tensor.dtype(), tensor.shape().dims(), tensor.body()->data});
}

std::ostream &operator<<(std::ostream &os, const Tensor &tensor) {
  if (!tensor.defined()) return os << "<empty tensor>";
  return os << to_numpy_string(tensor) << " shape=" << tensor.shape() << " dtype=" << name_of(tensor.dtype());
}

//===-- Scalar -----------------------------------------------------------------------------------------------===//

Scalar::Scalar(const Tensor &tensor, std::source_location at) : tensor_(tensor) {
  if (!tensor.defined()) detail::fail_empty_tensor(at);
  if (tensor.rank() != 0)
    detail::fail_op("Scalar",
                    "a Scalar is one number; got " + to_string(tensor.type()) + "; index it, or reduce it first", at);
  kind_ = is_floating(tensor.dtype()) ? f64 : tensor.dtype() == boolean ? boolean : i64;
  if (tensor.dtype() == kind_) return;
  tensor_ = cast(Operand(tensor, at), kind_);
  tensor_.body()->weak = true;
}

double Scalar::value(std::source_location at) const {
  if (is_symbolic()) fail_symbolic(tensor_, "[value] reading the number", at);
  if (!tensor_.defined()) return kind_ == DType::f64 ? storage_.floating : static_cast<double>(storage_.integer);
  switch (kind_) {
    case DType::f64: return tensor_.item<double>(at);
    case DType::i64: return static_cast<double>(tensor_.item<int64_t>(at));
    default: return tensor_.item<bool>(at);
  }
}

Tensor Scalar::tensor() const {
  if (tensor_.defined()) return tensor_;
  Tensor tensor = detail::literal(kind_, storage_.floating, storage_.integer, kind_ == DType::f64, {});
  tensor.body()->weak = true;
  return tensor;
}

}  // namespace etch
