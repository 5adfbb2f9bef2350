#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"

#include "codegen/cpu/Elements.h"
#include "codegen/cpu/Entry.h"
#include "codegen/cpu/ExtentChecks.h"
#include "codegen/Unsupported.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/SiteTable.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"
#include "runtime/executable/abi.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace cf = mlir::cf;
namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
using mlir::Location;
using mlir::Value;

namespace {

func::FuncOp publicFunction(mlir::ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic()) return function;
  throw InternalError("a module without a public function reached code generation");
}

DType dtypeOf(mlir::Type tensor) { return ir::toDType(llvm::cast<mlir::RankedTensorType>(tensor).getElementType()); }

/// The elements as they lie in memory, one byte a bool.
std::string denseBytes(mlir::DenseElementsAttr elements) {
  if (elements.getElementType().isInteger(1)) {
    std::string bytes;
    for (bool value : elements.getValues<bool>()) bytes += static_cast<char>(value);
    return bytes;
  }
  llvm::ArrayRef<char> raw = elements.getRawData();
  std::string bytes(raw.begin(), raw.end());
  if (!elements.isSplat()) return bytes;
  std::string all;
  for (int64_t i = 0; i < elements.getNumElements(); ++i) all += bytes;
  return all;
}

}  // namespace

ProgramInfo programInfoOf(mlir::ModuleOp module) {
  func::FuncOp function = publicFunction(module);
  ProgramInfo info;
  info.name = function.getName().str();
  auto text = [](mlir::StringAttr attribute) { return attribute ? attribute.getValue().str() : std::string(); };
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto kind = function.getArgAttrOfType<mlir::StringAttr>(i, "etch.kind");
    info.args.push_back({text(function.getArgAttrOfType<mlir::StringAttr>(i, "etch.name")),
                         ir::toTensorType(type),
                         kind && kind.getValue() == "variable",
                         -1,
                         {}});
    if (auto initial = function.getArgAttrOfType<mlir::DenseElementsAttr>(i, "etch.initial_value"))
      info.args.back().initialValue = denseBytes(initial);
    info.isStatic &= info.args.back().type.shape.is_static();
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    auto updates = function.getResultAttrOfType<mlir::IntegerAttr>(i, "etch.updates");
    info.results.push_back({text(function.getResultAttrOfType<mlir::StringAttr>(i, "etch.name")),
                            ir::toTensorType(type),
                            false,
                            updates ? static_cast<int>(updates.getInt()) : -1,
                            {}});
    info.hasRunTimeResult |= !updates && function.getResultAttr(i, passes::kRunTime);
  }
  if (auto bytes = function->getAttrOfType<mlir::IntegerAttr>(passes::kArenaBytes)) info.arenaBytes = bytes.getInt();
  info.canFail = function->hasAttr(passes::kCanFail);
  function.walk([&](ir::HostCallOp) { info.hasHostCall = true; });
  return info;
}

namespace {

/// Emits one of the two functions from the planned schedule.
class EntryEmitter {
 public:
  EntryEmitter(mlir::ModuleOp module, mlir::SymbolTable &symbols, func::FuncOp source, SiteTable &sites)
      : module(module),
        symbols(symbols),
        source(source),
        sites(sites),
        b(module.getContext()),
        extents(b, &symbols),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        word(b.getI64Type()) {}

  void emitEntry() {
    begin(source.getName().str() + "_entry", {pointer});
    Value call = function.getArgument(0);
    context = field(call, 0, pointer);
    Value args = field(call, 1, pointer), results = field(call, 2, pointer);
    arena = field(call, 3, pointer);
    for (auto [i, argument] : llvm::enumerate(source.getArguments())) address[argument] = field(args, i, pointer);
    for (size_t i = 0; i < source.getNumResults(); ++i) resultPointers.push_back(field(results, i, pointer));
    bindExtents(call, 4);
    extents.readDataWith([this](Value scalar) { return loadExtent(scalar); });
    params = LLVM::AllocaOp::create(b, at(), pointer, word, extents.constant(maxWords()), 8);
    layOutSlots();
    emitBlock(source.getBody().front());
  }

  void emitShapes() {
    begin(source.getName().str() + "_shapes", {pointer, pointer, pointer});
    context = function.getArgument(0);
    bindExtentsFrom(function.getArgument(1));
    checkExtents();
    arena = Value();
    layOutSlots();
    int32_t position = 0;
    auto put = [&](Value value) {
      Value target = LLVM::GEPOp::create(b, at(), pointer, word, function.getArgument(2),
                                         llvm::ArrayRef<LLVM::GEPArg>{position++});
      LLVM::StoreOp::create(b, at(), value, target, 8);
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

 private:
  mlir::ModuleOp module;
  mlir::SymbolTable &symbols;
  func::FuncOp source, function;
  SiteTable &sites;
  mlir::OpBuilder b;
  ExtentEmitter extents;
  mlir::Type pointer, word;
  Value context, arena, arenaBytes, params;
  llvm::SmallVector<Value> resultPointers, slotOffsets;
  llvm::DenseMap<Value, Value> address;

  Location at() { return source.getLoc(); }

  void begin(const std::string &name, llvm::ArrayRef<mlir::Type> types) {
    b.setInsertionPointToEnd(module.getBody());
    function = func::FuncOp::create(b, at(), name, b.getFunctionType(types, {b.getI32Type()}));
    b.setInsertionPointToStart(function.addEntryBlock());
  }

  Value field(Value base, int32_t index, mlir::Type type) {
    Value place = LLVM::GEPOp::create(b, at(), pointer, word, base, llvm::ArrayRef<LLVM::GEPArg>{index});
    return LLVM::LoadOp::create(b, at(), type, place, 8);
  }

  void bindExtents(Value call, int32_t index) {
    for (mlir::Type type : source.getArgumentTypes())
      if (!llvm::cast<mlir::ShapedType>(type).hasStaticShape()) return bindExtentsFrom(field(call, index, pointer));
    bindExtentsFrom(Value());
  }
  void bindExtentsFrom(Value dims) {
    int32_t next = 0;
    for (mlir::BlockArgument argument : source.getArguments()) {
      Extents size;
      for (int64_t extent : llvm::cast<mlir::RankedTensorType>(argument.getType()).getShape())
        size.push_back(mlir::ShapedType::isDynamic(extent) ? field(dims, next++, word) : extents.constant(extent));
      extents.bind(argument, size);
    }
  }

  Value bytesOf(Value tensor) {
    Extents size = extents.of(tensor);
    size.push_back(extents.constant(size_of(dtypeOf(tensor.getType()))));
    return extents.product(size);
  }

  //===-- Memory ---------------------------------------------------------------------------------------------===//

  /// Offsets of the slots: constants, or computed from the extents of what they hold.
  void layOutSlots() {
    if (auto offsets = source->getAttrOfType<mlir::DenseI64ArrayAttr>(passes::kSlotOffsets)) {
      for (int64_t offset : offsets.asArrayRef()) slotOffsets.push_back(extents.constant(offset));
      arenaBytes = extents.constant(source->getAttrOfType<mlir::IntegerAttr>(passes::kArenaBytes).getInt());
      return;
    }
    int64_t count = source->getAttrOfType<mlir::IntegerAttr>(passes::kNumSlots).getInt();
    llvm::SmallVector<Value> sizes(count);
    source.walk([&](mlir::Operation *op) {
      forEachPlaced(op, [&](Value value, int64_t slot) {
        if (slot < 0 || passes::isRunTimeBlock(slot)) return;
        Value bytes = bytesOf(value);
        sizes[slot] = sizes[slot] ? arith::MaxSIOp::create(b, at(), sizes[slot], bytes).getResult() : bytes;
      });
    });
    Value total = extents.constant(0);
    slotOffsets.clear();
    for (Value size : sizes) {
      slotOffsets.push_back(total);
      Value padded = arith::AddIOp::create(b, at(), size ? size : extents.constant(0), extents.constant(63));
      total = arith::AddIOp::create(b, at(), total, arith::AndIOp::create(b, at(), padded, extents.constant(-64)));
    }
    arenaBytes = total;
  }

  static void forEachPlaced(mlir::Operation *op, llvm::function_ref<void(Value, int64_t)> visit) {
    llvm::ArrayRef<int64_t> slots = passes::slotsOf(op);
    if (slots.empty()) return;
    if (auto loop = llvm::dyn_cast<ir::ForOp>(op)) {
      visit(loop.getBody().getArgument(0), slots[0]);
      slots = slots.drop_front();
    }
    for (auto [result, slot] : llvm::zip(op->getResults(), slots)) visit(result, slot);
  }

  Value slotAddress(int64_t slot) {
    if (slot < 0) return resultPointers[-1 - slot];
    return LLVM::GEPOp::create(b, at(), pointer, b.getI8Type(), arena, llvm::ArrayRef<LLVM::GEPArg>{slotOffsets[slot]});
  }

  Value addressOf(Value tensor) {
    if (auto it = address.find(tensor); it != address.end()) return it->second;
    throw InternalError("a value without memory: " + std::string(tensor.getDefiningOp()->getName().getStringRef()));
  }

  void placeResults(mlir::Operation *op) {
    forEachPlaced(op, [&](Value value, int64_t slot) {
      address[value] = passes::isRunTimeBlock(slot) ? block(slot, bytesOf(value)) : slotAddress(slot);
    });
  }

  //===-- Memory that is sized while the program runs --------------------------------------------------------===//

  /// Block `number` of the call, of at least that many bytes. What it held is lost when it grows.
  Value block(int64_t number, Value bytes) {
    Value memory =
        callRuntime("etch_rt_block", {context, extents.constant(number - passes::kFirstRunTimeBlock), bytes}, pointer)
            .front();
    Value none = LLVM::ZeroOp::create(b, at(), pointer);
    Value there = LLVM::ICmpOp::create(b, at(), LLVM::ICmpPredicate::ne, memory, none);
    returnUnless(there);
    return memory;
  }

  void returnUnless(Value holds) {
    mlir::Block *bad = newBlock(), *after = newBlock();
    jumpIf(holds, after, bad);
    b.setInsertionPointToEnd(bad);
    returnStatus(1);
    b.setInsertionPointToEnd(after);  // dominated by all that came before: nothing is forgotten
  }

  /// A value that has another address and other extents each time round: both lie in variables of the emitted code.
  struct Moving {
    Value value;
    int64_t number;
    Value home;           // of the address
    Extents extentHomes;  // of the unknown extents
  };

  /// The results of a branch or loop that are sized at run time.
  llvm::SmallVector<Moving> movingResults(mlir::Operation *op) {
    llvm::SmallVector<Moving> moving;
    forEachPlaced(op, [&](Value value, int64_t slot) {
      if (!passes::isRunTimeBlock(slot)) return;
      Moving m{value, slot, stack(pointer, 1), {}};
      for (int64_t i = llvm::cast<mlir::ShapedType>(value.getType()).getNumDynamicDims(); i > 0; --i)
        m.extentHomes.push_back(stack(word, 1));
      moving.push_back(std::move(m));
    });
    return moving;
  }
  bool isMoving(llvm::ArrayRef<Moving> moving, Value value) {
    return llvm::any_of(moving, [&](const Moving &m) { return m.value == value; });
  }

  void store(const Moving &m, Value memory, Extents size) {
    LLVM::StoreOp::create(b, at(), memory, m.home, 8);
    auto type = llvm::cast<mlir::RankedTensorType>(m.value.getType());
    const Value *home = m.extentHomes.begin();
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis)) LLVM::StoreOp::create(b, at(), size[axis], *home++, 8);
  }

  /// Copies `from` to block `number`, which may be the one after `m`'s own.
  Value copyToBlock(int64_t number, Value from) {
    Value bytes = bytesOf(from);
    Value memory = block(number, bytes);
    LLVM::MemcpyOp::create(b, at(), memory, addressOf(from), bytes, /*isVolatile=*/false);
    return memory;
  }

  /// Where `m` is from here on, as the value itself and as `others`.
  void load(const Moving &m, mlir::ValueRange others = {}) {
    Value memory = LLVM::LoadOp::create(b, at(), pointer, m.home, 8);
    Extents size;
    const Value *home = m.extentHomes.begin();
    for (int64_t extent : llvm::cast<mlir::RankedTensorType>(m.value.getType()).getShape())
      size.push_back(mlir::ShapedType::isDynamic(extent) ? LLVM::LoadOp::create(b, at(), word, *home++, 8).getResult()
                                                         : extents.constant(extent));
    llvm::SmallVector<Value> values(others);
    values.push_back(m.value);
    for (Value value : values) {
      address[value] = memory;
      extents.bind(value, size);
    }
  }

  /// Before an op that works with extents that were unknown until now: they must fit, and are fixed from here on.
  void settleExtents(mlir::Operation *op) {
    if (op->hasAttr(passes::kExtent)) {
      extents.bindScalar(op->getResult(0), extents.scalar(op->getResult(0)));
      return;
    }
    if (op->getNumRegions() != 0) return;
    StatedExtents stated;
    checkExtents(op, stated);
    for (Value result : op->getResults())
      if (!llvm::cast<mlir::ShapedType>(result.getType()).hasStaticShape()) extents.bind(result, extents.of(result));
  }

  void copy(Value from, Value to, Value tensor) {
    if (from == to) return;
    Value bytes = bytesOf(tensor);
    LLVM::MemcpyOp::create(b, at(), to, from, bytes, /*isVolatile=*/false);
  }

  //===-- Control --------------------------------------------------------------------------------------------===//

  mlir::Block *newBlock() {
    auto *block = new mlir::Block();
    function.getBody().push_back(block);
    return block;
  }
  void jump(mlir::Block *target) { cf::BranchOp::create(b, at(), target); }
  void jumpIf(Value condition, mlir::Block *yes, mlir::Block *no) {
    cf::CondBranchOp::create(b, at(), condition, yes, mlir::ValueRange(), no, mlir::ValueRange());
  }
  void enter(mlir::Block *block) {
    b.setInsertionPointToEnd(block);
    extents.forget();
  }
  void returnStatus(int32_t status) {
    Value value = arith::ConstantOp::create(b, at(), b.getI32IntegerAttr(status));
    func::ReturnOp::create(b, at(), value);
  }

  Value loadBool(Value tensor) { return loadScalar(b, at(), DType::boolean, addressOf(tensor), extents.constant(0)); }
  Value loadExtent(Value tensor) { return loadScalar(b, at(), DType::i64, addressOf(tensor), extents.constant(0)); }

  void emitBlock(mlir::Block &block) {
    for (mlir::Operation &op : block) {
      if (op.hasAttr(passes::kRunTime)) settleExtents(&op);
      if (op.hasAttr(passes::kExtent)) continue;
      if (auto launch = llvm::dyn_cast<ir::LaunchOp>(&op))
        emitLaunch(launch);
      else if (auto reshape = llvm::dyn_cast<ir::ReshapeOp>(&op))
        address[reshape.getResult()] = addressOf(reshape.getOperand());
      else if (auto constant = llvm::dyn_cast<ir::ConstantOp>(&op))
        emitConstant(constant);
      else if (auto branch = llvm::dyn_cast<ir::IfOp>(&op))
        emitIf(branch);
      else if (auto loop = llvm::dyn_cast<ir::WhileOp>(&op))
        emitWhile(loop);
      else if (auto loop = llvm::dyn_cast<ir::ForOp>(&op))
        emitFor(loop);
      else if (auto check = llvm::dyn_cast<ir::CheckOp>(&op))
        emitCheck(check);
      else if (auto print = llvm::dyn_cast<ir::PrintOp>(&op))
        emitPrint(print);
      else if (auto call = llvm::dyn_cast<ir::HostCallOp>(&op))
        emitHostCall(call);
      else if (auto push = llvm::dyn_cast<ir::StackPushOp>(&op))
        emitStack("etch_rt_stack_push", push.getOperand(), push.getId());
      else if (auto pop = llvm::dyn_cast<ir::StackPopOp>(&op)) {
        placeResults(pop);
        emitStack("etch_rt_stack_pop", pop.getResult(), pop.getId());
      } else if (auto ret = llvm::dyn_cast<func::ReturnOp>(&op))
        emitReturn(ret);
      else if (!llvm::isa<ir::YieldOp>(&op))
        throw InternalError("no entry code for " + op.getName().getStringRef().str(), ir::toUserLocation(op.getLoc()));
    }
  }

  int64_t maxWords() {
    int64_t most = 1;
    source.walk([&](ir::LaunchOp launch) {
      int64_t words = launch->getNumOperands() + launch->getNumResults();
      for (mlir::Type type : launch->getOperandTypes()) words += llvm::cast<mlir::ShapedType>(type).getNumDynamicDims();
      most = std::max(most, words);
    });
    return most;
  }

  void emitLaunch(ir::LaunchOp launch) {
    placeResults(launch);
    int32_t next = 0;
    auto put = [&](Value value) {
      Value place = LLVM::GEPOp::create(b, at(), pointer, word, params, llvm::ArrayRef<LLVM::GEPArg>{next++});
      LLVM::StoreOp::create(b, at(), value, place, 8);
    };
    for (Value input : launch.getInputs()) put(addressOf(input));
    for (Value result : launch.getResults()) put(addressOf(result));
    for (Value input : launch.getInputs()) {
      auto type = llvm::cast<mlir::RankedTensorType>(input.getType());
      if (type.hasStaticShape()) continue;
      Extents size = extents.of(input);
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        if (type.isDynamicDim(axis)) put(size[axis]);
    }
    auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
    auto trips = kernel->getAttrOfType<mlir::IntegerAttr>(kTrips);
    auto grain = kernel->getAttrOfType<mlir::IntegerAttr>(kGrain);
    if (trips && trips.getInt() > grain.getInt()) {
      Value body = func::ConstantOp::create(b, at(), kernel.getFunctionType(), kernel.getName());
      callRuntime(kernel->hasAttr(kRanges) ? kParallelRanges : kParallelFor,
                  {body, params, extents.constant(trips.getInt()), extents.constant(grain.getInt())});
      return;
    }
    func::CallOp::create(b, launch.getLoc(), kernel,
                         mlir::ValueRange{params, extents.constant(0), extents.constant(-1)});
  }

  func::FuncOp runtimeFunction(llvm::StringRef name, mlir::TypeRange inputs, mlir::TypeRange outputs) {
    if (auto existing = symbols.lookup<func::FuncOp>(name)) return existing;
    mlir::OpBuilder outside(module.getContext());
    auto declared =
        func::FuncOp::create(outside, outside.getUnknownLoc(), name, outside.getFunctionType(inputs, outputs));
    declared.setPrivate();
    symbols.insert(declared);
    return declared;
  }
  mlir::ValueRange callRuntime(llvm::StringRef name, llvm::ArrayRef<Value> arguments, mlir::TypeRange outputs = {}) {
    func::FuncOp callee = runtimeFunction(name, mlir::ValueRange(arguments).getTypes(), outputs);
    return func::CallOp::create(b, at(), callee, arguments).getResults();
  }

  /// Read-only data of the program.
  Value globalData(mlir::Type type, mlir::Attribute value, llvm::StringRef prefix) {
    mlir::OpBuilder outside = mlir::OpBuilder::atBlockBegin(module.getBody());
    std::string name = (prefix + "_" + llvm::Twine(numGlobals++)).str();
    auto global = LLVM::GlobalOp::create(outside, outside.getUnknownLoc(), type, /*isConstant=*/true,
                                         LLVM::Linkage::Private, name, value, /*alignment=*/64);
    return LLVM::AddressOfOp::create(b, at(), global);
  }
  int numGlobals = 0;

  Value text(llvm::StringRef string) {
    std::string terminated = string.str() + '\0';
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), terminated.size());
    return globalData(type, b.getStringAttr(terminated), "text");
  }

  void emitConstant(ir::ConstantOp constant) {
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
    address[constant.getResult()] = globalData(LLVM::LLVMArrayType::get(element, count), elements, "constant");
  }

  void emitIf(ir::IfOp branch) {
    llvm::SmallVector<Moving> moving = movingResults(branch);
    placeFixedResults(branch);
    mlir::Block *yes = newBlock(), *no = newBlock(), *after = newBlock();
    jumpIf(loadBool(branch.getPred()), yes, no);
    auto side = [&](mlir::Block *start, mlir::Region &region) {
      enter(start);
      emitBlock(region.front());
      mlir::ValueRange yields = region.front().getTerminator()->getOperands();
      for (const Moving &m : moving) {
        Value from = yields[llvm::cast<mlir::OpResult>(m.value).getResultNumber()];
        store(m, copyToBlock(m.number, from), extents.of(from));
      }
      copyInto(yields, branch.getResults(), moving);
      jump(after);
    };
    side(yes, branch.getThenRegion());
    side(no, branch.getElseRegion());
    enter(after);
    for (const Moving &m : moving) load(m);
  }

  void placeFixedResults(mlir::Operation *op) {
    forEachPlaced(op, [&](Value value, int64_t slot) {
      if (!passes::isRunTimeBlock(slot)) address[value] = slotAddress(slot);
    });
  }

  void copyInto(mlir::ValueRange values, mlir::ValueRange places, llvm::ArrayRef<Moving> moving) {
    for (auto [value, place] : llvm::zip(values, places))
      if (!isMoving(moving, place)) copy(addressOf(value), addressOf(place), place);
  }

  /// Memory of what a loop carries, holding what it begins with.
  llvm::SmallVector<Moving> beginLoop(mlir::Operation *loop, unsigned offset) {
    llvm::SmallVector<Moving> moving = movingResults(loop);
    placeFixedResults(loop);
    mlir::ValueRange inits = loop->getOperands().take_back(loop->getNumResults());
    for (auto [i, result] : llvm::enumerate(loop->getResults()))
      if (!isMoving(moving, result))
        for (mlir::Region &region : loop->getRegions()) address[region.getArgument(i + offset)] = addressOf(result);
    for (const Moving &m : moving) {
      Value init = inits[llvm::cast<mlir::OpResult>(m.value).getResultNumber()];
      store(m, copyToBlock(m.number, init), extents.of(init));
    }
    copyInto(inits, loop->getResults(), moving);
    return moving;
  }

  /// At the top of each iteration, and after the last one.
  void loadCarried(mlir::Operation *loop, unsigned offset, llvm::ArrayRef<Moving> moving) {
    for (const Moving &m : moving) {
      llvm::SmallVector<Value> arguments;
      for (mlir::Region &region : loop->getRegions())
        arguments.push_back(region.getArgument(llvm::cast<mlir::OpResult>(m.value).getResultNumber() + offset));
      load(m, arguments);
    }
  }

  /// What the body yields becomes what the loop carries.
  void carryOn(mlir::Operation *loop, llvm::ArrayRef<Moving> moving) {
    mlir::ValueRange yields = loop->getRegions().back().front().getTerminator()->getOperands();
    auto yieldOf = [&](const Moving &m) { return yields[llvm::cast<mlir::OpResult>(m.value).getResultNumber()]; };
    // Blocks may move: all that is read here is copied before the first one is replaced.
    for (const Moving &m : moving) copyToBlock(m.number + 1, yieldOf(m));
    copyInto(yields, loop->getResults(), moving);
    for (const Moving &m : moving) {
      Value number = extents.constant(m.number - passes::kFirstRunTimeBlock);
      store(m, callRuntime("etch_rt_next_block", {context, number}, pointer).front(), extents.of(yieldOf(m)));
    }
  }

  void emitWhile(ir::WhileOp loop) {
    llvm::SmallVector<Moving> moving = beginLoop(loop, 0);
    mlir::Block *test = newBlock(), *body = newBlock(), *after = newBlock();
    jump(test);
    enter(test);
    loadCarried(loop, 0, moving);
    emitBlock(loop.getCond().front());
    jumpIf(loadBool(loop.getCond().front().getTerminator()->getOperand(0)), body, after);
    enter(body);
    emitBlock(loop.getBody().front());
    carryOn(loop, moving);
    jump(test);
    enter(after);
  }

  void emitFor(ir::ForOp loop) {
    Value lower = loadExtent(loop.getLower()), upper = loadExtent(loop.getUpper());
    llvm::SmallVector<Moving> moving = beginLoop(loop, 1);
    Value counter = addressOf(loop.getBody().getArgument(0));
    mlir::Block *test = newBlock(), *body = newBlock(), *after = newBlock();
    Value position = test->addArgument(word, at());
    cf::BranchOp::create(b, at(), test, mlir::ValueRange{lower});
    enter(test);
    loadCarried(loop, 1, moving);
    jumpIf(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::slt, position, upper), body, after);
    enter(body);
    LLVM::StoreOp::create(b, at(), position, counter, 8);
    emitBlock(loop.getBody().front());
    carryOn(loop, moving);
    Value next = arith::AddIOp::create(b, at(), position, extents.constant(1));
    cf::BranchOp::create(b, at(), test, mlir::ValueRange{next});
    enter(after);
  }

  //===-- Effects --------------------------------------------------------------------------------------------===//

  void fail(llvm::StringRef message, Location location) {
    auto site = sites.load(b, at(), ir::toUserLocation(location));
    callRuntime("etch_rt_fail", {context, text(message), site[0], site[1], site[2]});
    returnStatus(1);
  }

  void emitCheck(ir::CheckOp check) {
    mlir::Block *bad = newBlock(), *after = newBlock();
    jumpIf(loadBool(check.getPred()), after, bad);
    enter(bad);
    fail(check.getMessage(), check.getLoc());
    enter(after);
  }

  /// An array of etch_view on the stack.
  Value views(mlir::ValueRange tensors) {
    auto view = LLVM::LLVMStructType::getLiteral(b.getContext(), {pointer, pointer, b.getI8Type(), b.getI8Type()});
    int64_t count = std::max<int64_t>(1, tensors.size());
    Value array = stack(view, count);
    for (auto [i, tensor] : llvm::enumerate(tensors)) {
      Extents size = extents.of(tensor);
      Value dims = stack(word, std::max<int64_t>(1, size.size()));
      for (auto [axis, extent] : llvm::enumerate(size))
        LLVM::StoreOp::create(
            b, at(), extent,
            LLVM::GEPOp::create(b, at(), pointer, word, dims, llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(axis)}),
            8);
      auto put = [&](int32_t member, Value value) {
        Value place = LLVM::GEPOp::create(b, at(), pointer, view, array,
                                          llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i), member});
        LLVM::StoreOp::create(b, at(), value, place);
      };
      auto byte = [&](int64_t value) -> Value { return arith::ConstantOp::create(b, at(), b.getI8IntegerAttr(value)); };
      put(0, addressOf(tensor));
      put(1, dims);
      put(2, byte(static_cast<int64_t>(dtypeOf(tensor.getType()))));
      put(3, byte(size.size()));
    }
    return array;
  }

  /// In the first block, so that loops do not grow the stack.
  Value stack(mlir::Type type, int64_t count) {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&function.getBody().front());
    Value number = arith::ConstantOp::create(b, at(), b.getI64IntegerAttr(count));
    return LLVM::AllocaOp::create(b, at(), pointer, type, number, 8);
  }

  Value i32(int64_t value) { return arith::ConstantOp::create(b, at(), b.getI32IntegerAttr(value)); }

  void emitPrint(ir::PrintOp print) {
    callRuntime("etch_rt_print",
                {context, text(print.getFormat()), i32(print.getInputs().size()), views(print.getInputs())});
  }

  void emitHostCall(ir::HostCallOp call) {
    placeResults(call);
    Value inputs = views(call.getInputs()), outputs = views(call.getResults());
    Value status = callRuntime("etch_rt_host_call",
                               {context, extents.constant(call.getId()), i32(call.getInputs().size()), inputs,
                                i32(call.getResults().size()), outputs},
                               b.getI32Type())
                       .front();
    mlir::Block *bad = newBlock(), *after = newBlock();
    jumpIf(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::eq, status, i32(0)), after, bad);
    enter(bad);
    returnStatus(1);
    enter(after);
  }

  void emitStack(llvm::StringRef name, Value tensor, int64_t id) {
    callRuntime(name, {context, extents.constant(id), addressOf(tensor), bytesOf(tensor)});
  }

  void emitReturn(func::ReturnOp ret) {
    for (auto [r, value] : llvm::enumerate(ret.getOperands()))
      if (source.getResultAttr(r, passes::kRunTime) && source.getResultAttr(r, "etch.updates")) checkUpdate(ret, r);
    // Results before variables: they may show a variable's old value.
    for (bool variables : {false, true})
      for (auto [r, value] : llvm::enumerate(ret.getOperands())) {
        bool updates = source.getResultAttr(r, "etch.updates") != nullptr;
        if (updates != variables) continue;
        if (!updates && source.getResultAttr(r, passes::kRunTime))
          callRuntime("etch_rt_result",
                      {context, extents.constant(static_cast<int64_t>(r)), views(value), bytesOf(value)});
        else
          copy(addressOf(value), resultPointers[r], value);
      }
    returnStatus(0);
  }

  //===-- Extents that must agree ----------------------------------------------------------------------------===//

  void require(Value holds, mlir::Operation *op, llvm::StringRef what) {
    mlir::Block *bad = newBlock(), *after = newBlock();
    jumpIf(holds, after, bad);
    b.setInsertionPointToEnd(bad);
    fail(("[" + op->getName().stripDialect() + "] " + what + "; pass tensors whose shapes fit").str(), op->getLoc());
    // What was computed before still dominates: checks end blocks, but none is left out.
    b.setInsertionPointToEnd(after);
  }

  void checkExtents(mlir::Operation *op, StatedExtents &stated) {
    auto state = [&](Value holds, mlir::Operation *of, llvm::StringRef what) { require(holds, of, what); };
    if (!llvm::isa<ir::LaunchOp>(op)) return checkExtentsOf(op, b, extents, stated, state);
    ExtentEmitter inner = extents.inside(op);
    for (mlir::Operation &made : extents.shapeOf(op).getBody().front().without_terminator())
      checkExtentsOf(&made, b, inner, stated, state);
  }

  void checkUpdate(mlir::Operation *ret, unsigned r) {
    auto updates = source.getResultAttrOfType<mlir::IntegerAttr>(r, "etch.updates");
    for (auto [x, y] : llvm::zip(extents.of(ret->getOperand(r)), extents.of(source.getArgument(updates.getInt()))))
      if (x != y && (!constantOf(x) || constantOf(x) != constantOf(y)))
        require(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::eq, x, y), ret,
                "extents of a variable and its new value differ");
  }

  /// Unknown extents must fit the ops they meet in, the loops that carry them and the variables they go into. Those
  /// that depend on data are checked when they are known.
  void checkExtents() {
    StatedExtents stated;
    source.walk([&](mlir::Operation *op) {
      if (!op->hasAttr(passes::kRunTime)) checkExtents(op, stated);
    });
    mlir::Operation *ret = source.getBody().front().getTerminator();
    for (unsigned r = 0; r < ret->getNumOperands(); ++r)
      if (source.getResultAttr(r, "etch.updates") && !source.getResultAttr(r, passes::kRunTime)) checkUpdate(ret, r);
  }
};

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
