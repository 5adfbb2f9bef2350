#include "passes/buffer/ExpectedTime.h"

#include "ir/dialect/Constants.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"
#include "passes/fusion/KernelCost.h"

namespace etch::passes {

namespace {

// By the nanosecond, of one core (docs/decisions/0058-tasks.md, 0077).
constexpr double kFlops = 200;        ///< of products
constexpr double kInstructions = 60;  ///< elements times weightOf their op
constexpr double kBytes = 50;         ///< that come from the second cache

constexpr double kLaunch = 50;  ///< of a kernel (docs/decisions/0059)
/// What a loop over tasks costs, and what becomes of the time of a kernel that two threads share
/// (docs/decisions/0058).
constexpr double kLoopOverTasks = 1300, kHalf = 0.55;
/// The shortest tasks that kernels are split into (docs/decisions/0058).
constexpr double kTaskOfProduct = 10000, kTask = 3000;

constexpr double kUnknownTrips = 8;  ///< what loops of unknown length are taken for (docs/decisions/0059)

bool isProduct(mlir::Operation *op) {
  const Role role = roleOf(op);
  return role == Role::Dot || role == Role::Attention || llvm::isa<ir::ConvolutionOp>(op);
}

double elementsOf(mlir::Type type) {
  return static_cast<double>(llvm::cast<mlir::RankedTensorType>(type).getNumElements());
}

/// Times that an op behind a product or in a loop costs, for each element.
double instructionsOf(mlir::Operation *op) {
  const Role role = roleOf(op);
  if (role != Role::Loop && role != Role::Reduce && role != Role::Scan && role != Role::Update) return 0;
  const bool folds = role == Role::Reduce || role == Role::Scan;
  mlir::Type type = folds ? op->getOperand(0).getType() : op->getResult(0).getType();
  return role == Role::Update ? 0 : elementsOf(type) * static_cast<double>(weightOf(op));
}

ExpectedTime ofKernel(mlir::func::FuncOp kernel) {
  const KernelCost cost = costOf(kernel);
  double flops = 0, instructions = 0;
  for (mlir::Operation &op : kernel.getBody().front().without_terminator()) {
    if (isProduct(&op)) flops = static_cast<double>(cost.flops);
    instructions += instructionsOf(&op);
  }
  const bool multiplies = flops > 0;
  const double work = flops / kFlops + instructions / kInstructions,
               bytes = static_cast<double>(cost.read + cost.written) / kBytes;
  const double time = std::max(work, bytes), task = multiplies ? kTaskOfProduct : kTask;
  const bool isSplit = time >= 2 * task && ir::kernelKind(kernel) != "update";
  return {kLaunch + time, kLaunch + (isSplit ? kHalf * time + kLoopOverTasks : time)};
}

}  // namespace

std::optional<int64_t> ExpectedTimes::numberOf(mlir::Value scalar) {
  auto launch = scalar.getDefiningOp<ir::LaunchOp>();
  if (!launch) return ir::splatInteger(scalar);
  // Kernels make constants, too.
  auto kernel = symbols.lookup<mlir::func::FuncOp>(launch.getKernel());
  const unsigned result = llvm::cast<mlir::OpResult>(scalar).getResultNumber();
  return ir::splatInteger(kernel.getBody().front().getTerminator()->getOperand(result));
}

ExpectedTime ExpectedTimes::of(mlir::Operation *op) {
  if (auto launch = llvm::dyn_cast<ir::LaunchOp>(op)) {
    auto kernel = symbols.lookup<mlir::func::FuncOp>(launch.getKernel());
    auto [entry, isNew] = kernels.try_emplace(kernel);
    if (isNew) entry->second = ofKernel(kernel);
    ExpectedTime time = entry->second;
    if (kernel->hasAttr(ir::kFlat)) {
      // The kernel's own types are those of its largest launch.
      const double part =
          elementsOf(launch.getResultTypes()[0]) / std::max(1.0, elementsOf(kernel.getResultTypes()[0]));
      time = {time.whole * part, time.split * part};
    }
    return time;
  }
  auto times = [](ExpectedTime time, double trips) { return ExpectedTime{time.whole * trips, time.split * trips}; };
  if (auto loop = llvm::dyn_cast<ir::ForOp>(op)) {
    const std::optional<int64_t> lower = numberOf(loop.getLower()), upper = numberOf(loop.getUpper());
    const double trips =
        lower && upper ? std::max(0.0, static_cast<double>(*upper) - static_cast<double>(*lower)) : kUnknownTrips;
    return times(ofBlock(loop.getBody().front()), trips);
  }
  if (auto loop = llvm::dyn_cast<ir::WhileOp>(op)) {
    ExpectedTime time = ofBlock(loop.getCond().front());
    time += ofBlock(loop.getBody().front());
    return times(time, kUnknownTrips);
  }
  if (auto branch = llvm::dyn_cast<ir::IfOp>(op)) {
    const ExpectedTime yes = ofBlock(branch.getThenRegion().front()), no = ofBlock(branch.getElseRegion().front());
    return yes.whole < no.whole ? yes : no;
  }
  return {};
}

ExpectedTime ExpectedTimes::ofBlock(mlir::Block &block) {
  ExpectedTime time;
  for (mlir::Operation &op : block) time += of(&op);
  return time;
}

}  // namespace etch::passes
