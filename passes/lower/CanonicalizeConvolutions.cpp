#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/Passes.h"
#include "passes/lower/ConvolutionProducts.h"

namespace etch::passes {

using ir::typeOf;

#define GEN_PASS_DEF_CANONICALIZECONVOLUTIONS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;
using Axes = llvm::SmallVector<int64_t>;

/// Results that fill the lanes of a vector (docs/decisions/0128). Half, twice: none of the measured kernels changes.
constexpr int64_t kOneLine = 16;

/// The axes in the order in which a layout wants them: `order[i]` is the role (0, 1, then spatial ones) at place i.
Axes rolesInOrder(int64_t rank, bool isFilterGradient, int operand) {
  Axes order;
  auto spatial = [&] {
    for (int64_t i = 2; i < rank; ++i) order.push_back(i);
  };
  // Forward: x [b, s.., f], filters [s.., i, o]; filter gradient: x [f, s.., b], window [i, s.., o], result [s.., b,
  // f].
  if (isFilterGradient) {
    if (operand < 2) order.push_back(1);
    spatial();
    if (operand == 2) order.push_back(0);
    order.push_back(operand == 2 ? 1 : 0);
  } else {
    if (operand != 1) order.push_back(0);
    spatial();
    order.push_back(1);
    if (operand == 1) order.push_back(0);
  }
  return order;
}

class ConvolutionCanonicalizer {
 public:
  ConvolutionCanonicalizer(ir::ConvolutionOp op, bool strict)
      : op(op), b(op), at(op.getLoc()), rank(typeOf(op.getLhs()).getRank()), strict(strict) {}

  void run() {
    leaveOutUnmet();
    // Products of f16 and bf16 keep their sums in f32 themselves, and may have units of their own.
    if (isProduct()) return toProduct();
    if (Value product = productOfWindows(op, strict)) {
      op.replaceAllUsesWith(product);
      return op.erase();
    }
    if (accumulator_of(dtypeOf(op)) != dtypeOf(op)) return widen();
    reorder();
  }

 private:
  ir::ConvolutionOp op;
  mlir::OpBuilder b;
  mlir::Location at;
  int64_t rank;
  bool strict;

  Value cast(Value value, mlir::Type element) {
    return ir::CastOp::create(b, at, typeOf(value).clone(element), value, mlir::TypeAttr::get(element));
  }

  static DType dtypeOf(ir::ConvolutionOp op) { return ir::toDType(op.getType().getElementType()); }

  /// Sums of f16 and bf16 are kept in f32.
  void widen() {
    mlir::Type f32 = b.getF32Type(), narrow = op.getType().getElementType();
    auto wide = llvm::cast<ir::ConvolutionOp>(b.clone(*op));
    b.setInsertionPoint(wide);
    wide->setOperands({cast(op.getLhs(), f32), cast(op.getRhs(), f32)});
    wide.getResult().setType(op.getType().clone(f32));
    b.setInsertionPointAfter(wide);
    op.replaceAllUsesWith(cast(wide, narrow));
    op.erase();
    ConvolutionCanonicalizer(wide, strict).run();
  }

  /// Whether window position k along a spatial axis meets an element for any result.
  bool meetsElements(int64_t axis, int64_t k) {
    const int64_t extent = typeOf(op.getLhs()).getDimSize(op.getLhsAxes()[axis + 2]),
                  results = op.getType().getDimSize(op.getResultAxes()[axis + 2]), gap = op.getLhsDilation()[axis],
                  stride = op.getStrides()[axis], at = k * op.getRhsDilation()[axis] - op.getLow()[axis];
    const int64_t first = at < 0 ? (-at + stride - 1) / stride : 0;
    // Which elements are gaps comes again after as many results.
    for (int64_t p = first; p < std::min(results, first + gap); ++p)
      if ((p * stride + at) % gap == 0 && (p * stride + at) / gap < extent) return true;
    return false;
  }

  /// Leaves out the ends of a window that meet no elements, where they are most of it: a window that reaches far over a
  /// small picture. Filters in another layout are transposed before they are multiplied, all of them; those that lie as
  /// kernels read them are cut only where a product is left, because the kernels skip the others by themselves.
  void leaveOutUnmet() {
    for (Value value : {op.getLhs(), op.getRhs(), op.getResult()})
      if (!typeOf(value).hasStaticShape() || typeOf(value).getNumElements() == 0) return;
    Axes begins(rank, 0), limits(typeOf(op.getRhs()).getShape()), shape(limits), low(op.getLow()), high(op.getHigh());
    for (int64_t i = 0; i + 2 < rank; ++i) {
      const int64_t axis = op.getRhsAxes()[i + 2];
      int64_t &first = begins[axis], &last = limits[axis];
      while (last > 1 && !meetsElements(i, last - 1)) --last, high[i] -= op.getRhsDilation()[i];
      while (first + 1 < last && !meetsElements(i, first)) ++first, low[i] -= op.getRhsDilation()[i];
      shape[axis] = last - first;
    }
    auto type = typeOf(op.getRhs()).clone(shape);
    const int64_t positions = type.getNumElements() / (shape[op.getRhsAxes()[0]] * shape[op.getRhsAxes()[1]]);
    const bool inPlace = isOrdered(op.getRhsAxes(), rolesInOrder(rank, false, 1)) ||
                         isOrdered(op.getRhsAxes(), rolesInOrder(rank, true, 1));
    if (inPlace && positions > 1) return;
    if (2 * type.getNumElements() > typeOf(op.getRhs()).getNumElements()) return;
    Value met = ir::SliceOp::create(b, at, type, op.getRhs(), begins, limits, Axes(rank, 1));
    auto small = ir::ConvolutionOp::create(b, at, op.getType(), op.getLhs(), met, op.getStrides(), low, high,
                                           op.getLhsDilation(), op.getRhsDilation(), op.getLhsAxes(), op.getRhsAxes(),
                                           op.getResultAxes(), op.getFeatureGroups(), op.getBatchGroups());
    op.replaceAllUsesWith(small.getResult());
    b.setInsertionPoint(small);
    op.erase();
    op = small;
  }

  /// Windows of one element, not grouped, and no borders: each result position is a product of its own.
  bool isProduct() {
    if (op.getFeatureGroups() != 1 || op.getBatchGroups() != 1) return false;
    for (int64_t i = 0; i + 2 < rank; ++i)
      if (typeOf(op.getRhs()).getDimSize(op.getRhsAxes()[i + 2]) != 1 || op.getLow()[i] != 0 || op.getHigh()[i] != 0 ||
          op.getLhsDilation()[i] != 1)
        return false;
    return true;
  }

  void toProduct() {
    Value lhs = op.getLhs();
    Axes none(rank, 0), limits, strides(rank, 1), shape(typeOf(lhs).getShape());
    for (auto [i, stride] : llvm::enumerate(op.getStrides())) {
      int64_t axis = op.getLhsAxes()[i + 2];
      strides[axis] = stride;
      if (!mlir::ShapedType::isDynamic(shape[axis])) shape[axis] = (shape[axis] + stride - 1) / stride;
    }
    for (int64_t extent : typeOf(lhs).getShape()) limits.push_back(mlir::ShapedType::isDynamic(extent) ? -1 : extent);
    if (llvm::any_of(strides, [](int64_t stride) { return stride != 1; }))
      lhs = ir::SliceOp::create(b, at, typeOf(lhs).clone(shape), lhs, none, limits, strides);
    // The window's axes of one element go into a sum over nothing: filters [inputs, outputs] or the other way round.
    auto filterType = typeOf(op.getRhs());
    int64_t outputs = op.getRhsAxes()[0], inputs = op.getRhsAxes()[1];
    bool outputsFirst = outputs < inputs;
    Axes matrix{filterType.getDimSize(outputsFirst ? outputs : inputs),
                filterType.getDimSize(outputsFirst ? inputs : outputs)};
    llvm::SmallVector<Value> sizes;
    Axes attribute(matrix);
    for (auto [i, extent] : llvm::enumerate(attribute)) {
      if (!mlir::ShapedType::isDynamic(extent)) continue;
      sizes.push_back(ir::DimOp::create(b, at, mlir::RankedTensorType::get({}, b.getI64Type()), op.getRhs(),
                                        (i == 0) == outputsFirst ? outputs : inputs));
      extent = -1;
    }
    Value filters = ir::ReshapeOp::create(b, at, filterType.clone(matrix), op.getRhs(), sizes, attribute);
    int64_t feature = op.getLhsAxes()[1];
    Axes free, productShape, permutation(rank);
    for (int64_t axis = 0; axis < rank; ++axis)
      if (axis != feature) free.push_back(axis), productShape.push_back(shape[axis]);
    productShape.push_back(filterType.getDimSize(outputs));
    Value product = ir::DotGeneralOp::create(b, at, typeOf(lhs).clone(productShape), lhs, filters, Axes{}, Axes{},
                                             Axes{feature}, Axes{outputsFirst ? 1 : 0});
    // Roles of the product's axes are those of lhs, and the outputs come last.
    for (int64_t role = 0; role < rank; ++role) {
      int64_t from = role == 1 ? rank - 1 : llvm::find(free, op.getLhsAxes()[role]) - free.begin();
      permutation[op.getResultAxes()[role]] = from;
    }
    op.replaceAllUsesWith(transpose(product, permutation));
    op.erase();
  }

  Value transpose(Value value, llvm::ArrayRef<int64_t> permutation) {
    if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size()))) return value;
    Axes shape;
    for (int64_t axis : permutation) shape.push_back(typeOf(value).getDimSize(axis));
    return ir::TransposeOp::create(b, at, typeOf(value).clone(shape), value, permutation);
  }

  static bool isOrdered(llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> order) {
    for (auto [place, role] : llvm::enumerate(order))
      if (axes[role] != static_cast<int64_t>(place)) return false;
    return true;
  }
  /// How many of x and the window lie as a layout wants them.
  int fits(bool isFilterGradient) {
    return isOrdered(op.getLhsAxes(), rolesInOrder(rank, isFilterGradient, 0)) +
           isOrdered(op.getRhsAxes(), rolesInOrder(rank, isFilterGradient, 1));
  }

  /// A window larger than the places it takes is a cotangent that sums over pixels.
  bool hasLargeWindow() {
    for (int64_t i = 0; i + 2 < rank; ++i) {
      int64_t window = typeOf(op.getRhs()).getDimSize(op.getRhsAxes()[i + 2]);
      int64_t places = op.getType().getDimSize(op.getResultAxes()[i + 2]);
      if (mlir::ShapedType::isDynamic(window) != mlir::ShapedType::isDynamic(places))
        return mlir::ShapedType::isDynamic(window);
      if (window != places) return window > places;
    }
    return false;
  }

  /// One picture of one channel to one output, in one axis, for a vector of results or more: batch and features are one
  /// element each, whichever is which, and lanes are filled by the forward layout alone.
  bool isOneLine() {
    int64_t last = rank - 1;
    for (int64_t role = 0; role < 2; ++role)
      if (typeOf(op.getLhs()).getDimSize(op.getLhsAxes()[role]) != 1 ||
          typeOf(op.getRhs()).getDimSize(op.getRhsAxes()[role]) != 1)
        return false;
    for (int64_t role = 2; role < last; ++role)
      if (typeOf(op.getRhs()).getDimSize(op.getRhsAxes()[role]) != 1 ||
          op.getType().getDimSize(op.getResultAxes()[role]) != 1)
        return false;
    return op.getType().getDimSize(op.getResultAxes()[last]) >= kOneLine;
  }

  /// Moves the axes into the layout that needs less, or that the sizes speak for.
  void reorder() {
    bool isFilterGradient =
        !isOneLine() && (fits(true) > fits(false) || (fits(true) == fits(false) && hasLargeWindow()));
    if (isFilterGradient ? op.getFeatureGroups() > 1 : op.getBatchGroups() > 1) return;
    std::array<llvm::ArrayRef<int64_t>, 3> axes{op.getLhsAxes(), op.getRhsAxes(), op.getResultAxes()};
    std::array<Axes, 3> permutations, places;
    bool ordered = true;
    for (int i = 0; i < 3; ++i) {
      Axes order = rolesInOrder(rank, isFilterGradient, i);
      places[i].resize(rank);
      for (auto [place, role] : llvm::enumerate(order)) {
        permutations[i].push_back(axes[i][role]);
        places[i][role] = static_cast<int64_t>(place);
      }
      ordered &= isOrdered(axes[i], order);
    }
    if (ordered) return;
    Value lhs = transpose(op.getLhs(), permutations[0]), rhs = transpose(op.getRhs(), permutations[1]);
    Axes shape, back(rank);
    for (int64_t axis : permutations[2]) shape.push_back(op.getType().getDimSize(axis));
    for (auto [place, axis] : llvm::enumerate(permutations[2])) back[axis] = static_cast<int64_t>(place);
    Value result = ir::ConvolutionOp::create(b, at, op.getType().clone(shape), lhs, rhs, op.getStrides(), op.getLow(),
                                             op.getHigh(), op.getLhsDilation(), op.getRhsDilation(), places[0],
                                             places[1], places[2], op.getFeatureGroups(), op.getBatchGroups());
    op.replaceAllUsesWith(transpose(result, back));
    op.erase();
  }
};

struct CanonicalizeConvolutions : impl::CanonicalizeConvolutionsBase<CanonicalizeConvolutions> {
  using impl::CanonicalizeConvolutionsBase<CanonicalizeConvolutions>::CanonicalizeConvolutionsBase;

  void runOnOperation() override {
    llvm::SmallVector<ir::ConvolutionOp> convolutions;
    getOperation().walk([&](ir::ConvolutionOp op) { convolutions.push_back(op); });
    for (ir::ConvolutionOp op : convolutions) ConvolutionCanonicalizer(op, strict).run();
  }
};

}  // namespace
}  // namespace etch::passes
