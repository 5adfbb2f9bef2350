// The first half of the `target` stage: the entry functions of a program.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"

#include "codegen/Unsupported.h"
#include "codegen/cpu/entry/Entry.h"
#include "codegen/cpu/entry/EntryEmitter.h"
#include "codegen/cpu/gemm/PackedWeights.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/MachineCode.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"
#include "runtime/executable/abi.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace cf = mlir::cf;
namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
using mlir::Value;

void EntryEmitter::emitEntry() {
  begin(source.getName().str() + "_entry", {pointer});
  // Kernels in a loop run so often that what a pass makes faster outweighs the pass.
  auto isLoop = [](mlir::Operation *op) {
    return llvm::isa<ir::ForOp, ir::WhileOp>(op) ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
  };
  if (source.walk(isLoop).wasInterrupted()) function->setAttr("passthrough", b.getStrArrayAttr({kWholeEffort}));
  bindCall(function.getArgument(0));
  int64_t copies = 0;
  for (auto [i, argument] : llvm::enumerate(source.getArguments())) {
    const bool isCopy = source.getArgAttr(i, kCopyOf) != nullptr;
    storage[argument] =
        isCopy ? Storage(Storage::Kind::weights, copies++) : Storage(Storage::Kind::argument, static_cast<int64_t>(i));
  }
  bindExtents(call, 4);
  extents.readDataWith([this](Value scalar) { return loadExtent(scalar); });
  params = LLVM::AllocaOp::create(b, at(), pointer, word, extents.constant(maxWords(source)), 8);
  allocateTurns();
  layOutSlots(Slots::plain);
  emitBlock(source.getBody().front());
}

void EntryEmitter::emitShapes() {
  begin(source.getName().str() + "_shapes", {pointer, pointer, pointer});
  context = function.getArgument(0);
  bindExtentsFrom(function.getArgument(1));
  checkExtents();
  arena = Value();
  layOutSlots(Slots::bounded);
  int64_t position = 0;
  auto put = [&](Value value) {
    LLVM::StoreOp::create(b, at(), value, wordAt(function.getArgument(2), position++), 8);
  };
  put(arenaBytes);
  for (auto [r, result] : llvm::enumerate(source.getBody().front().getTerminator()->getOperands())) {
    auto type = llvm::cast<mlir::RankedTensorType>(result.getType());
    Extents size(type.getRank(), extents.constant(-1));
    if (!source.getResultAttr(r, passes::kRunTime)) size = extents.of(result);
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis)) put(size[axis]);
  }
  returnStatus(0);
}

void EntryEmitter::begin(const std::string &name, llvm::ArrayRef<mlir::Type> types) {
  b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, at(), name, b.getFunctionType(types, {b.getI32Type()}));
  b.setInsertionPointToStart(function.addEntryBlock());
}

void EntryEmitter::bindCall(Value argument) {
  call = argument;
  context = field(call, 0, pointer);
  args = field(call, 1, pointer);
  results = field(call, 2, pointer);
  arena = field(call, 3, pointer);
  weights = field(call, 5, pointer);
}

Value EntryEmitter::wordAt(Value base, int64_t index) {
  // As LLVM writes it. What it rewrites makes it look at all uses of a stack variable, of which launches make
  // thousands.
  if (index == 0) return base;
  return LLVM::GEPOp::create(b, at(), pointer, b.getI8Type(), base,
                             llvm::ArrayRef<LLVM::GEPArg>{extents.constant(8 * index)});
}

Value EntryEmitter::field(Value base, int64_t index, mlir::Type type) {
  return LLVM::LoadOp::create(b, at(), type, wordAt(base, index), 8);
}

Value EntryEmitter::constantField(Value base, int64_t index) {
  Value value = field(base, index, pointer);
  value.getDefiningOp<LLVM::LoadOp>().setInvariant(true);
  return value;
}

void EntryEmitter::bindExtents(Value call, int32_t index) {
  for (mlir::Type type : source.getArgumentTypes())
    if (!llvm::cast<mlir::ShapedType>(type).hasStaticShape()) return bindExtentsFrom(field(call, index, pointer));
  bindExtentsFrom(Value());
}

void EntryEmitter::bindExtentsFrom(Value dims) {
  int32_t next = 0;
  for (mlir::BlockArgument argument : source.getArguments()) {
    Extents size;
    for (int64_t extent : llvm::cast<mlir::RankedTensorType>(argument.getType()).getShape())
      size.push_back(mlir::ShapedType::isDynamic(extent) ? field(dims, next++, word) : extents.constant(extent));
    extents.bind(argument, size);
  }
}

void EntryEmitter::emitOps(Range ops) {
  auto looked = ops.begin();  // for stretches
  for (auto op = ops.begin(); op != ops.end();) {
    // A strand's ops are a section's, too, where they are emitted one by one.
    if (Range section = outer ? Range{op, op} : sectionAt(op, ops.end()); !section.empty()) {
      emitSection(section);
      looked = op = section.end();
      continue;
    }
    if (op == looked) {
      Range stretch = stretchAt(op, ops.end());
      looked = stretch.empty() ? std::next(op) : stretch.end();
      if (isLong(stretch)) {
        emitInParts(stretch);
        op = looked;
        continue;
      }
    }
    emitOp(&*op);
    leaveIfFailed(&*op++);
  }
}

void EntryEmitter::emitOp(mlir::Operation *op) {
  if (op->hasAttr(passes::kRunTime)) settleExtents(op);
  if (op->hasAttr(passes::kExtent)) return;
  if (auto launch = llvm::dyn_cast<ir::LaunchOp>(op))
    emitLaunch(launch);
  else if (auto reshape = llvm::dyn_cast<ir::ReshapeOp>(op))
    storage[reshape.getResult()] = storageOf(reshape.getOperand());
  else if (auto constant = llvm::dyn_cast<ir::ConstantOp>(op))
    emitConstant(constant);
  else if (auto branch = llvm::dyn_cast<ir::IfOp>(op))
    emitIf(branch);
  else if (auto loop = llvm::dyn_cast<ir::WhileOp>(op))
    emitWhile(loop);
  else if (auto loop = llvm::dyn_cast<ir::ForOp>(op))
    emitFor(loop);
  else if (auto store = llvm::dyn_cast<ir::StoreSliceOp>(op))
    emitStoreSlice(store);
  else if (auto check = llvm::dyn_cast<ir::CheckOp>(op))
    emitCheck(check);
  else if (auto print = llvm::dyn_cast<ir::PrintOp>(op))
    emitPrint(print);
  else if (auto call = llvm::dyn_cast<ir::HostCallOp>(op))
    emitHostCall(call);
  else if (auto push = llvm::dyn_cast<ir::StackPushOp>(op))
    emitStack("etch_rt_stack_push", push.getOperand(), push.getId());
  else if (auto pop = llvm::dyn_cast<ir::StackPopOp>(op)) {
    placeResults(pop);
    emitStack("etch_rt_stack_pop", pop.getResult(), pop.getId());
  } else if (auto ret = llvm::dyn_cast<func::ReturnOp>(op))
    emitReturn(ret);
  else if (!llvm::isa<ir::YieldOp>(op))
    throw InternalError("no entry code for " + op->getName().getStringRef().str(), ir::toUserLocation(op->getLoc()));
}

func::FuncOp EntryEmitter::runtimeFunction(llvm::StringRef name, mlir::TypeRange inputs, mlir::TypeRange outputs) {
  if (auto existing = symbols.lookup<func::FuncOp>(name)) return existing;
  mlir::OpBuilder outside(module.getContext());
  auto declared =
      func::FuncOp::create(outside, outside.getUnknownLoc(), name, outside.getFunctionType(inputs, outputs));
  declared.setPrivate();
  symbols.insert(declared);
  return declared;
}

mlir::ValueRange EntryEmitter::callRuntime(llvm::StringRef name, llvm::ArrayRef<Value> arguments,
                                           mlir::TypeRange outputs) {
  func::FuncOp callee = runtimeFunction(name, mlir::ValueRange(arguments).getTypes(), outputs);
  return func::CallOp::create(b, at(), callee, arguments).getResults();
}

LLVM::GlobalOp EntryEmitter::globalData(mlir::Type type, mlir::Attribute value, const std::string &name) {
  mlir::OpBuilder outside = mlir::OpBuilder::atBlockBegin(module.getBody());
  return LLVM::GlobalOp::create(outside, outside.getUnknownLoc(), type, /*isConstant=*/true, LLVM::Linkage::Private,
                                name, value, /*alignment=*/64);
}

Value EntryEmitter::text(llvm::StringRef string) {
  std::string terminated = string.str() + '\0';
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), terminated.size());
  // Each of the two functions counts its own.
  const std::string name = "etch.text." + function.getName().str() + "." + std::to_string(nextGlobal());
  return LLVM::AddressOfOp::create(b, at(), globalData(type, b.getStringAttr(terminated), name));
}

void EntryEmitter::emitConstant(ir::ConstantOp constant) {
  if (constant->hasAttr(passes::kUnwritten)) return;  // nothing reads it
  auto tensor = llvm::cast<mlir::RankedTensorType>(constant.getType());
  DType dtype = dtypeOf(tensor);
  mlir::Type element = memoryType(dtype, b.getContext());
  auto elements = llvm::cast<mlir::DenseElementsAttr>(constant.getValue());
  int64_t count = tensor.getNumElements();
  auto flatType = mlir::RankedTensorType::get({count}, element);
  if (dtype == DType::boolean) {
    llvm::SmallVector<int8_t> bytes;
    for (bool value : elements.getValues<bool>()) bytes.push_back(value);
    elements = mlir::DenseElementsAttr::get(flatType, llvm::ArrayRef<int8_t>(bytes));
  } else {
    elements = mlir::DenseElementsAttr::getFromRawBuffer(flatType, elements.getRawData());
  }
  const Storage place(Storage::Kind::constant, nextGlobal());
  globalData(LLVM::LLVMArrayType::get(element, count), elements, nameOfConstant(place.number));
  storage[constant.getResult()] = place;
}

namespace {

struct EmitEntry : mlir::PassWrapper<EmitEntry, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitEntry)
  llvm::StringRef getArgument() const override { return "etch-emit-entry"; }
  llvm::StringRef getDescription() const override {
    return "emits the function that binds memory and runs the schedule";
  }
  void getDependentDialects(mlir::DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, cf::ControlFlowDialect, LLVM::LLVMDialect>();
  }

  void runOnOperation() override {
    mlir::SymbolTable symbols(getOperation());
    func::FuncOp source = publicFunction(getOperation());
    bool isStatic = llvm::all_of(source.getArgumentTypes(),
                                 [](mlir::Type type) { return llvm::cast<mlir::ShapedType>(type).hasStaticShape(); });
    SiteTable sites(getOperation(), source.getName().str());
    try {
      EntryEmitter(getOperation(), symbols, source, sites).emitEntry();
      if (!isStatic) EntryEmitter(getOperation(), symbols, source, sites).emitShapes();
      sites.finish();
    } catch (const UnsupportedError &error) {
      emitUnsupported(source, error);
      return signalPassFailure();
    } catch (const Error &error) {
      source.emitError(error.message());
      return signalPassFailure();
    }
    source.erase();
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (function->hasAttr(passes::kShapeOnly)) function.erase();
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> createEmitEntry() { return std::make_unique<EmitEntry>(); }

}  // namespace etch::codegen
