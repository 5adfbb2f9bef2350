#pragma once
// Tensor: a handle to values, either here already or still to be computed by the function being traced.

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <source_location>
#include <string>
#include <vector>

#include "etch/detail/tensor_body.h"
#include "etch/device.h"
#include "etch/shaping.h"
#include "runtime/base/dtype.h"
#include "runtime/base/error.h"
#include "runtime/base/tensor_type.h"

namespace etch {

/// A dense row-major array of one dtype. Cheap to copy: copies share the elements, which never change.
///
/// Outside a trace a tensor is concrete. Inside the body of an etch::function it is symbolic: it has a dtype and a
/// shape (unknown extents are kDynamic) but no elements, and reading them is an error that says what to do instead.
///
///     etch::Tensor a = etch::constant({{1.f, 2.f}, {3.f, 4.f}});
///     std::cout << a + 1.f << '\n';   // [[2. 3.]
///                                     //  [4. 5.]] shape=[2,2] dtype=f32
class Tensor {
 public:
  /// An empty handle; using it in an op is an error.
  Tensor() = default;
  Tensor(const Tensor &) = default;
  Tensor(Tensor &&) = default;
  Tensor &operator=(const Tensor &) & = default;
  Tensor &operator=(Tensor &&) & = default;
  Tensor &operator=(const Tensor &) && = delete;  // x[0] = y changes nothing: etch::dynamic_update_slice gives a new x

  bool defined() const { return static_cast<bool>(body_); }
  /// True for a value of a function that is being traced.
  bool is_symbolic() const { return body_ && body_->token != nullptr; }
  DType dtype() const { return type().dtype; }
  const Shape &shape() const { return type().shape; }
  int rank() const { return type().shape.rank(); }
  /// Throws UserError for an empty handle.
  const TensorType &type() const {
    if (!body_) detail_fail_undefined();
    return body_->type;
  }
  /// Where the elements are.
  Device device() const;
  /// Number of elements. Throws UserError while one of the extents is unknown: etch::dim gives those as tensors.
  int64_t size(std::source_location at = std::source_location::current()) const {
    const int64_t count = shape().num_elements();
    if (count < 0) [[unlikely]]
      detail_fail_unknown_size(at);
    return count;
  }

  /// The value of a tensor with one element. T must be the dtype's C++ type (f16: etch::half, bf16: etch::bfloat16).
  /// Throws UserError when T differs, when there is not exactly one element, or for a symbolic tensor.
  ///
  ///     etch::constant(2.5f).item<float>()  // 2.5f
  template <Element T> T item(std::source_location at = std::source_location::current()) const {
    return *static_cast<const T *>(read(dtype_of<T>, true, at));
  }
  /// All elements in row-major order. Throws UserError as item() does.
  template <Element T> std::vector<T> to_vector(std::source_location at = std::source_location::current()) const {
    const T *elements = static_cast<const T *>(read(dtype_of<T>, false, at));
    std::vector<T> out(static_cast<size_t>(size()));
    for (size_t i = 0; i < out.size(); ++i) out[i] = elements[i];
    return out;
  }
  /// The elements in place, valid while a handle lives. Throws UserError for a symbolic tensor.
  const void *data(std::source_location at = std::source_location::current()) const;

  /// Part i of the first axis: x[i] has one axis less. Negative i count from the end.
  Tensor operator[](Index index) const;
  /// A regular part: one Range for each leading axis.
  ///
  ///     x[{{1, 3}}]      // rows 1 and 2
  ///     x[{0, {1, 3}}]   // of row 0, columns 1 and 2
  ///     x[{5}]           // row 5, as x[5]
  Tensor operator[](std::initializer_list<Range> ranges) const {
    return (*this)[Ranges(ranges, ranges.size() ? ranges.begin()->at : std::source_location())];
  }
  Tensor operator[](const Ranges &ranges) const;
  /// The truth of a concrete tensor with one element. For a symbolic tensor a UserError recommends cond or while_loop.
  explicit operator bool() const;

  /// For libetch: adopt or look at the body.
  explicit Tensor(detail::TensorRef body) : body_(std::move(body)) {}
  detail::TensorBody *body() const { return body_.get(); }

 private:
  const void *read(DType dtype, bool one_element, std::source_location at) const;
  [[noreturn]] static void detail_fail_undefined();
  [[noreturn]] void detail_fail_unknown_size(std::source_location at) const;

  detail::TensorRef body_;
};

/// The elements as NumPy prints them, without shape and dtype.
std::string to_numpy_string(const Tensor &tensor);
/// NumPy's layout, then shape and dtype: "[1. 2.] shape=[2] dtype=f32". Throws UserError for a symbolic tensor.
std::ostream &operator<<(std::ostream &os, const Tensor &tensor);

}  // namespace etch
