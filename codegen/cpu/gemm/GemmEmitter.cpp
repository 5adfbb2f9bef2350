#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/MultiplyAdd.h"
#include "codegen/cpu/gemm/GemmEmitter.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using mlir::Value;

/// Whose times of instructions LLVM's scheduler goes by in products of integers, where a multiplication and an addition
/// are two. By those of Skylake, Ice Lake and x86-64-v4 it multiplies so far ahead of the additions that 250 vectors of
/// the routine for i32 go to memory and back, and a tenth of the speed with them; by these 12, beside the loops.
constexpr const char *kScheduledFor = "znver4";

mlir::func::FuncOp GemmEmitter::begin(llvm::StringRef name, mlir::TypeRange types) {
  b.setInsertionPointToEnd(module.getBody());
  auto function = mlir::func::FuncOp::create(b, at, name, b.getFunctionType(types, {}));
  function.setPrivate();
  if (!is_floating(tiles.compute) && unit.bits > 128)
    function->setAttr("passthrough", b.getArrayAttr(b.getStrArrayAttr({"tune-cpu", kScheduledFor})));
  b.setInsertionPointToStart(function.addEntryBlock());
  return function;
}

mlir::func::FuncOp GemmEmitter::begin(llvm::StringRef name, int64_t pointers, int64_t words) {
  llvm::SmallVector<mlir::Type> types(pointers, pointerType());
  types.append(words, b.getI64Type());
  return begin(name, types);
}

Value GemmEmitter::constant(int64_t value) { return arith::ConstantOp::create(b, at, b.getI64IntegerAttr(value)); }

Value GemmEmitter::negate(Value x) {
  return arith::XOrIOp::create(b, at, x, arith::ConstantOp::create(b, at, b.getBoolAttr(true)));
}

Value GemmEmitter::isGiven(Value pointer) {
  return LLVM::ICmpOp::create(b, at, LLVM::ICmpPredicate::ne, pointer, LLVM::ZeroOp::create(b, at, pointerType()));
}

Values GemmEmitter::loop(Value lower, Value upper, Value step, mlir::ValueRange carried, Body body) {
  auto forOp = mlir::scf::ForOp::create(b, at, lower, upper, step, carried);
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  Values next = body(forOp.getInductionVar(), forOp.getRegionIterArgs());
  if (!carried.empty()) mlir::scf::YieldOp::create(b, at, next);
  return llvm::to_vector_of<Value>(forOp.getResults());
}

void GemmEmitter::loop(Value lower, Value upper, int64_t step, llvm::function_ref<void(Value)> body) {
  loop(lower, upper, constant(step), {}, [&](Value i, mlir::ValueRange) {
    body(i);
    return Values();
  });
}

void GemmEmitter::branch(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
  auto ifOp = mlir::scf::IfOp::create(b, at, condition, /*withElse=*/static_cast<bool>(otherwise));
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  then();
  if (!otherwise) return;
  b.setInsertionPointToStart(ifOp.elseBlock());
  otherwise();
}

Value GemmEmitter::offset(Value base, int64_t count, DType dtype) {
  return LLVM::GEPOp::create(b, at, base.getType(), memoryType(dtype, b.getContext()), base,
                             llvm::ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(count)});
}

Value GemmEmitter::offsetBytes(Value base, Value bytes) {
  return LLVM::GEPOp::create(b, at, base.getType(), b.getI8Type(), base, llvm::ArrayRef<LLVM::GEPArg>{bytes});
}

Value GemmEmitter::stack(int64_t elements, DType dtype) {
  mlir::OpBuilder::InsertionGuard guard(b);
  auto function = b.getBlock()->getParent()->getParentOfType<mlir::func::FuncOp>();
  b.setInsertionPointToStart(&function.getBody().front());
  return LLVM::AllocaOp::create(b, at, pointerType(), memoryType(dtype, b.getContext()), constant(elements), 64);
}

/// A function of the runtime.
static mlir::func::FuncOp declareRuntime(mlir::ModuleOp module, llvm::StringRef name, mlir::TypeRange arguments,
                                         mlir::Type result) {
  if (auto existing = module.lookupSymbol<mlir::func::FuncOp>(name)) return existing;
  mlir::OpBuilder end = mlir::OpBuilder::atBlockEnd(module.getBody());
  auto function = mlir::func::FuncOp::create(end, module.getLoc(), name, end.getFunctionType(arguments, {result}));
  function.setPrivate();
  return function;
}

mlir::func::FuncOp declareScratch(mlir::ModuleOp module) {
  mlir::MLIRContext *context = module.getContext();
  return declareRuntime(module, "etch_rt_scratch", mlir::IntegerType::get(context, 64),
                        LLVM::LLVMPointerType::get(context));
}
mlir::func::FuncOp declareL1Bytes(mlir::ModuleOp module) {
  return declareRuntime(module, "etch_rt_l1_bytes", {}, mlir::IntegerType::get(module.getContext(), 64));
}

Value GemmEmitter::scratch(int64_t bytes) {
  return mlir::func::CallOp::create(b, at, declareScratch(module), mlir::ValueRange{constant(bytes)}).getResult(0);
}

Value GemmEmitter::hasSmallL1(int64_t pages) {
  constexpr int64_t kPage = 4096;
  Value bytes = mlir::func::CallOp::create(b, at, declareL1Bytes(module), mlir::ValueRange{}).getResult(0);
  return less(bytes, constant(pages * kPage));
}

Value GemmEmitter::mask(Value count, int64_t lanes) {
  if (lanes == 0) lanes = tiles.lanes;
  llvm::SmallVector<int32_t> positions = llvm::to_vector(llvm::seq<int32_t>(static_cast<int32_t>(lanes)));
  auto type = mlir::VectorType::get({lanes}, b.getI32Type());
  Value lane = arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(positions)));
  Value limit = arith::TruncIOp::create(b, at, b.getI32Type(), minimum(maximum(count, constant(0)), constant(lanes)));
  return arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, lane, vector::BroadcastOp::create(b, at, type, limit));
}

Value GemmEmitter::load(Value address, DType dtype, Value mask) {
  mlir::Type type = mlir::VectorType::get({tiles.lanes}, memoryType(dtype, b.getContext()));
  if (!mask) return fromMemory(b, at, dtype, LLVM::LoadOp::create(b, at, type, address, size_of(dtype)));
  Value zeros = splatConstant(b, at, type, int64_t{0});
  return fromMemory(b, at, dtype, LLVM::MaskedLoadOp::create(b, at, type, address, mask, zeros, size_of(dtype)));
}

void GemmEmitter::store(Value value, Value address, DType dtype, Value mask) {
  value = toMemory(b, at, dtype, value);
  if (mask)
    LLVM::MaskedStoreOp::create(b, at, value, address, mask, size_of(dtype));
  else
    LLVM::StoreOp::create(b, at, value, address, size_of(dtype));
}

Value GemmEmitter::loadWide(Value address, Value mask) {
  return emitCast(b, at, load(address, tiles.dtype, mask), tiles.dtype, tiles.compute);
}

Value GemmEmitter::broadcast(Value scalar) {
  return vector::BroadcastOp::create(b, at, vectorType(tiles.compute), scalar);
}

Value GemmEmitter::multiplyAdd(Value x, Value y, Value sum) {
  if (tiles.arePairs()) {
    auto pairs = mlir::VectorType::get({2 * tiles.lanes}, b.getBF16Type());
    auto numbers = [&](Value lanes) -> Value { return LLVM::BitcastOp::create(b, at, pairs, lanes); };
    auto name = b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512");
    return LLVM::CallIntrinsicOp::create(b, at, sum.getType(), name, mlir::ValueRange{sum, numbers(x), numbers(y)})
        .getResults();
  }
  return emitMultiplyAdd(b, at, x, y, sum, fusesMultiplyAdd(unit, policy));
}

Value GemmEmitter::loadPairs(Value address, Value mask) {
  auto type = mlir::VectorType::get({2 * tiles.lanes}, b.getI16Type());
  return LLVM::BitcastOp::create(b, at, vectorType(tiles.compute), loadLine(b, at, type, address, mask));
}

void GemmEmitter::storeSums(mlir::ValueRange sums, Value address, Value columns) {
  const auto vectors = static_cast<int64_t>(sums.size());
  if (!tiles.arePairs()) {
    for (auto [v, sum] : llvm::enumerate(sums)) {
      const int64_t first = static_cast<int64_t>(v) * tiles.lanes;
      const bool isWhole = !columns || first + tiles.lanes < vectors * tiles.lanes;
      Value part = isWhole ? Value() : mask(sub(columns, constant(first)));
      store(emitCast(b, at, sum, tiles.compute, tiles.dtype), offset(address, first, tiles.dtype), tiles.dtype, part);
    }
    return;
  }
  // The instructions would make 0 of subnormal sums; those of pairs are never subnormal. The second operand comes
  // first.
  auto numbers = mlir::VectorType::get({vectors * tiles.lanes}, b.getBF16Type());
  auto name =
      b.getStringAttr(vectors == 1 ? "llvm.x86.avx512bf16.cvtneps2bf16.512" : "llvm.x86.avx512bf16.cvtne2ps2bf16.512");
  Value rounded = LLVM::CallIntrinsicOp::create(b, at, numbers, name, Values(llvm::reverse(sums))).getResults();
  storeLine(b, at, rounded, address, columns ? mask(columns, vectors * tiles.lanes) : Value());
}

void GemmEmitter::prefetch(Value address, int32_t locality) {
  LLVM::Prefetch::create(b, at, address, /*rw=*/0, /*hint=*/locality, /*cache=*/1);
}

Value GemmEmitter::opaque(Value value) {
  auto inlineAsm =
      LLVM::InlineAsmOp::create(b, at, mlir::TypeRange{value.getType()}, mlir::ValueRange{value}, /*asm_string=*/"",
                                /*constraints=*/"=r,0", /*has_side_effects=*/false, /*is_align_stack=*/false,
                                LLVM::TailCallKind::None, LLVM::AsmDialectAttr(), mlir::ArrayAttr());
  return inlineAsm.getResult(0);
}

LineAddresses::LineAddresses(GemmEmitter &e, Value stride) : e(e), stride(stride) {
  three = e.opaque(e.mul(stride, 3));
  five = e.opaque(e.mul(stride, 5));
  seven = e.opaque(e.mul(stride, 7));
}

Value LineAddresses::at(Value first, int64_t line) const {
  switch (line) {
    case 0: return first;
    case 1: return e.offsetBytes(first, stride);
    case 2: return e.offsetBytes(first, e.mul(stride, 2));
    case 3: return e.offsetBytes(first, three);
    case 4: return e.offsetBytes(first, e.mul(stride, 4));
    case 5: return e.offsetBytes(first, five);
    case 6: return e.offsetBytes(first, e.mul(three, 2));
    default: return e.offsetBytes(first, seven);
  }
}

}  // namespace etch::codegen
