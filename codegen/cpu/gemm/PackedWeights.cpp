#include "codegen/cpu/gemm/PackedWeights.h"

#include <map>

#include "codegen/cpu/gemm/GemmAmx.h"
#include "codegen/cpu/gemm/GemmBlocks.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/fusion/Grouping.h"
#include "runtime/executable/weights.h"

namespace etch::codegen {

namespace {

using Layout = PackedWeights::Layout;

constexpr llvm::StringLiteral kNames[] = {"rows", "panels", "pairs"};  // by Layout

/// Bytes from which an argument that lies in rows is copied: 64x256x256, 256^3, 16x400x400 and 64x128x784 gain nothing,
/// 64x512x256 2 %, 128x512x256 and 512^3 5 %, 16x512x512 8 %, 128x3072x768 10 %, 16x1024x1024 39 %.
constexpr int64_t kLeastCopied = int64_t{1} << 19;

/// Dot products of more rows or columns than these take longer than what is laid out: 16x1024x1024 380 us, panels 234.
constexpr int64_t kMostDots = 4;

/// A product without batches. Of its extents the rows may be unknown.
struct Product {
  int64_t m, n, k;
  bool isLeftTurned, isRightTurned;  ///< the left operand lies across the depth, the right one along it
};

int64_t up(int64_t x, int64_t by) { return (x + by - 1) / by; }

std::optional<Product> productOf(ir::DotGeneralOp dot) {
  auto lhs = llvm::cast<mlir::RankedTensorType>(dot.getLhs().getType());
  auto rhs = llvm::cast<mlir::RankedTensorType>(dot.getRhs().getType());
  if (lhs.getRank() != 2 || rhs.getRank() != 2 || dot.getLhsContract().size() != 1) return std::nullopt;
  const int64_t left = dot.getLhsContract()[0], right = dot.getRhsContract()[0];
  if (!rhs.hasStaticShape()) return std::nullopt;
  return Product{lhs.getDimSize(1 - left), rhs.getDimSize(1 - right), rhs.getDimSize(right), left == 0, right == 1};
}

/// What the routine would do with the operand (GemmDriver.cpp, GemmBlocks.cpp), and what spares it the packing.
std::optional<PackedWeights> layoutFor(const Product &p, const GemmTiles &tiles, const VectorUnit &unit,
                                       Policy policy) {
  if (p.m == 0 || p.n == 0 || p.k == 0) return std::nullopt;
  if (hasAmxProduct(unit, tiles.dtype, policy))
    return PackedWeights{Layout::pairs, kAmxSide, up(p.k, kAmxPart) * kAmxPart * kAmxSide};
  if (tiles.arePairs() && p.n > 1) {
    const int64_t panel = up(p.k, tiles.group) * tiles.width() + kPanelGap;
    return PackedWeights{Layout::pairs, tiles.width(), panel * tiles.group};
  }
  // Panels of f16 and u8 hold f32 and i32: constants of twice or four times the size.
  if (tiles.isNarrow()) return std::nullopt;
  const auto rows = p.isRightTurned ? std::optional(PackedWeights{Layout::rows}) : std::nullopt;
  // Tiny products keep the operand in a register (DotTiny.cpp).
  if (p.n == 1 || (is_floating(tiles.dtype) && p.n * p.k <= kLanes)) return std::nullopt;
  // Turned, it serves any number of rows; few of them would rather have rows than panels.
  if (mlir::ShapedType::isDynamic(p.m)) return rows;
  const bool hasDots = policy != Policy::strict || !is_floating(tiles.dtype);
  const bool areDots = hasDots && p.isRightTurned && !p.isLeftTurned && tiles.dotsPay(p.m, p.n, p.k);
  if (areDots && std::min(p.m, p.n) <= kMostDots) return std::nullopt;
  const int64_t most = tiles.flat.back().height;
  if (p.n <= most && p.isLeftTurned) return std::nullopt;
  // Panels of a large operand are read faster than its rows: 8x1024x1024 157 us instead of 183, 6x1024x1024 155 (162).
  const int64_t few = p.k * p.n > tiles.streamElements ? tiles.streams.back() : most;
  if (p.m <= few || p.n <= tiles.lanes) return rows;
  return PackedWeights{Layout::panels, tiles.width(), p.k * tiles.width() + kPanelGap};
}

/// What there is to do for it, as the runtime takes it.
etch_weights copyFor(const Product &p, PackedWeights weights) {
  etch_weights copy{};
  copy.depth = p.k, copy.columns = p.n;
  copy.depth_stride = p.isRightTurned ? 1 : p.n, copy.column_stride = p.isRightTurned ? p.k : 1;
  copy.group = weights.layout == Layout::pairs ? 2 : 1;
  const bool areRows = weights.layout == Layout::rows;
  copy.width = areRows ? p.n : weights.columns;
  copy.apart = areRows ? p.k * p.n : weights.apart;
  // Tiles of AMX are read in pairs.
  const bool areTiles = weights.layout == Layout::pairs && weights.columns == kAmxSide;
  const int64_t panels = areTiles ? 2 * up(p.n, 2 * kAmxSide) : up(p.n, copy.width);
  copy.elements = panels * copy.apart;
  return copy;
}

mlir::RankedTensorType typeOf(const etch_weights &copy, mlir::Type element) {
  if (copy.group == 1 && copy.apart == copy.depth * copy.width)
    return mlir::RankedTensorType::get({copy.depth, copy.columns}, element);
  return mlir::RankedTensorType::get({copy.elements / copy.apart, copy.apart}, element);
}

/// Whether what is given deserves it. A constant costs nothing more, an argument memory: it stays beside its copy.
bool isWorthACopy(const Product &p, PackedWeights weights, mlir::Value given) {
  const int64_t bytes = p.k * p.n * static_cast<int64_t>(size_of(ir::toDType(ir::typeOf(given).getElementType())));
  return llvm::isa<mlir::OpResult>(given) || p.isRightTurned || weights.layout == Layout::pairs ||
         bytes >= kLeastCopied;
}

/// The elements in their new order.
mlir::DenseElementsAttr laidOut(mlir::DenseElementsAttr from, etch_weights copy) {
  const mlir::Type element = llvm::cast<mlir::RankedTensorType>(from.getType()).getElementType();
  const size_t bytes = size_of(ir::toDType(element));
  if (from.isSplat()) copy.depth_stride = copy.column_stride = 0;
  std::vector<char> to(static_cast<size_t>(copy.elements) * bytes);
  runtime::lay_out(copy, bytes, from.getRawData().data(), to.data());
  return mlir::DenseElementsAttr::getFromRawBuffer(typeOf(copy, element), to);
}

mlir::DictionaryAttr attributeOf(PackedWeights weights, mlir::Builder b) {
  return b.getDictionaryAttr({b.getNamedAttr("layout", b.getStringAttr(kNames[static_cast<int>(weights.layout)])),
                              b.getNamedAttr("columns", b.getI64IntegerAttr(weights.columns)),
                              b.getNamedAttr("apart", b.getI64IntegerAttr(weights.apart))});
}

/// What a launch is given that is the same in every call: a constant, or an argument that the function captured. Null
/// for others.
mlir::Value weightsIn(ir::LaunchOp launch, unsigned operand) {
  mlir::Value value = launch.getInputs()[operand];
  if (auto constant = value.getDefiningOp<ir::ConstantOp>())
    return constant->hasAttr(passes::kUnwritten) ? mlir::Value() : value;
  while (auto view = value.getDefiningOp<ir::ReshapeOp>()) value = view.getOperand();
  auto argument = llvm::dyn_cast<mlir::BlockArgument>(value);
  auto function = argument ? llvm::dyn_cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp()) : nullptr;
  if (!function) return {};
  return ir::isCaptured(function, argument.getArgNumber()) ? value : mlir::Value();
}

/// The numbers of an etch_weights by name.
template <typename Visit> void forEachNumber(Visit visit) {
  visit("depth", &etch_weights::depth), visit("columns", &etch_weights::columns);
  visit("depth_stride", &etch_weights::depth_stride), visit("column_stride", &etch_weights::column_stride);
  visit("width", &etch_weights::width), visit("apart", &etch_weights::apart);
  visit("elements", &etch_weights::elements);
}

/// One more argument of the function, which holds the copy.
mlir::Value addCopy(mlir::BlockArgument argument, const etch_weights &copy) {
  auto function = llvm::cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp());
  mlir::Builder b(argument.getContext());
  mlir::NamedAttrList numbers;
  numbers.set("argument", b.getI64IntegerAttr(argument.getArgNumber()));
  numbers.set("group", b.getI64IntegerAttr(copy.group));
  forEachNumber([&](const char *name, auto member) { numbers.set(name, b.getI64IntegerAttr(copy.*member)); });
  auto attributes = b.getDictionaryAttr(b.getNamedAttr(kCopyOf, numbers.getDictionary(b.getContext())));
  const unsigned number = function.getNumArguments();
  const mlir::Type element = llvm::cast<mlir::RankedTensorType>(argument.getType()).getElementType();
  if (failed(function.insertArgument(number, typeOf(copy, element), attributes, argument.getLoc())))
    throw InternalError("the function takes no more arguments");
  return function.getArgument(number);
}

/// `weights` in their new order, made where they are.
mlir::Value addLaidOut(mlir::Value weights, const etch_weights &copy) {
  auto constant = weights.getDefiningOp<ir::ConstantOp>();
  if (!constant) return addCopy(llvm::cast<mlir::BlockArgument>(weights), copy);
  mlir::OpBuilder b(constant->getBlock(), std::next(constant->getIterator()));
  auto elements = laidOut(llvm::cast<mlir::DenseElementsAttr>(constant.getValue()), copy);
  return ir::ConstantOp::create(b, constant.getLoc(), elements.getType(), elements);
}

}  // namespace

std::optional<PackedWeights> PackedWeights::of(mlir::func::FuncOp kernel) {
  auto given = kernel->getAttrOfType<mlir::DictionaryAttr>(kWeights);
  if (!given) return std::nullopt;
  const llvm::StringRef name = given.getAs<mlir::StringAttr>("layout").getValue();
  auto number = [&](llvm::StringRef key) { return given.getAs<mlir::IntegerAttr>(key).getInt(); };
  return PackedWeights{static_cast<Layout>(llvm::find(kNames, name) - kNames), number("columns"), number("apart")};
}

void layOutWeights(mlir::ModuleOp module, Policy policy) {
  const VectorUnit unit = vectorUnitOf(module);
  llvm::MapVector<mlir::StringAttr, llvm::SmallVector<ir::LaunchOp>> launches;
  module.walk([&](ir::LaunchOp launch) { launches[launch.getKernelAttr().getAttr()].push_back(launch); });
  // By what is laid out, the matrix that it is and its layout: a square matrix may be read both ways.
  std::map<std::tuple<const void *, const void *, int64_t, int64_t, bool>, mlir::Value> made;
  llvm::SetVector<mlir::Operation *> constants;
  for (auto &[name, all] : launches) {
    auto kernel = module.lookupSymbol<mlir::func::FuncOp>(name);
    auto dots = kernel.getBody().getOps<ir::DotGeneralOp>();
    if (dots.empty()) continue;
    ir::DotGeneralOp dot = *dots.begin();
    std::optional<Product> product = productOf(dot);
    auto operand = llvm::dyn_cast<mlir::BlockArgument>(dot.getRhs());
    if (!product || !operand || !operand.hasOneUse()) continue;
    const unsigned number = operand.getArgNumber();
    if (!llvm::all_of(all, [&](ir::LaunchOp launch) { return weightsIn(launch, number); })) continue;
    const GemmTiles tiles = gemmTilesFor(ir::toDType(dot.getType().getElementType()), unit, policy);
    std::optional<PackedWeights> weights = layoutFor(*product, tiles, unit, policy);
    if (!weights || !isWorthACopy(*product, *weights, weightsIn(all.front(), number))) continue;
    mlir::DictionaryAttr layout = attributeOf(*weights, mlir::Builder(module.getContext()));
    kernel->setAttr(kWeights, layout);
    for (ir::LaunchOp launch : all) {
      mlir::Value given = weightsIn(launch, number);
      mlir::Value &other = made[{given.getAsOpaquePointer(), layout.getAsOpaquePointer(), product->k, product->n,
                                 product->isRightTurned}];
      if (!other) other = addLaidOut(given, copyFor(*product, *weights));
      if (auto *constant = given.getDefiningOp()) constants.insert(constant);
      launch.getInputsMutable()[number].set(other);
    }
  }
  for (mlir::Operation *constant : constants)
    if (constant->use_empty()) constant->erase();
}

std::vector<etch_weights> weightsOf(mlir::func::FuncOp function) {
  std::vector<etch_weights> all;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto numbers = function.getArgAttrOfType<mlir::DictionaryAttr>(i, kCopyOf);
    if (!numbers) continue;
    auto number = [&](llvm::StringRef name) { return numbers.getAs<mlir::IntegerAttr>(name).getInt(); };
    etch_weights weights{};
    weights.argument = static_cast<uint32_t>(number("argument"));
    weights.group = static_cast<uint32_t>(number("group"));
    forEachNumber([&](const char *name, auto member) { weights.*member = number(name); });
    all.push_back(weights);
  }
  return all;
}

}  // namespace etch::codegen
