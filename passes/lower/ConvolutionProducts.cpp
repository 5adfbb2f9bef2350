#include "passes/lower/ConvolutionProducts.h"

#include "mlir/IR/Builders.h"

namespace etch::passes {

using ir::typeOf;

namespace {

using mlir::Value;
using Axes = llvm::SmallVector<int64_t>;

/// A product copies x, or its result, whose rows of a window lie apart. With fewer filters that takes longer than what
/// is gained; more ones are too many for a direct kernel's L2 cache (docs/decisions/0088). A quarter, four times: no
/// kernel changes, .83.
constexpr int64_t kFewFilters = 1 << 18;
/// Fewer channels leave a direct kernel's vectors half empty (docs/decisions/0088). Half, twice: none of the measured
/// kernels changes.
constexpr int64_t kFewOutputs = 16;

/// Windows side by side divide an axis in two, [windows, place in the window]. Axes have names, those of an operand are
/// contracted that the result does not have:
///   forward     x [batch, (window, place).., inputs], filters [place.., inputs, outputs], result [batch, window..,
///               outputs]
///   by x        g [batch, window.., inputs], filters [place.., inputs, outputs], result [batch, (window, place)..,
///               outputs]
///   by filters  x [batch, (window, place).., inputs], g [window.., inputs, outputs], result [batch, place.., outputs],
///               where inputs are images and batch the channels
class WindowProduct {
 public:
  explicit WindowProduct(ir::ConvolutionOp op)
      : op(op), b(op), at(op.getLoc()), numSpatial(op.getStrides().size()), x(op.getLhs()), filters(op.getRhs()) {}

  Value find(bool strict) {
    if (numSpatial == 0 || op.getFeatureGroups() != 1 || op.getBatchGroups() != 1) return {};
    for (size_t i = 0; i < numSpatial; ++i)
      for (int64_t extent : {extentOf(x, op.getLhsAxes(), i), extentOf(filters, op.getRhsAxes(), i),
                             extentOf(op.getResult(), op.getResultAxes(), i)})
        if (mlir::ShapedType::isDynamic(extent) || extent == 0) return {};
    if (isOfPixels()) return strict ? Value() : productOfPixels();
    if (isForward()) return pays(filters) ? product(splitX(), kBoth, kPlace, kWindow) : Value();
    if (isByX()) {
      if (!pays(filters) && typeOf(filters).getDimSize(op.getRhsAxes()[0]) >= kFewOutputs) return {};
      filters = reversed(filters);
      return fitted(product(x, kWindow, kPlace, kBoth));
    }
    const bool imagesFirst = op.getLhsAxes()[1] == 0;
    if (!imagesFirst || !isByFilters() || !pays(op.getResult())) return {};
    // Where they are few, a convolution adds parts of the images (codegen/cpu/window/ConvImageParts.h).
    if (strict && !areMany(op.getResult())) return {};
    return product(splitX(), kBoth, kWindow, kPlace);
  }

 private:
  ir::ConvolutionOp op;
  mlir::OpBuilder b;
  mlir::Location at;
  const size_t numSpatial;
  Value x, filters;
  Axes windows, places;  // of each spatial axis

  static int64_t extentOf(Value value, llvm::ArrayRef<int64_t> axes, size_t i) {
    return typeOf(value).getDimSize(axes[i + 2]);
  }

  static bool areMany(Value filters) {
    return typeOf(filters).hasStaticShape() && typeOf(filters).getNumElements() > kFewFilters;
  }
  /// Only products use the units that multiply bf16 (8 x 56^2 x 32 -> 64, 2x2: 0.69 ms became 0.23).
  static bool pays(Value filters) { return typeOf(filters).getElementType().isBF16() || areMany(filters); }

  /// Sets `windows` and `places` if each axis fits.
  bool divides(llvm::function_ref<bool(size_t axis, int64_t extent, int64_t window, int64_t results)> axis) {
    windows.clear(), places.clear();
    for (size_t i = 0; i < numSpatial; ++i)
      if (!axis(i, extentOf(x, op.getLhsAxes(), i), extentOf(filters, op.getRhsAxes(), i),
                extentOf(op.getResult(), op.getResultAxes(), i)))
        return false;
    return true;
  }
  bool add(int64_t window, int64_t place) {
    windows.push_back(window), places.push_back(place);
    return true;
  }

  bool isForward() {
    return divides([&](size_t i, int64_t, int64_t window, int64_t results) {
      return op.getLow()[i] == 0 && op.getHigh()[i] <= 0 && op.getLhsDilation()[i] == 1 &&
             (op.getRhsDilation()[i] == 1 || window == 1) && (op.getStrides()[i] == window || results == 1) &&
             add(results, window);
    });
  }
  bool isByX() {
    return divides([&](size_t i, int64_t extent, int64_t window, int64_t) {
      return op.getStrides()[i] == 1 && op.getLow()[i] == window - 1 && (op.getRhsDilation()[i] == 1 || window == 1) &&
             (op.getLhsDilation()[i] == window || extent == 1) && add(extent, window);
    });
  }
  bool isByFilters() {
    return divides([&](size_t i, int64_t, int64_t window, int64_t results) {
      return op.getStrides()[i] == 1 && op.getLow()[i] == 0 && op.getHigh()[i] <= 0 && op.getLhsDilation()[i] == 1 &&
             (op.getRhsDilation()[i] == results || window == 1) && add(window, results);
    });
  }

  /// By filters of one position: sums over images and pixels as they lie, channels last.
  bool isOfPixels() {
    auto lies = [&](llvm::ArrayRef<int64_t> axes) {
      return axes[0] + 1 == static_cast<int64_t>(axes.size()) && axes[1] == 0 && llvm::is_sorted(axes.drop_front(2));
    };
    return lies(op.getLhsAxes()) && lies(op.getRhsAxes()) && op.getResultAxes()[0] < op.getResultAxes()[1] &&
           isByFilters() &&
           llvm::all_of(
               places, [](int64_t place) { return place == 1; }) &&
           typeOf(x).getShape().drop_back() == typeOf(filters).getShape().drop_back();
  }
  /// Channels by outputs; nothing moves.
  Value productOfPixels() {
    const auto pixels = llvm::to_vector(llvm::seq<int64_t>(0, typeOf(x).getRank() - 1));
    auto type = op.getType().clone({typeOf(x).getShape().back(), typeOf(filters).getShape().back()});
    Value product = ir::DotGeneralOp::create(b, at, type, x, filters, Axes{}, Axes{}, pixels, pixels);
    return reshaped(product, Axes(op.getType().getShape()));
  }

  //===-- Axes and their names -----------------------------------------------------------------------------------===//

  enum Name : int64_t { kBatch, kInputs, kOutputs, kFirstSpatial };  // then window and place of each spatial axis
  enum Spatial { kWindow = 1, kPlace = 2, kBoth = 3 };

  /// Of the axes in memory; `axes` says where those of each role are.
  Axes namesOf(llvm::ArrayRef<int64_t> axes, Name first, Name second, Spatial spatial) {
    Axes names;
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      const int64_t role = llvm::find(axes, static_cast<int64_t>(axis)) - axes.begin();
      if (role < 2) {
        names.push_back(role == 0 ? first : second);
        continue;
      }
      const int64_t name = kFirstSpatial + 2 * (role - 2);
      if (spatial & kWindow) names.push_back(name);
      if (spatial & kPlace) names.push_back(name + 1);
    }
    return names;
  }

  /// The product, its axes in the order of the result's.
  Value product(Value x, Spatial ofX, Spatial ofFilters, Spatial ofResult) {
    const Axes lhs = namesOf(op.getLhsAxes(), kBatch, kInputs, ofX),
               rhs = namesOf(op.getRhsAxes(), kOutputs, kInputs, ofFilters),
               result = namesOf(op.getResultAxes(), kBatch, kOutputs, ofResult);
    // Sums go over places, then inputs; where inputs are images, over those first.
    Axes contracted, names, shape;
    for (int64_t name : lhs)
      if (llvm::is_contained(rhs, name) && name != kInputs) contracted.push_back(name);
    llvm::sort(contracted);
    contracted.insert(ofResult == kPlace ? contracted.begin() : contracted.end(), kInputs);
    auto placesOf = [&](llvm::ArrayRef<int64_t> of) {
      Axes axes;
      for (int64_t name : contracted) axes.push_back(llvm::find(of, name) - of.begin());
      return axes;
    };
    for (auto [value, of] : {std::pair(x, &lhs), {filters, &rhs}})
      for (auto [axis, name] : llvm::enumerate(*of))
        if (!llvm::is_contained(contracted, name))
          names.push_back(name), shape.push_back(typeOf(value).getDimSize(static_cast<unsigned>(axis)));
    Value product = ir::DotGeneralOp::create(b, at, op.getType().clone(shape), x, filters, Axes{}, Axes{},
                                             placesOf(lhs), placesOf(rhs));
    Axes permutation, permuted;
    for (int64_t name : result) {
      permutation.push_back(llvm::find(names, name) - names.begin());
      permuted.push_back(shape[permutation.back()]);
    }
    return ir::TransposeOp::create(b, at, op.getType().clone(permuted), product, permutation);
  }

  //===-- Operands and results -----------------------------------------------------------------------------------===//

  /// x with its spatial axes in two; what lies behind the last windows is left out.
  Value splitX() {
    auto type = typeOf(x);
    Axes shape(type.getShape()), limits, split;
    for (size_t i = 0; i < numSpatial; ++i) shape[op.getLhsAxes()[i + 2]] = windows[i] * places[i];
    for (int64_t extent : shape) limits.push_back(mlir::ShapedType::isDynamic(extent) ? -1 : extent);
    if (type.getShape() != llvm::ArrayRef<int64_t>(shape))
      x = ir::SliceOp::create(b, at, type.clone(shape), x, Axes(shape.size(), 0), limits, Axes(shape.size(), 1));
    for (auto [axis, extent] : llvm::enumerate(shape)) {
      const int64_t role = llvm::find(op.getLhsAxes(), static_cast<int64_t>(axis)) - op.getLhsAxes().begin();
      if (role < 2)
        split.push_back(extent);
      else
        split.append({windows[role - 2], places[role - 2]});
    }
    return reshaped(x, split);
  }

  /// A product with windows and places as axes of their own as the result, which may have more or fewer elements behind
  /// the last window.
  Value fitted(Value product) {
    Axes shape(op.getType().getShape()), high(shape.size(), 0), none(shape.size(), 0);
    for (size_t i = 0; i < numSpatial; ++i) {
      const int64_t axis = op.getResultAxes()[i + 2], all = windows[i] * places[i];
      high[axis] = shape[axis] - all, shape[axis] = all;
    }
    Value joined = reshaped(product, shape);
    if (joined.getType() == op.getType()) return joined;
    auto scalar = mlir::RankedTensorType::get({}, op.getType().getElementType());
    Value zero = ir::ConstantOp::create(
        b, at, scalar,
        llvm::cast<mlir::ElementsAttr>(mlir::DenseElementsAttr::get(scalar, b.getZeroAttr(scalar.getElementType()))));
    return ir::PadOp::create(b, at, op.getType(), joined, zero, none, high, none);
  }

  Value reversed(Value value) {
    const Axes spatial(op.getRhsAxes().drop_front(2));
    auto before = value.getDefiningOp<ir::ReverseOp>();
    if (before && before.getAxes() == llvm::ArrayRef<int64_t>(spatial)) return before.getOperand();
    return ir::ReverseOp::create(b, at, value.getType(), value, spatial);
  }

  /// Unknown extents stay the ones they are, in their order.
  Value reshaped(Value value, Axes shape) {
    auto type = typeOf(value).clone(shape);
    llvm::SmallVector<Value> sizes;
    for (int64_t axis = 0; axis < typeOf(value).getRank(); ++axis)
      if (typeOf(value).isDynamicDim(axis))
        sizes.push_back(ir::DimOp::create(b, at, mlir::RankedTensorType::get({}, b.getI64Type()), value, axis));
    for (int64_t &extent : shape)
      if (mlir::ShapedType::isDynamic(extent)) extent = -1;
    return ir::ReshapeOp::create(b, at, type, value, sizes, shape);
  }
};

}  // namespace

Value productOfWindows(ir::ConvolutionOp convolution, bool strict) { return WindowProduct(convolution).find(strict); }

}  // namespace etch::passes
