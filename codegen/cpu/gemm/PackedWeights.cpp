#include "codegen/cpu/gemm/PackedWeights.h"

#include <cstring>
#include <map>

#include "codegen/cpu/gemm/GemmAmx.h"
#include "codegen/cpu/gemm/GemmBlocks.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace {

using Layout = PackedWeights::Layout;

constexpr llvm::StringLiteral kNames[] = {"rows", "panels", "pairs"};  // by Layout

/// A product whose extents are known, without batches.
struct Product {
  int64_t m, n, k;
  bool isLeftTurned, isRightTurned;  ///< the left operand lies across the depth, the right one along it
};

int64_t up(int64_t x, int64_t by) { return (x + by - 1) / by; }

std::optional<Product> productOf(ir::DotGeneralOp dot) {
  auto lhs = llvm::cast<mlir::RankedTensorType>(dot.getLhs().getType());
  auto rhs = llvm::cast<mlir::RankedTensorType>(dot.getRhs().getType());
  if (!lhs.hasStaticShape() || lhs.getRank() != 2 || rhs.getRank() != 2 || dot.getLhsContract().size() != 1)
    return std::nullopt;
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
  // Panels of f16 and u8 hold f32 and i32: constants of twice or four times the size.
  if (tiles.isNarrow()) return std::nullopt;
  const auto rows = p.isRightTurned ? std::optional(PackedWeights{Layout::rows}) : std::nullopt;
  const bool hasDots = policy != Policy::strict || !is_floating(tiles.dtype);
  if (p.n == 1 || (hasDots && p.isRightTurned && !p.isLeftTurned && std::min(p.m, p.n) <= tiles.dotsUpTo))
    return std::nullopt;
  const int64_t few = tiles.flat.back().height;
  if (p.n <= few && p.isLeftTurned) return std::nullopt;
  if (p.m <= few || p.n <= tiles.lanes) return rows;
  return PackedWeights{Layout::panels, tiles.width(), p.k * tiles.width() + kPanelGap};
}

/// The elements in their new order.
mlir::DenseElementsAttr packed(mlir::DenseElementsAttr from, const Product &p, PackedWeights weights) {
  const auto type = llvm::cast<mlir::RankedTensorType>(from.getType());
  const auto bytes = static_cast<int64_t>(size_of(ir::toDType(type.getElementType())));
  const int64_t deep = p.isRightTurned ? 1 : p.n, across = p.isRightTurned ? p.k : 1;
  const char *source = from.getRawData().data();
  const int64_t step = from.isSplat() ? 0 : bytes;
  llvm::SmallVector<int64_t> shape;
  std::vector<char> to;
  auto make = [&](llvm::ArrayRef<int64_t> extents, llvm::function_ref<int64_t(int64_t deep, int64_t column)> place) {
    shape.assign(extents.begin(), extents.end());
    to.resize(mlir::ShapedType::getNumElements(shape) * bytes);
    for (int64_t d = 0; d < p.k; ++d)
      for (int64_t c = 0; c < p.n; ++c)
        std::memcpy(&to[place(d, c) * bytes], source + (d * deep + c * across) * step, bytes);
  };
  switch (weights.layout) {
    case Layout::rows: make({p.k, p.n}, [&](int64_t d, int64_t c) { return d * p.n + c; }); break;
    case Layout::panels: {
      const int64_t width = weights.columns;
      make({up(p.n, width), weights.apart},
           [&](int64_t d, int64_t c) { return c / width * weights.apart + d * width + c % width; });
      break;
    }
    case Layout::pairs:
      // A tile more where their number is odd: they are read in pairs.
      make({up(p.n, 2 * kAmxSide) * 2, weights.apart}, [&](int64_t d, int64_t c) {
        return c / kAmxSide * weights.apart + (d / 2 * kAmxSide + c % kAmxSide) * 2 + d % 2;
      });
      break;
  }
  return mlir::DenseElementsAttr::getFromRawBuffer(mlir::RankedTensorType::get(shape, type.getElementType()), to);
}

mlir::DictionaryAttr attributeOf(PackedWeights weights, mlir::Builder b) {
  return b.getDictionaryAttr({b.getNamedAttr("layout", b.getStringAttr(kNames[static_cast<int>(weights.layout)])),
                              b.getNamedAttr("columns", b.getI64IntegerAttr(weights.columns)),
                              b.getNamedAttr("apart", b.getI64IntegerAttr(weights.apart))});
}

/// The constant that an operand of a launch is; null for others.
ir::ConstantOp constantIn(ir::LaunchOp launch, unsigned operand) {
  auto constant = launch.getInputs()[operand].getDefiningOp<ir::ConstantOp>();
  return constant && !constant->hasAttr(passes::kUnwritten) ? constant : nullptr;
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
  // By constant, layout and whether it is turned: a square matrix may be read both ways.
  std::map<std::tuple<mlir::Operation *, const void *, bool>, ir::ConstantOp> made;
  for (auto &[name, all] : launches) {
    auto kernel = module.lookupSymbol<mlir::func::FuncOp>(name);
    auto dots = kernel.getBody().getOps<ir::DotGeneralOp>();
    if (dots.empty()) continue;
    ir::DotGeneralOp dot = *dots.begin();
    std::optional<Product> product = productOf(dot);
    auto operand = llvm::dyn_cast<mlir::BlockArgument>(dot.getRhs());
    if (!product || !operand || !operand.hasOneUse()) continue;
    const unsigned number = operand.getArgNumber();
    if (!llvm::all_of(all, [&](ir::LaunchOp launch) { return constantIn(launch, number); })) continue;
    const GemmTiles tiles = gemmTilesFor(ir::toDType(dot.getType().getElementType()), unit);
    std::optional<PackedWeights> weights = layoutFor(*product, tiles, unit, policy);
    if (!weights) continue;
    mlir::DictionaryAttr layout = attributeOf(*weights, mlir::Builder(module.getContext()));
    kernel->setAttr(kWeights, layout);
    for (ir::LaunchOp launch : all) {
      ir::ConstantOp constant = constantIn(launch, number);
      ir::ConstantOp &other = made[{constant, layout.getAsOpaquePointer(), product->isRightTurned}];
      if (!other) {
        mlir::OpBuilder b(constant->getBlock(), std::next(constant->getIterator()));
        auto elements = packed(llvm::cast<mlir::DenseElementsAttr>(constant.getValue()), *product, *weights);
        other = ir::ConstantOp::create(b, constant.getLoc(), elements.getType(), elements);
      }
      launch.getInputsMutable()[number].set(other);
    }
  }
  llvm::DenseSet<mlir::Operation *> unread;
  for (auto &[from, constant] : made)
    if (auto *plain = std::get<0>(from); plain->use_empty()) unread.insert(plain);
  for (mlir::Operation *plain : unread) plain->erase();
}

}  // namespace etch::codegen
