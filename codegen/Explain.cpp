#include "codegen/Explain.h"

#include <sstream>

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace func = mlir::func;

namespace {

/// -1 when an extent is unknown.
int64_t elementsOf(mlir::Value value) {
  auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
  return type.hasStaticShape() ? type.getNumElements() : -1;
}

int64_t total(int64_t sum, int64_t next) { return sum < 0 || next < 0 ? -1 : sum + next; }

int64_t flopsOf(mlir::Operation *op) {
  switch (passes::roleOf(op)) {
    case passes::Role::Loop: return elementsOf(op->getResult(0));
    case passes::Role::Reduce: return elementsOf(op->getOperand(0));
    case passes::Role::Dot: {
      auto dot = llvm::dyn_cast<ir::DotGeneralOp>(op);
      int64_t flops = elementsOf(op->getResult(0));
      if (!dot || flops < 0) return -1;
      auto left = llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType());
      for (int64_t axis : dot.getLhsContract()) flops *= left.getDimSize(axis);
      return 2 * flops;
    }
    default: return 0;
  }
}

/// "1.5 MB", "unknown" for -1.
std::string quantity(int64_t count, const char *unit) {
  if (count < 0) return std::string("unknown ") + unit;
  static const char *const prefixes[] = {"", "k", "M", "G", "T"};
  double value = static_cast<double>(count);
  int prefix = 0;
  while (value >= 1000 && prefix < 4) {
    value /= 1000;
    ++prefix;
  }
  std::ostringstream text;
  text.precision(3);
  text << value << ' ' << prefixes[prefix] << unit;
  return text.str();
}

void describe(std::ostringstream &text, func::FuncOp kernel, int launches) {
  int64_t read = 0, written = 0, flops = 0;
  for (mlir::Type type : kernel.getArgumentTypes()) read = total(read, passes::bytesOf(type));
  for (mlir::Type type : kernel.getResultTypes()) written = total(written, passes::bytesOf(type));
  for (mlir::Operation &op : kernel.getBody().front().without_terminator()) flops = total(flops, flopsOf(&op));
  text << "  " << kernel.getName().str() << " (" << kernel->getAttrOfType<mlir::StringAttr>("etch.kernel").str()
       << "), launched " << launches << (launches == 1 ? " time" : " times") << ": reads " << quantity(read, "B")
       << ", writes " << quantity(written, "B") << ", " << quantity(flops, "flop") << "\n";
  for (mlir::Operation &op : kernel.getBody().front().without_terminator()) {
    if (llvm::isa<ir::ConstantOp>(op)) continue;
    text << "    " << op.getName().stripDialect().str();
    if (Location at = ir::toUserLocation(op.getLoc()); at.known()) text << "  " << to_string(at);
    text << "\n";
  }
}

}  // namespace

std::string fusionReport(mlir::ModuleOp module, const std::vector<std::string> &remarks) {
  llvm::StringMap<int> launches;
  module.walk([&](ir::LaunchOp launch) { ++launches[launch.getKernel()]; });
  std::ostringstream text;
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr("etch.kernel")) describe(text, function, launches[function.getName()]);
  if (!remarks.empty()) text << "  not in one kernel:\n";
  for (const std::string &remark : remarks) text << "    " << remark << "\n";
  return text.str();
}

}  // namespace etch::codegen
