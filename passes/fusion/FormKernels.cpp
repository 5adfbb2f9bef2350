// Outlines the groups of Grouping.h: each becomes a private function, each place of use an etch.launch.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/Passes.h"
#include "passes/buffer/Extents.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"
#include "passes/fusion/KernelTable.h"

namespace etch::passes {

#define GEN_PASS_DEF_FORMKERNELS
#include "passes/Passes.h.inc"

namespace {

class KernelFormer {
 public:
  KernelFormer(mlir::ModuleOp module, bool explain) : explain(explain), b(module.getContext()), kernels(module) {}

  void run(mlir::func::FuncOp function) {
    llvm::SmallVector<mlir::Operation *> sized;
    function.walk([&](mlir::Operation *op) {
      if (!sizesOf(op).empty()) sized.push_back(op);
    });
    for (mlir::Operation *op : sized) copyExtents(op);
    viewStacks(function);
    formInBlock(function.getBody().front());
  }

 private:
  bool explain;
  mlir::OpBuilder b;
  KernelTable kernels;

  /// Operands that give the unknown extents of an op's result.
  static llvm::MutableArrayRef<mlir::OpOperand> sizesOf(mlir::Operation *op) {
    if (llvm::isa<ir::StackPopOp>(op)) return op->getOpOperands();
    auto shape = op->getAttrOfType<mlir::DenseI64ArrayAttr>("shape");
    if (!shape) return {};
    return op->getOpOperands().take_back(llvm::count(shape.asArrayRef(), int64_t{-1}));
  }

  /// Gives an op extents of its own, which then never need memory whatever else reads the originals.
  void copyExtents(mlir::Operation *op) {
    for (mlir::OpOperand &size : sizesOf(op)) {
      b.setInsertionPoint(op);
      size.set(copyExtent(size.get()));
    }
  }
  mlir::Value copyExtent(mlir::Value value) {
    mlir::Operation *op = value.getDefiningOp();
    if (!op || !isExtentArithmetic(op)) return value;
    mlir::IRMapping mapping;
    if (!llvm::isa<ir::DimOp>(op))
      for (mlir::Value operand : op->getOperands()) mapping.map(operand, copyExtent(operand));
    mlir::Operation *copy = b.clone(*op, mapping);
    copy->setAttr(kExtent, b.getUnitAttr());
    return copy->getResult(0);
  }

  /// Arguments handed on to another place (a swap of carried values, of variables) are copied first: the places are
  /// written one after the other. An identity transpose is a copy.
  void copyPermutedArguments(mlir::Block &block) {
    mlir::Operation *terminator = block.getTerminator();
    mlir::Operation *parent = block.getParentOp();
    auto function = llvm::dyn_cast<mlir::func::FuncOp>(parent);
    if (!function && !llvm::isa<ir::WhileOp, ir::ForOp>(parent)) return;
    if (llvm::isa<ir::WhileOp>(parent) && block.getParent() == &parent->getRegion(0)) return;
    unsigned offset = llvm::isa<ir::ForOp>(parent) ? 1 : 0;
    for (mlir::OpOperand &operand : terminator->getOpOperands()) {
      auto argument = llvm::dyn_cast<mlir::BlockArgument>(storageOf(operand.get()));
      if (!argument || argument.getOwner() != &block) continue;
      unsigned target = operand.getOperandNumber() + offset;
      if (function) {
        const std::optional<unsigned> updated = ir::updatedArgument(function, operand.getOperandNumber());
        if (!updated) continue;
        target = *updated;
      }
      if (argument.getArgNumber() == target) continue;
      b.setInsertionPoint(terminator);
      int64_t rank = llvm::cast<mlir::RankedTensorType>(operand.get().getType()).getRank();
      llvm::SmallVector<int64_t> identity = llvm::to_vector(llvm::seq<int64_t>(rank));
      operand.set(ir::TransposeOp::create(b, terminator->getLoc(), operand.get().getType(), operand.get(), identity));
    }
  }

  void formInBlock(mlir::Block &block) {
    copyPermutedArguments(block);
    Grouping grouping = groupOps(block, explain);
    for (const Border &border : grouping.borders) remark(border);
    llvm::SmallVector<Outline, 0> outlines = outline(grouping);
    // Values that each step needs from others decide what a kernel hands out.
    llvm::DenseSet<mlir::Value> needed;
    for (const Outline &o : outlines) needed.insert(o.inputs.begin(), o.inputs.end());
    for (const Step &step : grouping.schedule)
      if (step.op)
        step.op->walk([&](mlir::Operation *op) {
          for (mlir::Value operand : op->getOperands()) need(operand, grouping, needed);
        });
    mlir::Operation *terminator = block.getTerminator();
    // Kernels are built from the original ops, so these keep their operands until every group has been outlined.
    mlir::IRMapping inMemory;
    for (const Step &step : grouping.schedule) {
      if (step.op) {
        if (step.op != terminator) step.op->moveBefore(terminator);
        continue;
      }
      Outline &o = outlines[step.group];
      for (mlir::Operation *op : o.group->ops)
        for (mlir::Value result : op->getResults())
          if (needed.contains(result) && !grouping.moved.contains(op)) o.outputs.push_back(result);
      if (o.outputs.empty()) continue;
      if (mlir::Value product = productWithoutMemory(o)) o.outputs.insert(o.outputs.begin(), product);
      launch(o, terminator, inMemory);
    }
    for (auto [original, result] : inMemory.getValueMap()) replaceWhereMade(block, original, result);
    for (const Step &step : grouping.schedule)
      if (step.op)
        for (mlir::Region &region : step.op->getRegions())
          for (mlir::Block &inner : region) formInBlock(inner);
    eraseUnused(block);
  }

  /// The sums of a contraction need memory until the ops behind it have read them. That of a result of their type will
  /// do.
  static mlir::Value productWithoutMemory(const Outline &o) {
    if (o.group->kind != Group::Kind::Dot) return nullptr;
    mlir::Operation *dot = *llvm::find_if(o.group->ops, [](auto *op) { return roleOf(op) == Role::Dot; });
    mlir::Value product = dot->getResult(0);
    if (llvm::is_contained(o.outputs, product)) return nullptr;
    auto isLikeIt = [&](mlir::Value value) { return value.getType() == product.getType(); };
    return llvm::none_of(o.outputs, isLikeIt) ? product : mlir::Value();
  }

  static void remark(const Border &border) {
    mlir::InFlightDiagnostic text = border.consumer->emitRemark();
    text << border.consumer->getName().stripDialect() << " is not in the kernel of "
         << border.producer->getName().stripDialect();
    if (Location at = ir::toUserLocation(border.producer->getLoc()); at.known()) text << " (" << to_string(at) << ")";
    text << ": " << sentenceOf(border.reason);
  }

  /// Regions copy the lazy ops of this block that they read, and so need what these read. Those of straight-line
  /// kernels are in memory before anything reads them.
  static void need(mlir::Value value, const Grouping &grouping, llvm::DenseSet<mlir::Value> &needed) {
    if (!needed.insert(value).second) return;
    mlir::Operation *producer = value.getDefiningOp();
    if (!producer || roleOf(producer) != Role::Lazy || grouping.straight.contains(producer)) return;
    for (mlir::Value operand : producer->getOperands()) need(operand, grouping, needed);
  }

  /// Uses the value in memory instead of the op. A lazy op may be needed in memory at one place only: elsewhere
  /// (regions before that place, other regions of an enclosing block) it goes on being copied.
  static void replaceWhereMade(mlir::Block &block, mlir::Value original, mlir::Value result) {
    bool isLazy = roleOf(original.getDefiningOp()) == Role::Lazy;
    original.replaceUsesWithIf(result, [&](mlir::OpOperand &use) {
      mlir::Operation *ancestor = block.findAncestorOpInBlock(*use.getOwner());
      return ancestor && (!isLazy || result.getDefiningOp()->isBeforeInBlock(ancestor));
    });
  }

  static llvm::SmallVector<Outline, 0> outline(const Grouping &grouping) {
    llvm::SmallVector<Outline, 0> outlines(grouping.groups.size());
    for (auto [step, entry] : llvm::enumerate(grouping.schedule)) {
      if (entry.op) continue;
      Outline &o = outlines[entry.group];
      o.group = &grouping.groups[entry.group];
      o.step = static_cast<int>(step);
      o.members.insert(o.group->ops.begin(), o.group->ops.end());
      llvm::DenseSet<mlir::Operation *> placed;
      for (mlir::Operation *op : o.group->ops) place(op, grouping, placed, o);
    }
    return outlines;
  }

  /// Adds op to the body behind the lazy ops, and cheap ones of other groups, that it reads.
  static void place(mlir::Operation *op, const Grouping &grouping, llvm::DenseSet<mlir::Operation *> &placed,
                    Outline &o) {
    if (!placed.insert(op).second) return;
    for (mlir::OpOperand &use : op->getOpOperands()) {
      mlir::Value operand = use.get();
      mlir::Operation *producer = operand.getDefiningOp();
      if (producer && o.members.contains(producer)) continue;
      auto made = grouping.inMemory.find(operand);
      bool isInMemory = made != grouping.inMemory.end() && made->second < o.step;
      bool isCopied = producer && (roleOf(producer) == Role::Lazy || grouping.copied.contains(producer));
      if (isCopied && (readsByIndex(use) || grouping.made.contains(&use)) && !isInMemory)
        place(producer, grouping, placed, o);
      else
        o.inputs.insert(operand);
    }
    o.body.push_back(op);
  }

  void launch(Outline &o, mlir::Operation *before, mlir::IRMapping &inMemory) {
    mlir::func::FuncOp kernel = kernels.kernelFor(o);
    b.setInsertionPoint(before);
    llvm::SmallVector<mlir::Type> types;
    for (mlir::Value output : o.outputs) types.push_back(output.getType());
    llvm::SmallVector<mlir::Location> locations;
    for (mlir::Operation *op : o.group->ops) locations.push_back(op->getLoc());
    mlir::Location location = b.getFusedLoc(locations);
    llvm::SmallVector<mlir::Value> inputs;
    for (mlir::Value input : o.inputs) inputs.push_back(inMemory.lookupOrDefault(input));
    auto launch = ir::LaunchOp::create(b, location, types, mlir::FlatSymbolRefAttr::get(kernel.getSymNameAttr()),
                                       inputs, mlir::DenseI64ArrayAttr());
    for (auto [output, result] : llvm::zip(o.outputs, launch.getResults())) inMemory.map(output, result);
  }

  /// What has moved into kernels is dead in the block; later ops read earlier ones, so go backwards.
  static void eraseUnused(mlir::Block &block) {
    for (mlir::Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (roleOf(&op) != Role::Barrier && op.use_empty()) op.erase();
  }
};

struct FormKernels : impl::FormKernelsBase<FormKernels> {
  using FormKernelsBase::FormKernelsBase;

  void runOnOperation() override {
    KernelFormer former(getOperation(), explain);
    llvm::SmallVector<mlir::func::FuncOp> functions;
    for (auto function : getOperation().getOps<mlir::func::FuncOp>())
      if (function.isPublic()) functions.push_back(function);
    for (mlir::func::FuncOp function : functions) former.run(function);
  }
};

}  // namespace
}  // namespace etch::passes
