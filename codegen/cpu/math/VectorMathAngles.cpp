//===- VectorMathAngles.cpp - Huge angles ----------------------------------===//
//
// Branches for lanes with angles that the usual reduction does not serve. Those of f64, from 2^47 on, are reduced one
// by one, in integers, after Payne & Hanek ("Radian reduction for trigonometric functions", 1983): x = m 2^e, and of
// 2/pi only the 192 bits matter that do not make multiples of 4 with 2^e, as m is whole.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace etch::codegen::vmath {

using namespace mlir;

// 2/pi behind 64 zeros.
static constexpr uint64_t kTwoOverPi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};
static constexpr llvm::StringLiteral kTableName = "etch_two_over_pi";

static Value tableAddress(OpBuilder &b, Location at) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto global = module.lookupSymbol<LLVM::GlobalOp>(kTableName);
  if (!global) {
    OpBuilder outside = OpBuilder::atBlockBegin(module.getBody());
    llvm::SmallVector<int64_t> words(std::begin(kTwoOverPi), std::end(kTwoOverPi));
    auto type = LLVM::LLVMArrayType::get(b.getI64Type(), words.size());
    global = LLVM::GlobalOp::create(outside, module.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Internal,
                                    kTableName, outside.getI64TensorAttr(words));
  }
  return LLVM::AddressOfOp::create(b, at, LLVM::LLVMPointerType::get(b.getContext()), kTableName);
}

namespace {

/// Scalar f64 and i64 arithmetic.
struct Scalars {
  OpBuilder &b;
  Location at;

  Value word(int64_t c) { return arith::ConstantOp::create(b, at, b.getI64IntegerAttr(c)); }
  Value real(double c) { return arith::ConstantOp::create(b, at, b.getF64FloatAttr(c)); }
  template <typename Op> Value op(Value x, Value y) { return Op::create(b, at, x, y); }
  Value shiftRight(Value x, int64_t by) { return op<arith::ShRUIOp>(x, word(by)); }
  Value select(Value p, Value x, Value y) { return arith::SelectOp::create(b, at, p, x, y); }
  Value isNegative(Value x) { return arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, x, word(0)); }
  Value add(Value x, Value y) { return op<arith::AddFOp>(x, y); }
  Value sub(Value x, Value y) { return op<arith::SubFOp>(x, y); }
  Value mul(Value x, Value y) { return op<arith::MulFOp>(x, y); }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, at, x, y, z); }
  /// The high word of (high, low) << by.
  Value funnel(Value high, Value low, Value by) { return LLVM::FshlOp::create(b, at, high, low, by); }
  /// x 2^-exponent for an integer of at most 32 bits and a sign.
  Value scaled(Value x, int exponent) {
    Value number = arith::SIToFPOp::create(b, at, b.getF64Type(), x);
    return mul(number, real(std::ldexp(1.0, -exponent)));
  }
};

/// One angle: r, tail and q of Quadrant.
struct ScalarAngle {
  Value r, tail, q;
};

/// x >= 2^47 in size, and finite; anything in memory's bounds for others.
ScalarAngle reduceOne(Scalars s, Value x) {
  Value bits = arith::BitcastOp::create(s.b, s.at, s.b.getI64Type(), x);
  Value mantissa =
      s.op<arith::OrIOp>(s.op<arith::AndIOp>(bits, s.word((int64_t(1) << 52) - 1)), s.word(int64_t(1) << 52));
  Value exponent = s.op<arith::AndIOp>(s.shiftRight(bits, 52), s.word(0x7FF));
  // The bit of the table that times 2^e gives 2.
  Value first = s.op<arith::SubIOp>(exponent, s.word(1075 - 62));
  first = s.op<arith::MinSIOp>(s.op<arith::MaxSIOp>(first, s.word(0)), s.word(971 + 62));
  Value index = s.shiftRight(first, 6), shift = s.op<arith::AndIOp>(first, s.word(63));
  Value address = LLVM::GEPOp::create(s.b, s.at, LLVM::LLVMPointerType::get(s.b.getContext()), s.b.getI64Type(),
                                      tableAddress(s.b, s.at), llvm::ArrayRef<LLVM::GEPArg>{index});
  auto load = [&](int32_t i) -> Value {
    Value at =
        LLVM::GEPOp::create(s.b, s.at, address.getType(), s.b.getI64Type(), address, llvm::ArrayRef<LLVM::GEPArg>{i});
    return LLVM::LoadOp::create(s.b, s.at, s.b.getI64Type(), at, 8);
  };
  Value words[] = {load(0), load(1), load(2), load(3)};
  auto window = [&](int i) { return s.funnel(words[i], words[i + 1], shift); };

  // The product modulo 2^192, where 2^190 is a quarter turn.
  auto low = arith::MulUIExtendedOp::create(s.b, s.at, mantissa, window(2));
  auto middle = arith::MulUIExtendedOp::create(s.b, s.at, mantissa, window(1));
  auto sum = arith::AddUIExtendedOp::create(s.b, s.at, middle.getLow(), low.getHigh());
  Value carry = arith::ExtUIOp::create(s.b, s.at, s.b.getI64Type(), sum.getOverflow());
  Value top = s.op<arith::MulIOp>(mantissa, window(0));
  top = s.op<arith::AddIOp>(s.op<arith::AddIOp>(top, middle.getHigh()), carry);

  // What is beyond the nearest quarter turn, as a signed fraction of one: its 128 leading bits.
  Value high = s.funnel(top, sum.getSum(), s.word(2)), rest = s.funnel(sum.getSum(), low.getLow(), s.word(2));
  Value up = arith::ExtUIOp::create(s.b, s.at, s.b.getI64Type(), s.isNegative(high));
  Value q = s.op<arith::AddIOp>(s.shiftRight(top, 62), up);
  Value half = s.word(0xFFFFFFFF);
  Value a = s.scaled(s.op<arith::ShRSIOp>(high, s.word(32)), 32), c = s.scaled(s.op<arith::AndIOp>(high, half), 64);
  Value d = s.scaled(s.shiftRight(rest, 32), 96), e = s.scaled(s.op<arith::AndIOp>(rest, half), 128);
  // Sums of falling terms, what each loses kept.
  Value two = s.add(a, c), three = s.add(two, d);
  Value lost = s.add(s.add(s.sub(c, s.sub(two, a)), s.sub(d, s.sub(three, two))), e);
  Value fraction = s.add(three, lost);
  lost = s.sub(lost, s.sub(fraction, three));

  Value quarter = s.real(0x1.921fb54442d18p+0);
  Value r = s.mul(fraction, quarter);
  Value error = s.fma(fraction, quarter, arith::NegFOp::create(s.b, s.at, r));
  Value tail = s.add(error, s.fma(fraction, s.real(0x1.1a62633145c06p-54), s.mul(lost, quarter)));
  Value left = s.isNegative(bits);
  auto negated = [&](Value x) { return s.select(left, arith::NegFOp::create(s.b, s.at, x), x); };
  return {negated(r), negated(tail), s.select(left, s.op<arith::SubIOp>(s.word(0), q), q)};
}

}  // namespace

static Value anyOf(Mask mask) {
  Emitter &e = *mask.e;
  if (!llvm::isa<VectorType>(mask.value.getType())) return mask.value;
  return vector::ReductionOp::create(e.b, e.loc, vector::CombiningKind::OR, mask.value);
}

namespace {

/// A vector on the function's stack, of which parts are read and written.
class StackVector {
 public:
  StackVector(OpBuilder &b, Location at, Value vector) : b(b), at(at), type(llvm::cast<VectorType>(vector.getType())) {
    OpBuilder::InsertionGuard guard(b);
    auto function = b.getInsertionBlock()->getParentOp()->getParentOfType<FunctionOpInterface>();
    b.setInsertionPointToStart(&function.getFunctionBody().front());
    Value one = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(1));
    base = LLVM::AllocaOp::create(b, at, LLVM::LLVMPointerType::get(b.getContext()), type, one, 64);
  }
  void store(Value vector) { LLVM::StoreOp::create(b, at, vector, base, 64); }
  Value load() { return LLVM::LoadOp::create(b, at, type, base, 64); }
  void storePart(Value first, Value part) { LLVM::StoreOp::create(b, at, part, address(first), 4); }
  Value loadPart(Value first, int64_t lanes) {
    return LLVM::LoadOp::create(b, at, VectorType::get({lanes}, type.getElementType()), address(first), 4);
  }

 private:
  OpBuilder &b;
  Location at;
  VectorType type;
  Value base;

  Value address(Value first) {
    return LLVM::GEPOp::create(b, at, base.getType(), type.getElementType(), base, llvm::ArrayRef<LLVM::GEPArg>{first});
  }
};

/// Lanes of a vector that are reduced together where it is rare: the code is compiled for them only.
constexpr int64_t kRareLanes = 16;

}  // namespace

Quadrant whereAny(Num x, llvm::function_ref<Mask(Num)> isRare, Quadrant near,
                  llvm::function_ref<AngleValues(Num)> rare) {
  Emitter &e = *near.r.e;
  OpBuilder &b = e.b;
  Location at = e.loc;
  llvm::SmallVector<Value> nearValues{near.r.value, near.q.value};
  auto branch = scf::IfOp::create(b, at, ValueRange(nearValues).getTypes(), anyOf(isRare(x)), /*withElseRegion=*/true);
  auto chosen = [&](Num x, Value r, Value q) -> llvm::SmallVector<Value> {
    Mask mask = isRare(x);
    AngleValues far = rare(x);
    return {arith::SelectOp::create(b, at, mask.value, far.r, r), arith::SelectOp::create(b, at, mask.value, far.q, q)};
  };
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, at, nearValues);
    b.setInsertionPointToStart(branch.thenBlock());
    auto type = llvm::dyn_cast<VectorType>(x.value.getType());
    if (!type || type.getNumElements() <= kRareLanes) {
      scf::YieldOp::create(b, at, chosen(x, near.r.value, near.q.value));
    } else {
      StackVector xs(b, at, x.value), rs(b, at, near.r.value), qs(b, at, near.q.value);
      xs.store(x.value), rs.store(near.r.value), qs.store(near.q.value);
      auto number = [&](int64_t value) -> Value {
        return arith::ConstantOp::create(b, at, b.getI64IntegerAttr(value));
      };
      auto loop = scf::ForOp::create(b, at, number(0), number(type.getNumElements()), number(kRareLanes));
      b.setInsertionPointToStart(loop.getBody());
      Value first = loop.getInductionVar();
      Emitter few(b, at, VectorType::get({kRareLanes}, type.getElementType()));
      auto part = chosen(few.wrap(xs.loadPart(first, kRareLanes)), rs.loadPart(first, kRareLanes),
                         qs.loadPart(first, kRareLanes));
      rs.storePart(first, part[0]), qs.storePart(first, part[1]);
      b.setInsertionPointAfter(loop);
      scf::YieldOp::create(b, at, ValueRange{rs.load(), qs.load()});
    }
  }
  return {e.wrap(branch.getResult(0)), e.num(0), {branch.getResult(1), &e}};
}

Quadrant withHugeAngles(Num x, Mask huge, Quadrant near) {
  Emitter &e = *x.e;
  OpBuilder &b = e.b;
  Scalars s{b, e.loc};
  auto type = llvm::dyn_cast<VectorType>(x.value.getType());
  Value any = anyOf(huge);
  llvm::SmallVector<Value> nearValues{near.r.value, near.tail.value, near.q.value};
  auto branch = scf::IfOp::create(b, e.loc, ValueRange(nearValues).getTypes(), any, /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, e.loc, nearValues);
    b.setInsertionPointToStart(branch.thenBlock());
    if (!type) {
      ScalarAngle angle = reduceOne(s, x.value);
      scf::YieldOp::create(b, e.loc, ValueRange{angle.r, angle.tail, angle.q});
    } else {
      auto loop = scf::ForOp::create(b, e.loc, s.word(0), s.word(type.getNumElements()), s.word(1), nearValues);
      b.setInsertionPointToStart(loop.getBody());
      Value lane = loop.getInductionVar();
      auto at = [&](Value vector) -> Value { return LLVM::ExtractElementOp::create(b, e.loc, vector, lane); };
      ScalarAngle angle = reduceOne(s, at(x.value));
      Value isHuge = at(huge.value);
      llvm::SmallVector<Value> next;
      const Value scalars[] = {angle.r, angle.tail, angle.q};
      for (auto [vector, scalar] : llvm::zip(loop.getRegionIterArgs(), scalars)) {
        Value chosen = s.select(isHuge, scalar, at(vector));
        next.push_back(LLVM::InsertElementOp::create(b, e.loc, vector, chosen, lane));
      }
      scf::YieldOp::create(b, e.loc, next);
      b.setInsertionPointAfter(loop);
      scf::YieldOp::create(b, e.loc, loop.getResults());
    }
  }
  return {e.wrap(branch.getResult(0)), e.wrap(branch.getResult(1)), {branch.getResult(2), &e}};
}

}  // namespace etch::codegen::vmath
