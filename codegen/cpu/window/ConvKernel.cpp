// Convolutions of any layout, stride, dilation and grouping: what has no direct kernel (ConvDirect.cpp,
// ConvFilterGradient.cpp), chiefly unknown spatial extents. Sums are in the same order there, so the results are the
// same.
//
// Vectors run over output features. Each result is one running sum: over the window positions that meet the operand in
// row-major order, and over the input features inside each; what lies outside is left out. For the derivative by the
// filters, where the roles of batch and features are exchanged, the input features (images, then) are the outer loop,
// in parts (Partials.h).

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/window/ConvTile.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/MultiplyAdd.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Partials.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

class ConvEmitter {
 public:
  explicit ConvEmitter(KernelFrame &f) : f(f), op(*f.body().getOps<ir::ConvolutionOp>().begin()), unit(f.vectorUnit()) {
    dtype = ir::toDType(op.getType().getElementType());
    sumDType = accumulator_of(dtype);
    lhs = f.extents.of(op.getLhs()), rhs = f.extents.of(op.getRhs()), result = f.extents.of(op.getResult());
    numSpatial = op.getStrides().size();
    groups = static_cast<int64_t>(op.getFeatureGroups() * op.getBatchGroups());
    inputs = rhs[op.getRhsAxes()[1]];
  }

  void emit() {
    int64_t lane = op.getResultAxes()[1], first = -1, work = 1;
    for (int64_t axis = 0; axis < static_cast<int64_t>(result.size()); ++axis) {
      if (axis == lane || (first < 0 && constantOf(result[axis]) == 1)) continue;
      if (first < 0)
        first = axis;
      else
        work *= constantOf(result[axis]).value_or(1);
    }
    for (Value extent : rhs) work *= constantOf(extent).value_or(1);
    f.setTrips(first < 0 ? f.constant(1) : result[first], std::max<int64_t>(1, work));
    position.assign(result.size(), f.constant(0));
    if (imagesFirst()) {
      Values pixels;
      for (size_t i = 0; i < numSpatial; ++i) pixels.push_back(rhs[op.getRhsAxes()[i + 2]]);
      parts = passes::partsOfImages(f.extents, inputs, f.extents.product(pixels), f.extents.product(result));
    }
    overResult(0, lane, first);
  }

 private:
  KernelFrame &f;
  ir::ConvolutionOp op;
  const VectorUnit unit;
  DType dtype, sumDType;
  Extents lhs, rhs, result;
  size_t numSpatial;
  int64_t groups;
  Value inputs;
  Values position;  // in the result
  passes::SumParts parts;

  /// Batches that are features now lie outermost: see above.
  bool imagesFirst() { return op.getLhsAxes()[1] == 0 && op.getLhsAxes()[0] != 0; }

  void overResult(int64_t axis, int64_t lane, int64_t first) {
    if (axis == static_cast<int64_t>(result.size())) return overFeatures(lane);
    if (axis == lane || (constantOf(result[axis]) == 1 && axis != first)) return overResult(axis + 1, lane, first);
    bool isOuter = axis == first;
    f.loop(isOuter ? f.begin : f.constant(0), isOuter ? f.end : result[axis], 1, [&](Value i) {
      position[axis] = i;
      overResult(axis + 1, lane, first);
    });
  }

  void overFeatures(int64_t lane) {
    f.laneLoop(f.constant(0), result[lane], {}, [&](Value start, Value mask, mlir::ValueRange) {
      mlir::Type type = mlir::VectorType::get({kLanes}, registerType(sumDType, f.b.getContext()));
      Value sum = splatConstant(f.b, f.at, type, int64_t{0});
      Value input = f.constant(0);
      auto tap = [&](mlir::ValueRange sums, const Values &at) -> Values {
        return {multiplyAdd(start, mask, input, at, sums[0])};
      };
      auto overInputs = [&](Value first, Value last, mlir::ValueRange sums,
                            llvm::function_ref<Values(mlir::ValueRange)> body) -> Values {
        return f.loop(first, last, 1, sums, [&](Value i, mlir::ValueRange carried) {
          input = i;
          return body(carried);
        });
      };
      Values at;
      auto overImages = [&](Value first, Value last) {
        return overInputs(first, last, sum, [&](mlir::ValueRange s) { return overTaps(0, at, s, tap); });
      };
      Values sums;
      if (!imagesFirst()) {
        sums = overTaps(0, at, sum, [&](mlir::ValueRange s, const Values &where) {
          return overInputs(f.constant(0), inputs, s, [&](mlir::ValueRange c) { return tap(c, where); });
        });
      } else if (constantOf(parts.count) == 1) {
        sums = overImages(f.constant(0), inputs);
      } else {
        sums = f.loop(f.constant(0), parts.count, 1, sum, [&](Value part, mlir::ValueRange carried) -> Values {
          Value first = f.mul(part, parts.each);
          return {plus(carried[0], overImages(first, f.minimum(f.add(first, parts.each), inputs))[0])};
        });
      }
      Index index;
      for (Value p : position) index.push_back({p, 0, {}});
      index[lane] = {start, 1, {}};
      f.storeResults(op.getResult(), emitCast(f.b, f.at, sums[0], sumDType, dtype), index, kLanes, mask);
      return Values();
    });
  }

  /// Loops over the window positions that meet the operand: `at` holds window and operand position of each axis.
  Values overTaps(size_t i, Values &at, mlir::ValueRange sums,
                  llvm::function_ref<Values(mlir::ValueRange, const Values &)> body) {
    if (i == numSpatial) return body(sums, at);
    Value window = rhs[op.getRhsAxes()[i + 2]], extent = lhs[op.getLhsAxes()[i + 2]];
    int64_t gap = op.getLhsDilation()[i];
    return f.loop(f.constant(0), window, 1, sums, [&](Value k, mlir::ValueRange carried) -> Values {
      Value p = f.mul(position[op.getResultAxes()[i + 2]], f.constant(op.getStrides()[i]));
      p = f.add(p, f.mul(k, f.constant(op.getRhsDilation()[i])));
      p = f.sub(p, f.constant(op.getLow()[i]));
      Value inside = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::sge, p, f.constant(0));
      if (gap != 1) {
        Value rest = arith::RemSIOp::create(f.b, f.at, p, f.constant(gap));
        Value met = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, rest, f.constant(0));
        inside = arith::AndIOp::create(f.b, f.at, inside, met);
        p = arith::DivSIOp::create(f.b, f.at, p, f.constant(gap));
      }
      inside = arith::AndIOp::create(f.b, f.at, inside, f.less(p, extent));
      auto guard = mlir::scf::IfOp::create(f.b, f.at, mlir::ValueRange(carried).getTypes(), inside, true);
      mlir::OpBuilder::InsertionGuard insertion(f.b);
      f.b.setInsertionPointToStart(guard.thenBlock());
      at.append({k, p});
      mlir::scf::YieldOp::create(f.b, f.at, overTaps(i + 1, at, carried, body));
      at.pop_back_n(2);
      f.b.setInsertionPointToStart(guard.elseBlock());
      mlir::scf::YieldOp::create(f.b, f.at, carried);
      f.extents.forget();
      return llvm::to_vector_of<Value>(guard.getResults());
    });
  }

  /// Where the group of the output features in the lanes begins, counted in `each` elements a group.
  AxisIndex inGroup(Value start, Value each, Value within) {
    if (groups == 1) return {within, 0, {}};
    Value outputs = rhs[op.getRhsAxes()[0]];
    auto count = constantOf(outputs);
    if (count == groups) {
      auto step = constantOf(each);
      Value base = f.add(f.mul(start, each), within);
      if (step) return {base, *step, {}};
    }
    Value size = count ? f.constant(*count / groups)
                       : arith::DivSIOp::create(f.b, f.at, outputs, f.constant(groups)).getResult();
    if (constantOf(size).value_or(1) % kLanes == 0)
      return {f.add(f.mul(arith::DivSIOp::create(f.b, f.at, start, size), each), within), 0, {}};
    Value lanes = f.elements.materialize(f.at, {start, 1, {}});
    Value group = arith::DivSIOp::create(f.b, f.at, lanes, f.elements.splat(f.at, size));
    Value first = arith::MulIOp::create(f.b, f.at, group, f.elements.splat(f.at, each));
    return {Value(), 0, arith::AddIOp::create(f.b, f.at, first, f.elements.splat(f.at, within))};
  }

  Value multiplyAdd(Value start, Value mask, Value input, const Values &at, Value sum) {
    f.elements.enterBody(kLanes, mask);
    Index left(lhs.size()), right(rhs.size());
    Value batch = position[op.getResultAxes()[0]];
    bool batchGroups = op.getBatchGroups() > 1;
    left[op.getLhsAxes()[0]] =
        batchGroups ? inGroup(start, result[op.getResultAxes()[0]], batch) : AxisIndex{batch, 0, {}};
    left[op.getLhsAxes()[1]] = batchGroups ? AxisIndex{input, 0, {}} : inGroup(start, inputs, input);
    right[op.getRhsAxes()[0]] = {start, 1, {}};
    right[op.getRhsAxes()[1]] = {input, 0, {}};
    for (size_t i = 0; i < numSpatial; ++i) {
      right[op.getRhsAxes()[i + 2]] = {at[2 * i], 0, {}};
      left[op.getLhsAxes()[i + 2]] = {at[2 * i + 1], 0, {}};
    }
    Value x = emitCast(f.b, f.at, f.elements.vectorAt(op.getLhs(), left), dtype, sumDType);
    Value y = emitCast(f.b, f.at, f.elements.vectorAt(op.getRhs(), right), dtype, sumDType);
    return emitMultiplyAdd(f.b, f.at, x, y, sum, fusesMultiplyAdd(unit, f.policy));
  }

  Value plus(Value x, Value y) {
    if (!is_floating(dtype)) return arith::AddIOp::create(f.b, f.at, x, y);
    return arith::AddFOp::create(f.b, f.at, x, y);
  }
};

}  // namespace

void emitConvKernel(KernelFrame &f) {
  if (auto geometry = ConvGeometry::of(*f.body().getOps<ir::ConvolutionOp>().begin())) {
    if (geometry->isFilterGradient) {
      if (emitFilterGradient(f, *geometry)) return f.setForm("filter gradient in tiles");
    } else {
      if (emitPositionConv(f, *geometry)) return f.setForm("direct convolution, by window positions");
      if (emitSegmentConv(f, *geometry, Rather::thanPixels)) return f.setForm("direct convolution, by segments");
      if (emitPixelConv(f, *geometry)) return f.setForm("direct convolution, by pixels");
      if (emitSegmentConv(f, *geometry, Rather::thanOutputs)) return f.setForm("direct convolution, by segments");
      if (emitDirectConv(f, *geometry)) return f.setForm("direct convolution");
    }
  }
  f.setForm("convolution of any layout");
  ConvEmitter(f).emit();
}

}  // namespace etch::codegen
