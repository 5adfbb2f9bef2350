#include "passes/fusion/KernelTable.h"

#include "mlir/IR/IRMapping.h"

#include "ir/dialect/FunctionAttributes.h"

namespace etch::passes {

namespace {

llvm::StringRef kindName(Group::Kind kind) {
  switch (kind) {
    case Group::Kind::Loop: return "loop";
    case Group::Kind::Reduce: return "reduce";
    case Group::Kind::Dot: return "dot";
    case Group::Kind::Attention: return "attention";
    case Group::Kind::Scan: return "scan";
    case Group::Kind::Window: return "window";
    case Group::Kind::Update: return "update";
    case Group::Kind::Straight: return "straight";
  }
  return "";
}

std::vector<uintptr_t> keyOf(const Outline &o) {
  std::vector<uintptr_t> key{static_cast<uintptr_t>(o.group->kind)};
  llvm::DenseMap<mlir::Value, uintptr_t> numbers;
  for (mlir::Value input : o.inputs) {
    numbers[input] = numbers.size();
    key.push_back(reinterpret_cast<uintptr_t>(input.getType().getAsOpaquePointer()));
  }
  for (mlir::Operation *op : o.body) {
    key.push_back(reinterpret_cast<uintptr_t>(op->getName().getAsOpaquePointer()));
    key.push_back(reinterpret_cast<uintptr_t>(op->getAttrDictionary().getAsOpaquePointer()));
    for (mlir::Value operand : op->getOperands()) key.push_back(numbers.lookup(operand));
    for (mlir::Value result : op->getResults()) {
      numbers[result] = numbers.size();
      key.push_back(reinterpret_cast<uintptr_t>(result.getType().getAsOpaquePointer()));
    }
  }
  for (mlir::Value output : o.outputs) key.push_back(numbers.lookup(output));
  return key;
}

/// "mul_add_reduce_sum": what the kernel does, cut after four ops.
std::string nameOf(const Outline &o) {
  std::string name;
  int count = 0;
  for (mlir::Operation *op : o.group->ops) {
    if (count == 4) {
      name += "_etc";
      break;
    }
    name += (count++ ? "_" : "") + op->getName().stripDialect().str();
  }
  return name;
}

}  // namespace

mlir::func::FuncOp KernelTable::kernelFor(const Outline &o) {
  std::vector<uintptr_t> key = keyOf(o);
  mlir::func::FuncOp &kernel = kernels[key];
  if (!kernel) kernel = build(o);
  return kernel;
}

mlir::func::FuncOp KernelTable::build(const Outline &o) {
  llvm::SmallVector<mlir::Type> inputs, outputs;
  for (mlir::Value input : o.inputs) inputs.push_back(input.getType());
  for (mlir::Value output : o.outputs) outputs.push_back(output.getType());
  llvm::SmallVector<mlir::Location> locations;
  for (mlir::Operation *op : o.group->ops) locations.push_back(op->getLoc());
  mlir::OpBuilder builder(module.getContext());
  auto kernel = mlir::func::FuncOp::create(builder, builder.getFusedLoc(locations), nameOf(o),
                                           builder.getFunctionType(inputs, outputs));
  kernel.setPrivate();
  kernel->setAttr(ir::kKernel, builder.getStringAttr(kindName(o.group->kind)));
  symbols.insert(kernel, module.getBody()->end());
  builder.setInsertionPointToStart(kernel.addEntryBlock());
  mlir::IRMapping mapping;
  for (auto [input, argument] : llvm::zip(o.inputs, kernel.getArguments())) mapping.map(input, argument);
  for (mlir::Operation *op : o.body) builder.clone(*op, mapping);
  llvm::SmallVector<mlir::Value> results;
  for (mlir::Value output : o.outputs) results.push_back(mapping.lookup(output));
  mlir::func::ReturnOp::create(builder, kernel.getLoc(), results);
  return kernel;
}

}  // namespace etch::passes
