// One contract per stage; passes/Stages.def says them in words.

#include <set>

#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/Passes.h"
#include "passes/buffer/Partials.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

#define GEN_PASS_DEF_VERIFYSTAGE
#include "passes/Passes.h.inc"

namespace {

struct VerifyStage : impl::VerifyStageBase<VerifyStage> {
  using VerifyStageBase::VerifyStageBase;

  void runOnOperation() override {
    if (stage == "trace") {
      verifyEntry();
      for (auto function : getOperation().getOps<mlir::func::FuncOp>())
        if (callsItself(function)) {
          function.emitOpError("calls itself; calls are copied into their callers");
          return signalPassFailure();
        }
      return;
    }
    if (stage == "grad") return forbid<ir::VjpOp, ir::JvpOp>("derivatives are expanded by the grad stage");
    if (stage == "tensor") {
      verifyEntry();
      getOperation().walk([&](ir::DotGeneralOp dot) {
        auto freeAxes = [](mlir::Value operand, size_t used) {
          return llvm::cast<mlir::ShapedType>(operand.getType()).getRank() - used;
        };
        size_t batch = dot.getLhsBatch().size(), contract = dot.getLhsContract().size();
        if (batch > 1 || contract > 1 || freeAxes(dot.getLhs(), batch + contract) > 1 ||
            freeAxes(dot.getRhs(), batch + contract) > 1)
          fail(dot, "axes of one kind are merged by the tensor stage");
        auto endsInBatch = [](mlir::Value operand, llvm::ArrayRef<int64_t> axes) {
          auto type = llvm::cast<mlir::ShapedType>(operand.getType());
          const int64_t last = type.getRank() - 1;
          return last > 0 && llvm::is_contained(axes, last) && type.getDimSize(last) != 1;
        };
        if (endsInBatch(dot.getLhs(), dot.getLhsBatch()) || endsInBatch(dot.getRhs(), dot.getRhsBatch()))
          fail(dot, "a batch lies before what is summed or free, where kernels find neighbours");
      });
      return forbid<ir::VjpOp, ir::JvpOp, ir::CallOp, ir::CustomVjpOp, ir::StopGradientOp>(
          "calls are inlined and gradient marks removed by the tensor stage");
    }
    if (stage == "fused") return verifySchedule(/*planned=*/false);
    if (stage == "buffers") return verifySchedule(/*planned=*/true);
    if (stage == "kernels") return verifyEmitted();
    if (stage == "target") return verifyTarget();
    emitError(getOperation().getLoc()) << "unknown stage '" << stage << "'";
    signalPassFailure();
  }

  void fail(mlir::Operation *op, llvm::StringRef why) {
    op->emitOpError() << "is illegal at the end of stage '" << stage << "': " << why;
    signalPassFailure();
  }

  template <typename... Ops>
  void forbid(llvm::StringRef why) {
    getOperation().walk([&](mlir::Operation *op) {
      if (llvm::isa<Ops...>(op)) fail(op, why);
    });
  }

  void verifySignature(mlir::func::FuncOp function) {
    for (mlir::Type type : llvm::concat<const mlir::Type>(function.getArgumentTypes(), function.getResultTypes()))
      if (auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
          !tensor || !ir::dtypeIfKnown(tensor.getElementType())) {
        function.emitOpError() << "takes or gives " << type << ", expected ranked tensors of Etch's element types";
        signalPassFailure();
      }
    for (unsigned r = 0; r < function.getNumResults(); ++r) {
      const std::optional<unsigned> updated = ir::updatedArgument(function, r);
      if (!updated) continue;
      if (*updated >= function.getNumArguments() ||
          function.getArgumentTypes()[*updated] != function.getResultTypes()[r]) {
        function.emitOpError() << "result " << r << " is the new value of argument " << *updated
                               << ", which is none of its type";
        signalPassFailure();
      }
    }
  }

  bool callsItself(mlir::func::FuncOp function) {
    llvm::SetVector<mlir::Operation *> reached;
    auto reachFrom = [&](mlir::Operation *caller) {
      caller->walk([&](mlir::Operation *op) {
        for (mlir::func::FuncOp callee : ir::calleesOf(getOperation(), op)) reached.insert(callee);
      });
    };
    reachFrom(function);
    for (size_t i = 0; i < reached.size(); ++i) reachFrom(reached[i]);
    return reached.contains(function);
  }

  void verifyEntry() {
    int entries = 0;
    for (auto function : getOperation().getOps<mlir::func::FuncOp>()) {
      entries += function.isPublic();
      verifySignature(function);
    }
    if (entries != 1) {
      getOperation().emitError() << "a module to compile has one public function; this one has " << entries;
      signalPassFailure();
    }
  }

  /// The entry function holds launches, views and barriers only; kernels hold no launches.
  void verifySchedule(bool planned) {
    const mlir::SymbolTable symbols(getOperation());
    for (auto function : getOperation().getOps<mlir::func::FuncOp>()) {
      const bool kernel = ir::isKernel(function);
      function.walk([&](mlir::Operation *op) {
        if (op == function || llvm::isa<mlir::func::ReturnOp>(op) || op->hasAttr(kExtent)) return;
        auto launch = llvm::dyn_cast<ir::LaunchOp>(op);
        if (kernel) {
          if (launch || op->getNumRegions()) fail(op, "kernels hold tensor ops only");
          return;
        }
        Role role = roleOf(op);
        if (role != Role::Barrier && role != Role::View) fail(op, "should have moved into a kernel");
        if (planned && launch) verifySlots(launch, symbols);
      });
      if (planned) function.walk([&](mlir::Block *block) { verifyStrands(*block); });
      if (auto offsets = function->getAttrOfType<mlir::DenseI64ArrayAttr>(kSlotOffsets))
        if (llvm::any_of(offsets.asArrayRef(), [](int64_t offset) { return offset % kSlotAlignment; }))
          fail(function, "slots begin on cache lines");
    }
  }

  /// One for each result, and one for the partial sums of kernels that keep some.
  void verifySlots(ir::LaunchOp launch, const mlir::SymbolTable &symbols) {
    if (!launch.getSlots()) return fail(launch, "has no place for its results");
    auto kernel = symbols.lookup<mlir::func::FuncOp>(launch.getKernel());
    const size_t places = launch.getNumResults() + (kernel->hasAttr(kPartials) ? 1 : 0);
    if (launch.getSlots()->size() != places) fail(launch, "has not as many places as results and partial sums");
  }

  static std::pair<int64_t, int64_t> strandOf(mlir::Operation *op) {
    auto strand = op->getAttrOfType<mlir::DenseI64ArrayAttr>(kStrand);
    return strand ? std::pair(strand[0], strand[1]) : std::pair<int64_t, int64_t>(-1, -1);
  }

  /// The strands of a section follow each other, and need nothing of each other.
  void verifyStrands(mlir::Block &block) {
    std::set<std::pair<int64_t, int64_t>> begun;
    std::pair<int64_t, int64_t> last(-1, -1);
    for (mlir::Operation &op : block) {
      const auto strand = strandOf(&op);
      if (strand.first >= 0 && strand != last && !begun.insert(strand).second) fail(&op, "its strand is in two parts");
      last = strand;
      if (strand.first < 0) continue;
      op.walk([&](mlir::Operation *inner) {
        for (mlir::Value operand : inner->getOperands()) {
          mlir::Operation *made = operand.getDefiningOp();
          if (!made || made->getBlock() != &block) continue;
          const auto other = strandOf(made);
          if (other.first == strand.first && other != strand) fail(&op, "it reads what another strand makes");
        }
      });
    }
  }

  void verifyEmitted() {
    for (auto function : getOperation().getOps<mlir::func::FuncOp>()) {
      if (!ir::isKernel(function)) continue;
      function.walk([&](mlir::Operation *op) {
        if (llvm::isa_and_nonnull<ir::EtchDialect>(op->getDialect())) fail(op, "should have been emitted as a loop");
      });
    }
  }

  void verifyTarget() {
    getOperation().walk([&](mlir::Operation *op) {
      if (op != getOperation() && op->getDialect() && op->getDialect()->getNamespace() != "llvm")
        fail(op, "should have been lowered to the LLVM dialect");
    });
  }
};

}  // namespace
}  // namespace etch::passes
