#include "tools/etch-pack/CommonOps.h"

#include <cmath>

namespace etch::pack {

namespace {

/// Numbers of both signs, no two equal, small enough for every dtype; none is 0, by which integers cannot be divided.
Tensor sample(const Shape &shape, DType dtype, int seed = 0) {
  std::vector<double> values;
  for (int64_t i = 0; i < shape.num_elements(); ++i) {
    double value = std::fmod(0.7310585 * static_cast<double>(i + 1) + 0.37 * seed, 5.0) - 2.3;
    values.push_back(dtype == f32 || dtype == f64 ? value : value < 0 ? value - 1 : value + 1);
  }
  if (dtype == f64) return from_vector(values, shape);
  if (dtype == f32) return from_vector(std::vector<float>(values.begin(), values.end()), shape);
  if (dtype == i32) return from_vector(std::vector<int32_t>(values.begin(), values.end()), shape);
  if (dtype == i64) return from_vector(std::vector<int64_t>(values.begin(), values.end()), shape);
  if (dtype == u8) {
    std::vector<uint8_t> bytes;
    for (double value : values) bytes.push_back(static_cast<uint8_t>(std::fabs(value)));
    return from_vector(bytes, shape);
  }
  std::vector<bool> bools;
  for (double value : values) bools.push_back(value > 0);
  return from_vector(bools, shape);
}

class Collector {
 public:
  std::vector<CommonOp> all;

  using Unary = Tensor (*)(Operand);
  using Binary = Tensor (*)(Operand, Operand);

  void unary(const char *name, Unary op, const std::vector<DType> &dtypes) {
    for (DType dtype : dtypes)
      for (const Shape &shape : shapesOf(dtype)) add(name, dtype, shape, [=] { return op(sample(shape, dtype)); });
  }

  void binary(const char *name, Binary op, const std::vector<DType> &dtypes, bool mixed = true) {
    for (DType dtype : dtypes) {
      for (const Shape &shape : shapesOf(dtype)) {
        add(name, dtype, shape, [=] { return op(sample(shape, dtype), sample(shape, dtype, 1)); });
        if (!mixed || shape.rank() == 0) continue;
        // With a number on either side.
        add(name, dtype, shape, [=] { return op(sample(shape, dtype), sample({}, dtype, 1)); });
        add(name, dtype, shape, [=] { return op(sample({}, dtype), sample(shape, dtype, 1)); });
      }
      if (!mixed) continue;
      // A matrix with a row, a row of rank 2, and a column.
      for (const Shape &other : {Shape{5}, Shape{1, 5}, Shape{3, 1}})
        add(name, dtype, other, [=] { return op(sample({3, 5}, dtype), sample(other, dtype, 1)); });
      if (dtype != f32) continue;
      // More axes with a row, and with what a reduction of the last axis kept.
      for (const Shape &shape : {Shape{2, 3, 5}, Shape{2, 3, 4, 5}})
        add(name, dtype, shape, [=] { return op(sample(shape, dtype), sample({5}, dtype, 1)); });
      add(name, dtype, {2, 3, 1}, [=] { return op(sample({2, 3, 5}, dtype), sample({2, 3, 1}, dtype, 1)); });
    }
  }

  void reduction(const char *name, Tensor (*op)(Operand, Axes, bool), const std::vector<DType> &dtypes) {
    for (DType dtype : dtypes)
      for (const Shape &shape : {Shape{7}, Shape{3, 5}, Shape{2, 3, 5}, Shape{2, 3, 4, 5}}) {
        if (shape.rank() == 4) {  // pictures: their pixels, and all but their channels
          for (const Axes &axes : {Axes{}, Axes{1, 2}, Axes{0, 1, 2}})
            add(name, dtype, shape, [=] { return op(sample(shape, dtype), axes, false); });
          continue;
        }
        add(name, dtype, shape, [=] { return op(sample(shape, dtype), {}, false); });
        for (int64_t axis = 0; axis < shape.rank() && shape.rank() > 1; ++axis)
          for (bool keepdims : {false, true})
            add(name, dtype, shape, [=] { return op(sample(shape, dtype), {axis}, keepdims); });
      }
  }

  void add(const char *name, DType dtype, const Shape &shape, std::function<Tensor()> run) {
    all.push_back({std::string(name) + " " + to_string(TensorType{dtype, shape}), std::move(run)});
  }

 private:
  static std::vector<Shape> shapesOf(DType dtype) {
    if (dtype == f32) return {{}, {7}, {3, 5}, {2, 3, 5}, {2, 3, 4, 5}};
    return {{}, {7}, {3, 5}};
  }
};

}  // namespace

std::vector<CommonOp> commonOps() {
  const std::vector<DType> floats = {f32, f64}, numbers = {f32, f64, i32, i64}, bools = {boolean};
  Collector ops;
  // Lambdas: some of the functions have further parameters, or are overloaded.
#define UNARY(op, dtypes) ops.unary(#op, [](Operand x) { return etch::op(x); }, dtypes)
#define BINARY(op, dtypes) ops.binary(#op, [](Operand x, Operand y) { return etch::op(x, y); }, dtypes)
#define REDUCTION(op, dtypes) \
  ops.reduction(#op, [](Operand x, Axes axes, bool keep) { return etch::op(x, axes, keep); }, dtypes)
  UNARY(neg, numbers);
  UNARY(abs, numbers);
  UNARY(square, floats);
  UNARY(sqrt, floats);
  UNARY(exp, floats);
  UNARY(log, floats);
  UNARY(tanh, floats);
  UNARY(sigmoid, floats);
  UNARY(relu, floats);
  UNARY(sin, floats);
  UNARY(cos, floats);
  UNARY(log1p, floats);
  UNARY(erf, floats);
  UNARY(rsqrt, floats);
  UNARY(sign, floats);
  UNARY(floor, floats);
  UNARY(round, floats);
  UNARY(gelu, floats);
  UNARY(silu, floats);
  UNARY(logical_not, bools);
  BINARY(add, numbers);
  BINARY(sub, numbers);
  BINARY(mul, numbers);
  BINARY(div, floats);
  BINARY(maximum, floats);
  BINARY(minimum, floats);
  BINARY(less, floats);
  BINARY(greater, floats);
  BINARY(less_equal, floats);
  BINARY(greater_equal, floats);
  BINARY(pow, floats);
  BINARY(equal, numbers);
  BINARY(not_equal, numbers);
  ops.binary("logical_and", [](Operand x, Operand y) { return logical_and(x, y); }, bools, /*mixed=*/false);
  ops.binary("logical_or", [](Operand x, Operand y) { return logical_or(x, y); }, bools, /*mixed=*/false);
  REDUCTION(sum, numbers);
  REDUCTION(mean, floats);
  REDUCTION(max, floats);
  REDUCTION(min, floats);
  REDUCTION(any, bools);
  REDUCTION(all, bools);
#undef UNARY
#undef BINARY
#undef REDUCTION
  for (DType dtype : floats) {
    for (const Shape &shape : {Shape{7}, Shape{3, 5}, Shape{2, 3, 5}}) {
      ops.add("argmax", dtype, shape, [=] { return argmax(sample(shape, dtype)); });
      ops.add("argmin", dtype, shape, [=] { return argmin(sample(shape, dtype)); });
      ops.add("softmax", dtype, shape, [=] { return softmax(sample(shape, dtype)); });
      ops.add("log_softmax", dtype, shape, [=] { return log_softmax(sample(shape, dtype)); });
      ops.add("variance", dtype, shape, [=] { return variance(sample(shape, dtype), -1); });
    }
    ops.add("argmax of columns", dtype, {3, 5}, [=] { return argmax(sample({3, 5}, dtype), 0); });
    ops.add("transpose", dtype, {3, 5}, [=] { return transpose(sample({3, 5}, dtype)); });
    for (DType other : {f32, f64, i32, i64, u8, boolean})
      for (const Shape &shape : {Shape{}, Shape{7}, Shape{3, 5}})
        if (other != dtype) {
          ops.add("cast to", other, shape, [=] { return cast(sample(shape, dtype), other); });
          ops.add("cast from", other, shape, [=] { return cast(sample(shape, other), dtype); });
        }
    for (const Shape &shape : {Shape{}, Shape{7}, Shape{3, 5}})
      ops.add("where", dtype, shape,
              [=] { return where(sample(shape, boolean), sample(shape, dtype), sample(shape, dtype, 1)); });
  }
  for (DType dtype : numbers) {
    for (bool first : {false, true})
      for (bool second : {false, true})
        ops.add("matmul", dtype, {}, [=] {
          return matmul(sample(first ? Shape{5, 3} : Shape{3, 5}, dtype),
                        sample(second ? Shape{4, 5} : Shape{5, 4}, dtype, 1), first, second);
        });
    ops.add("matmul with a vector", dtype, {}, [=] { return matmul(sample({3, 5}, dtype), sample({5}, dtype, 1)); });
    ops.add("matmul of batches", dtype, {},
            [=] { return matmul(sample({2, 3, 5}, dtype), sample({2, 5, 4}, dtype, 1)); });
  }
  // What programs do around their compiled functions: data in, parameters updated, results put together.
  for (const Shape &shape : {Shape{2, 3, 5}, Shape{2, 3, 4, 5}})
    ops.add("cast from", u8, shape, [=] { return cast(sample(shape, u8), f32); });
  for (const Shape &shape : {Shape{7}, Shape{3, 5}, Shape{2, 3, 5}})
    for (int64_t axis = 0; axis < shape.rank(); ++axis)
      ops.add("concatenate", f32, shape,
              [=] { return concatenate({sample(shape, f32), sample(shape, f32, 1)}, axis); });
  for (const Shape &shape : {Shape{7}, Shape{3, 5}}) {
    ops.add("stack", f32, shape, [=] { return stack({sample(shape, f32), sample(shape, f32, 1)}); });
    for (DType dtype : {i32, i64})
      ops.add("take", f32, shape, [=] { return take(sample(shape, f32), cast(constant({2, 0, 1}), dtype)); });
  }
  ops.add("sparse_softmax_cross_entropy", f32, {3, 5},
          [] { return sparse_softmax_cross_entropy(sample({3, 5}, f32), constant({4, 0, 2})); });
  for (const Shape &shape : {Shape{}, Shape{7}, Shape{3, 5}, Shape{2, 3, 5}, Shape{2, 3, 4, 5}})
    ops.add("Adam", f32, shape, [=] {
      Variable parameter(sample(shape, f32));
      nn::Adam({parameter}).apply({sample(shape, f32, 1)});
      return parameter.read();
    });
  return ops.all;
}

Tensor multiply(DType dtype, Policy policy) {
  const DType exact = is_floating(dtype) ? f32 : dtype;
  Tensor x = cast(sample({3, 5}, exact), dtype), y = cast(sample({5, 4}, exact, 1), dtype);
  PolicyScope scope(policy);
  return matmul(x, y);
}

}  // namespace etch::pack
