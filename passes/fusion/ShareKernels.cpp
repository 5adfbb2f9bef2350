// Kernels that differ in nothing but how many elements they pass over become one.

#include <map>

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

#include "ir/dialect/Constants.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/Passes.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

using ir::typeOf;

#define GEN_PASS_DEF_SHAREKERNELS
#include "passes/Passes.h.inc"

namespace {

using Key = std::vector<uintptr_t>;

/// Ops from which on a kernel is worth sharing; see docs/decisions/0054-shared-kernels.md.
constexpr int64_t kWorthSharing = 2;

template <class T> uintptr_t numberOf(T thing) { return reinterpret_cast<uintptr_t>(thing.getAsOpaquePointer()); }

/// The structure of a kernel over one shape and scalars, without that shape; empty for other kernels.
class KeyBuilder {
 public:
  explicit KeyBuilder(mlir::func::FuncOp kernel)
      : body(kernel.getBody().front()), shape(typeOf(body.getTerminator()->getOperand(0)).getShape()) {}

  Key build() {
    if (shape.empty() || llvm::is_contained(shape, mlir::ShapedType::kDynamic)) return {};
    int64_t count = 0;
    for (mlir::BlockArgument argument : body.getArguments())
      if (!add(argument)) return {};
    for (mlir::Operation &op : body.without_terminator()) {
      count += op.hasTrait<ir::ElementwiseOp>();
      if (!add(&op)) return {};
    }
    if (count < kWorthSharing) return {};
    for (mlir::Value output : body.getTerminator()->getOperands()) {
      if (typeOf(output).getShape() != shape) return {};
      key.push_back(numbers.lookup(output));
    }
    return key;
  }

 private:
  mlir::Block &body;
  llvm::ArrayRef<int64_t> shape;
  Key key;
  llvm::DenseMap<mlir::Value, uintptr_t> numbers;

  bool add(mlir::Value value) {
    mlir::RankedTensorType type = typeOf(value);
    if (type.getShape() != shape && type.getRank() != 0) return false;
    numbers[value] = numbers.size();
    key.push_back(numberOf(type.getElementType()));
    key.push_back(type.getRank() == 0);
    return true;
  }

  bool add(mlir::Operation *op) {
    key.push_back(numberOf(op->getName()));
    if (llvm::isa<ir::ConstantOp>(op)) {
      mlir::SplatElementsAttr splat = ir::splatOf(op->getResult(0));
      if (!splat) return false;
      key.push_back(numberOf(splat.getSplatValue<mlir::Attribute>()));
    } else if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
      if (typeOf(broadcast.getOperand()).getRank() != 0) return false;
    } else if (op->hasTrait<ir::ElementwiseOp>()) {
      key.push_back(numberOf(op->getAttrDictionary()));
    } else {
      return false;
    }
    for (mlir::Value operand : op->getOperands()) key.push_back(numbers.lookup(operand));
    return add(op->getResult(0));
  }
};

int64_t elementsOf(mlir::func::FuncOp kernel) {
  return llvm::cast<mlir::RankedTensorType>(kernel.getResultTypes()[0]).getNumElements();
}

struct ShareKernels : impl::ShareKernelsBase<ShareKernels> {
  void runOnOperation() override {
    std::map<Key, llvm::SmallVector<mlir::func::FuncOp>> alike;
    for (auto kernel : getOperation().getOps<mlir::func::FuncOp>()) {
      if (ir::kernelKind(kernel) != "loop") continue;
      if (Key key = KeyBuilder(kernel).build(); !key.empty()) alike[key].push_back(kernel);
    }
    llvm::DenseMap<mlir::StringAttr, mlir::func::FuncOp> replaced;
    for (auto &[key, kernels] : alike) {
      if (kernels.size() == 1) continue;
      mlir::func::FuncOp largest = *llvm::max_element(
          kernels, [](mlir::func::FuncOp a, mlir::func::FuncOp b) { return elementsOf(a) < elementsOf(b); });
      largest->setAttr(ir::kFlat, mlir::UnitAttr::get(&getContext()));
      for (mlir::func::FuncOp kernel : kernels)
        if (kernel != largest) replaced[kernel.getSymNameAttr()] = largest;
    }
    if (replaced.empty()) return;
    getOperation().walk([&](ir::LaunchOp launch) {
      auto it = replaced.find(launch.getKernelAttr().getAttr());
      if (it != replaced.end()) launch.setKernelAttr(mlir::FlatSymbolRefAttr::get(it->second.getSymNameAttr()));
    });
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<mlir::func::FuncOp>()))
      if (replaced.contains(kernel.getSymNameAttr())) kernel.erase();
  }
};

}  // namespace
}  // namespace etch::passes
