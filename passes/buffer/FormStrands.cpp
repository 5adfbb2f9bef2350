#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/Passes.h"
#include "passes/buffer/ChooseSections.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

#define GEN_PASS_DEF_FORMSTRANDS
#include "passes/Passes.h.inc"

namespace {

bool hasKnownShapes(mlir::func::FuncOp function) {
  auto isKnown = [](mlir::Type type) {
    auto shaped = llvm::dyn_cast<mlir::ShapedType>(type);
    return !shaped || shaped.hasStaticShape();
  };
  bool known = llvm::all_of(function.getArgumentTypes(), isKnown);
  function.walk([&](mlir::Operation *op) { known &= llvm::all_of(op->getResultTypes(), isKnown); });
  return known;
}

/// Does the op write into memory that others read, other than into the places of its results? A slice goes into the
/// memory of the tensor that it becomes a part of, and a kernel may write it there before the op is reached.
bool writesElsewhere(mlir::Operation *op) {
  auto isAlone = [](ir::StoreSliceOp store) {
    return llvm::isa<mlir::BlockArgument>(store.getOperand()) && store.getOperand().hasOneUse();
  };
  if (auto store = llvm::dyn_cast<ir::StoreSliceOp>(op)) return !isAlone(store);
  return llvm::any_of(op->getResults(), [&](mlir::Value result) {
    ir::StoreSliceOp store = sliceStoreOf(result);
    return store && !isAlone(store);
  });
}

struct FormStrands : impl::FormStrandsBase<FormStrands> {
  using FormStrandsBase::FormStrandsBase;

  void runOnOperation() override {
    mlir::SymbolTable symbols(getOperation());
    ExpectedTimes expected(symbols);
    times = &expected;
    for (auto function : getOperation().getOps<mlir::func::FuncOp>()) {
      if (ir::isKernel(function) || !hasKnownShapes(function)) continue;
      numSections = 0;
      formIn(function.getBody().front());
    }
  }

 private:
  ExpectedTimes *times = nullptr;
  int64_t numSections = 0;

  /// Effects keep their place; what lies between two of them may change its order.
  void formIn(mlir::Block &block) {
    llvm::SmallVector<mlir::Operation *> steps;
    auto close = [&](mlir::Operation *next) {
      formOf(steps, next);
      steps.clear();
    };
    for (mlir::Operation &op : llvm::make_early_inc_range(block)) {
      const bool isStep = !op.hasTrait<mlir::OpTrait::IsTerminator>() && mlir::isMemoryEffectFree(&op);
      if (!isStep || writesElsewhere(&op))
        close(&op);
      else
        steps.push_back(&op);
    }
    for (mlir::Operation &op : block)
      if (!op.hasAttr(kStrand))
        for (mlir::Region &region : op.getRegions())
          if (!region.empty()) formIn(region.front());
  }

  void formOf(llvm::ArrayRef<mlir::Operation *> ops, mlir::Operation *next) {
    llvm::SmallVector<mlir::Operation *> kept;
    llvm::DenseMap<mlir::Operation *, unsigned> number;
    llvm::SmallVector<SectionStep> steps;
    for (mlir::Operation *op : ops) {
      if (llvm::isa<ir::ConstantOp>(op)) continue;  // data of the program
      number[op] = static_cast<unsigned>(steps.size());
      kept.push_back(op);
      SectionStep &step = steps.emplace_back();
      step.time = times->of(op);
      op->walk([&](mlir::Operation *inner) {
        for (mlir::Value operand : inner->getOperands())
          if (auto needed = number.find(operand.getDefiningOp());
              needed != number.end() && needed->first != op && !llvm::is_contained(step.needs, needed->second))
            step.needs.push_back(needed->second);
      });
    }
    if (steps.size() < 2) return;
    const Sections chosen = chooseSections(steps, all ? SectionLimits{0, 0, 0, 1} : SectionLimits());
    if (explain) explainTo(kept, chosen);
    if (chosen.sections.empty()) return;
    for (mlir::Operation *op : ops)
      if (llvm::isa<ir::ConstantOp>(op)) op->moveBefore(ops.front());
    auto order = llvm::to_vector(llvm::seq<unsigned>(0, static_cast<unsigned>(kept.size())));
    auto place = [&](unsigned step) { return std::tuple(chosen.places[step].part, chosen.places[step].strand, step); };
    llvm::sort(order, [&](unsigned a, unsigned b) { return place(a) < place(b); });
    mlir::Builder b(next->getContext());
    for (unsigned step : order) {
      kept[step]->moveBefore(next);
      const Sections::Place at = chosen.places[step];
      if (at.part % 2) kept[step]->setAttr(kStrand, b.getDenseI64ArrayAttr({numSections + at.part / 2, at.strand}));
    }
    numSections += static_cast<int64_t>(chosen.sections.size());
  }

  static std::string microseconds(double nanoseconds) {
    return std::to_string(static_cast<int64_t>(nanoseconds / 1000 + 0.5)) + " us";
  }

  void explainTo(llvm::ArrayRef<mlir::Operation *> ops, const Sections &chosen) const {
    for (auto [i, section] : llvm::enumerate(chosen.sections)) {
      const auto *first = llvm::find_if(chosen.places, [&](Sections::Place place) { return place.part == 2 * i + 1; });
      ops[static_cast<size_t>(first - chosen.places.begin())]->emitRemark()
          << section.strands << " strands run side by side from here on: about " << microseconds(section.together)
          << " on two threads instead of " << microseconds(section.apart);
    }
    if (!chosen.sections.empty() || chosen.apart < SectionLimits().least) return;
    ops.front()->emitRemark() << "nothing runs side by side from here on: about " << microseconds(chosen.apart)
                              << " on two threads, of which strands would save too little";
  }
};

}  // namespace
}  // namespace etch::passes
