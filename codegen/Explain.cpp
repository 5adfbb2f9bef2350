#include "codegen/Explain.h"

#include <sstream>

#include "llvm/ADT/MapVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

#include "codegen/cpu/Kernel.h"
#include "passes/fusion/KernelCost.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "runtime/base/count.h"

namespace etch::codegen {

namespace func = mlir::func;

namespace {

/// Of a call of the function.
struct Launches {
  int once = 0;
  int inLoops = 0;  ///< each time round

  std::string text() const {
    if (inLoops == 0) return count_text(once, "time");
    return (once ? count_text(once, "time") + " and " : "") + count_text(inLoops, "time") + " a round";
  }
};

/// Ops of one line of the user's side by side. Constants only where there is nothing else: a tensor that is filled.
void listOps(std::ostringstream &text, mlir::Block &body) {
  const auto isConstant = [](mlir::Operation &op) { return llvm::isa<ir::ConstantOp>(op); };
  const bool fills = llvm::all_of(body.without_terminator(), isConstant);
  std::string last;
  for (mlir::Operation &op : body.without_terminator()) {
    if (isConstant(op) && !fills) continue;
    const Location at = ir::toUserLocation(op.getLoc());
    const std::string line = at.known() ? to_string(at) : "no line";
    text << (line == last ? " " : (last.empty() ? "    " : "\n    ") + line + "  ")
         << op.getName().stripDialect().str();
    last = line;
  }
  if (!last.empty()) text << "\n";
}

std::string described(func::FuncOp kernel, const Launches &launches) {
  const passes::KernelCost cost = passes::costOf(kernel);
  std::ostringstream text;
  text << ", launched " << launches.text() << ": reads " << quantity_text(cost.read, "B") << ", writes "
       << quantity_text(cost.written, "B") << ", " << quantity_text(cost.flops, "flop") << "\n";
  listOps(text, kernel.getBody().front());
  return text.str();
}

}  // namespace

void FusionReport::addKernels(mlir::ModuleOp module, const std::vector<std::string> &remarks) {
  llvm::StringMap<Launches> launches;
  module.walk([&](ir::LaunchOp launch) {
    const bool isInLoop = launch->getParentOfType<ir::ForOp>() || launch->getParentOfType<ir::WhileOp>();
    Launches &count = launches[launch.getKernel()];
    ++(isInLoop ? count.inLoops : count.once);
  });
  for (auto function : module.getOps<func::FuncOp>())
    if (ir::isKernel(function))
      kernels.push_back({function.getName().str(), ir::kernelKind(function).str(), "",
                         described(function, launches[function.getName()])});
  // A function that is called often (an update of each parameter) gives the same reasons as often.
  llvm::MapVector<llvm::StringRef, int> counts;
  for (const std::string &remark : remarks) ++counts[remark];
  if (!counts.empty()) apart = "  not in one kernel:\n";
  for (const auto &[remark, count] : counts)
    apart += "    " + remark.str() + (count > 1 ? " (" + count_text(count, "time") + ")" : "") + "\n";
}

void FusionReport::addStrands(const std::vector<std::string> &remarks) {
  for (const std::string &remark : remarks)
    strands += (strands.empty() ? "  side by side:\n    " : "    ") + remark + "\n";
}

void FusionReport::addForms(mlir::ModuleOp module) {
  const mlir::SymbolTable symbols(module);
  for (Kernel &kernel : kernels)
    if (auto emitted = symbols.lookup<func::FuncOp>(kernel.name))
      if (auto form = emitted->getAttrOfType<mlir::StringAttr>(kForm)) kernel.form = form.getValue().str();
}

std::string FusionReport::text() const {
  std::string text;
  for (const Kernel &kernel : kernels)
    text +=
        "  " + kernel.name + " (" + kernel.kind + (kernel.form.empty() ? "" : ": " + kernel.form) + ")" + kernel.rest;
  return text + apart + strands;
}

}  // namespace etch::codegen
