#include "codegen/cpu/TranslateOps.h"

#include "llvm/IR/InlineAsm.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using llvm::Instruction;
using llvm::Intrinsic::ID;
using mlir::Operation;
using mlir::Value;

namespace {

#include "mlir/Dialect/LLVMIR/LLVMConversionEnumsToLLVM.inc"

// -- Which ops are like those of the table in all that their attributes say.

bool isPlain(LLVM::LoadOp op) {
  using Has = LLVM::LoadOp::Properties;
  return saysOnly(op, &Has::alignment, &Has::invariant, &Has::nontemporal, &Has::ordering) &&
         op.getOrdering() == LLVM::AtomicOrdering::not_atomic;
}
bool isPlain(LLVM::StoreOp op) {
  using Has = LLVM::StoreOp::Properties;
  return saysOnly(op, &Has::alignment, &Has::nontemporal, &Has::ordering) &&
         op.getOrdering() == LLVM::AtomicOrdering::not_atomic;
}
bool isPlain(LLVM::CallOp op) {
  using Has = LLVM::CallOp::Properties;
  return saysOnly(op, &Has::callee, &Has::fastmathFlags, &Has::CConv, &Has::TailCallKind, &Has::op_bundle_sizes,
                  &Has::operandSegmentSizes) &&
         op.getCallee() && op.getOpBundleSizes().empty() && op.getCConv() == LLVM::CConv::C &&
         op.getTailCallKind() == LLVM::TailCallKind::None;
}
bool isPlain(LLVM::CallIntrinsicOp op) {
  const ID id = llvm::Intrinsic::lookupIntrinsicID(op.getIntrin());
  return id != llvm::Intrinsic::not_intrinsic && !llvm::Intrinsic::isOverloaded(id) && op->getNumResults() == 1 &&
         op.getOpBundleSizes().empty() && !op.getArgAttrs() && !op.getResAttrs();
}
bool isPlain(LLVM::CondBrOp op) {
  return op.getTrueDest() != op.getFalseDest() && !op.getBranchWeights() && !op.getLoopAnnotation();
}
bool isPlain(LLVM::BrOp op) { return !op.getLoopAnnotation(); }
bool isPlain(LLVM::MaskedLoadOp op) { return !op.getNontemporal(); }
bool isPlain(LLVM::ConstantOp op) {
  auto isNumber = [](mlir::Type type) { return llvm::isa<mlir::IntegerType, mlir::FloatType>(type); };
  if (isNumber(op.getType())) return llvm::isa<mlir::IntegerAttr, mlir::FloatAttr>(op.getValue());
  auto vector = llvm::dyn_cast<mlir::VectorType>(op.getType());
  return vector && vector.getRank() == 1 && !vector.isScalable() && isNumber(vector.getElementType()) &&
         llvm::isa<mlir::DenseElementsAttr>(op.getValue());
}
bool isPlain(Operation *) { return true; }

// -- Each op

llvm::FastMathFlags flagsOf(LLVM::FastmathFlags from) {
  using From = LLVM::FastmathFlags;
  auto has = [&](From flag) { return mlir::LLVM::bitEnumContainsAll(from, flag); };
  llvm::FastMathFlags flags;
  flags.setNoNaNs(has(From::nnan));
  flags.setNoInfs(has(From::ninf));
  flags.setNoSignedZeros(has(From::nsz));
  flags.setAllowReciprocal(has(From::arcp));
  flags.setAllowContract(has(From::contract));
  flags.setApproxFunc(has(From::afn));
  flags.setAllowReassoc(has(From::reassoc));
  return flags;
}

/// What the instruction promises besides what it computes.
template <typename Op>
llvm::Value *withPromises(Op op, llvm::Value *value) {
  auto *instruction = llvm::dyn_cast<Instruction>(value);
  if (!instruction) return value;
  if constexpr (requires { op.hasNoSignedWrap(); }) {
    if (op.hasNoSignedWrap()) instruction->setHasNoSignedWrap();
    if (op.hasNoUnsignedWrap()) instruction->setHasNoUnsignedWrap();
  }
  if constexpr (requires { op.getIsExact(); })
    if (op.getIsExact()) instruction->setIsExact();
  if constexpr (requires { op.getNonNeg(); })
    if (op.getNonNeg()) instruction->setNonNeg();
  if constexpr (requires { op.getIsDisjoint(); })
    if (op.getIsDisjoint()) llvm::cast<llvm::PossiblyDisjointInst>(instruction)->setIsDisjoint(true);
  return value;
}

template <Instruction::BinaryOps code>
constexpr auto binary = [](Bodies &t, auto op) {
  t.set(op, withPromises(op, t.b.CreateBinOp(code, t[op->getOperand(0)], t[op->getOperand(1)])));
};

template <Instruction::CastOps code>
constexpr auto cast = [](Bodies &t, auto op) {
  t.set(op, withPromises(op, t.b.CreateCast(code, t[op->getOperand(0)], t.type(op->getResult(0).getType()))));
};

template <ID id>
constexpr auto function = [](Bodies &t, auto op) {
  llvm::Type *type = t.type(op->getResult(0).getType());
  t.set(op, t.b.CreateCall(t.intrinsic(id, type), t[op->getOperands()]));
};

llvm::Constant *numberOf(llvm::Type *type, mlir::Attribute value) {
  if (auto number = llvm::dyn_cast<mlir::FloatAttr>(value)) return llvm::ConstantFP::get(type, number.getValue());
  return llvm::ConstantInt::get(type, llvm::cast<mlir::IntegerAttr>(value).getValue());
}

llvm::Constant *constantOf(llvm::Type *type, mlir::Attribute value) {
  auto elements = llvm::dyn_cast<mlir::DenseElementsAttr>(value);
  if (!elements) return numberOf(type, value);
  auto *vector = llvm::cast<llvm::FixedVectorType>(type);
  if (elements.isSplat())
    return llvm::ConstantVector::getSplat(
        vector->getElementCount(), numberOf(vector->getElementType(), elements.getSplatValue<mlir::Attribute>()));
  llvm::SmallVector<llvm::Constant *> lanes;
  for (mlir::Attribute lane : elements.getValues<mlir::Attribute>())
    lanes.push_back(numberOf(vector->getElementType(), lane));
  return llvm::ConstantVector::get(lanes);
}

void setAlignment(auto *instruction, std::optional<uint64_t> alignment) {
  if (alignment && *alignment) instruction->setAlignment(llvm::Align(*alignment));
}

void setNontemporal(Bodies &t, Instruction *instruction) {
  auto *one = llvm::ConstantAsMetadata::get(t.b.getInt32(1));
  instruction->setMetadata(llvm::LLVMContext::MD_nontemporal, llvm::MDNode::get(instruction->getContext(), one));
}

void translateLoad(Bodies &t, LLVM::LoadOp op) {
  llvm::LoadInst *load = t.b.CreateLoad(t.type(op.getType()), t[op.getAddr()]);
  setAlignment(load, op.getAlignment());
  if (op.getInvariant())
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(load->getContext(), {}));
  if (op.getNontemporal()) setNontemporal(t, load);
  t.set(op, load);
}

void translateStore(Bodies &t, LLVM::StoreOp op) {
  llvm::StoreInst *store = t.b.CreateStore(t[op.getValue()], t[op.getAddr()]);
  setAlignment(store, op.getAlignment());
  if (op.getNontemporal()) setNontemporal(t, store);
}

void translateAddress(Bodies &t, LLVM::GEPOp op) {
  llvm::SmallVector<llvm::Value *, 4> indices;
  for (auto index : op.getIndices()) {
    auto known = llvm::dyn_cast<mlir::IntegerAttr>(index);
    indices.push_back(known ? t.b.getInt32(known.getInt()) : t[llvm::cast<Value>(index)]);
  }
  const auto wraps = llvm::GEPNoWrapFlags::fromRaw(static_cast<unsigned>(op.getNoWrapFlags()));
  t.set(op, t.b.CreateGEP(t.type(op.getElemType()), t[op.getBase()], indices, "", wraps));
}

void translateAlloca(Bodies &t, LLVM::AllocaOp op) {
  const unsigned space = t.type(op.getType())->getPointerAddressSpace();
  llvm::AllocaInst *memory = t.b.CreateAlloca(t.type(op.getElemType()), space, t[op.getArraySize()]);
  setAlignment(memory, op.getAlignment());
  memory->setUsedWithInAlloca(op.getInalloca());
  t.set(op, memory);
}

void translateCall(Bodies &t, LLVM::CallOp op) {
  auto *call = t.b.CreateCall(llvm::cast<llvm::Function>(t.named(*op.getCallee())), t[op.getArgOperands()]);
  if (op->getNumResults() == 1) t.set(op, call);
}

void translateReturn(Bodies &t, LLVM::ReturnOp op) {
  if (op->getNumOperands() == 0)
    t.b.CreateRetVoid();
  else
    t.b.CreateRet(t[op.getArg()]);
}

// -- The table

struct Rule {
  bool (*isPlain)(Operation *) = nullptr;
  void (*translate)(Bodies &, Operation *) = nullptr;
};

class Rules {
 public:
  static const Rules &instance() {
    static const Rules rules;
    return rules;
  }
  Rule find(Operation *op) const { return table.lookup(op->getName().getTypeID()); }

 private:
  llvm::DenseMap<mlir::TypeID, Rule> table;

  template <typename Op, auto translate>
  void add() {
    table[mlir::TypeID::get<Op>()] = {[](Operation *op) { return isPlain(llvm::cast<Op>(op)); },
                                      [](Bodies &t, Operation *op) {
                                        auto of = llvm::cast<Op>(op);
                                        llvm::FastMathFlags flags;
                                        if constexpr (requires { of.getFastmathFlags(); })
                                          flags = flagsOf(of.getFastmathFlags());
                                        t.b.setFastMathFlags(flags);
                                        translate(t, of);
                                      }};
  }

  Rules() {
    add<LLVM::AddOp, binary<Instruction::Add>>();
    add<LLVM::SubOp, binary<Instruction::Sub>>();
    add<LLVM::MulOp, binary<Instruction::Mul>>();
    add<LLVM::UDivOp, binary<Instruction::UDiv>>();
    add<LLVM::SDivOp, binary<Instruction::SDiv>>();
    add<LLVM::URemOp, binary<Instruction::URem>>();
    add<LLVM::SRemOp, binary<Instruction::SRem>>();
    add<LLVM::AndOp, binary<Instruction::And>>();
    add<LLVM::OrOp, binary<Instruction::Or>>();
    add<LLVM::XOrOp, binary<Instruction::Xor>>();
    add<LLVM::ShlOp, binary<Instruction::Shl>>();
    add<LLVM::LShrOp, binary<Instruction::LShr>>();
    add<LLVM::AShrOp, binary<Instruction::AShr>>();
    add<LLVM::FAddOp, binary<Instruction::FAdd>>();
    add<LLVM::FSubOp, binary<Instruction::FSub>>();
    add<LLVM::FMulOp, binary<Instruction::FMul>>();
    add<LLVM::FDivOp, binary<Instruction::FDiv>>();
    add<LLVM::FRemOp, binary<Instruction::FRem>>();
    add<LLVM::SExtOp, cast<Instruction::SExt>>();
    add<LLVM::ZExtOp, cast<Instruction::ZExt>>();
    add<LLVM::TruncOp, cast<Instruction::Trunc>>();
    add<LLVM::SIToFPOp, cast<Instruction::SIToFP>>();
    add<LLVM::UIToFPOp, cast<Instruction::UIToFP>>();
    add<LLVM::FPToSIOp, cast<Instruction::FPToSI>>();
    add<LLVM::FPToUIOp, cast<Instruction::FPToUI>>();
    add<LLVM::FPExtOp, cast<Instruction::FPExt>>();
    add<LLVM::FPTruncOp, cast<Instruction::FPTrunc>>();
    add<LLVM::BitcastOp, cast<Instruction::BitCast>>();
    add<LLVM::PtrToIntOp, cast<Instruction::PtrToInt>>();
    add<LLVM::SMaxOp, function<llvm::Intrinsic::smax>>();
    add<LLVM::SMinOp, function<llvm::Intrinsic::smin>>();
    add<LLVM::UMaxOp, function<llvm::Intrinsic::umax>>();
    add<LLVM::UMinOp, function<llvm::Intrinsic::umin>>();
    add<LLVM::MaximumOp, function<llvm::Intrinsic::maximum>>();
    add<LLVM::MinimumOp, function<llvm::Intrinsic::minimum>>();
    add<LLVM::FMAOp, function<llvm::Intrinsic::fma>>();
    add<LLVM::FAbsOp, function<llvm::Intrinsic::fabs>>();
    add<LLVM::CopySignOp, function<llvm::Intrinsic::copysign>>();
    add<LLVM::SqrtOp, function<llvm::Intrinsic::sqrt>>();
    add<LLVM::RoundEvenOp, function<llvm::Intrinsic::roundeven>>();
    add<LLVM::FTruncOp, function<llvm::Intrinsic::trunc>>();
    add<LLVM::FFloorOp, function<llvm::Intrinsic::floor>>();
    add<LLVM::FCeilOp, function<llvm::Intrinsic::ceil>>();
    add<LLVM::CtPopOp, function<llvm::Intrinsic::ctpop>>();
    add<LLVM::FNegOp, [](Bodies &t, auto op) { t.set(op, t.b.CreateFNeg(t[op.getOperand()])); }>();
    add<LLVM::ICmpOp, [](Bodies &t, auto op) {
      t.set(op, t.b.CreateICmp(convertICmpPredicateToLLVM(op.getPredicate()), t[op.getLhs()], t[op.getRhs()]));
    }>();
    add<LLVM::FCmpOp, [](Bodies &t, auto op) {
      t.set(op, t.b.CreateFCmp(convertFCmpPredicateToLLVM(op.getPredicate()), t[op.getLhs()], t[op.getRhs()]));
    }>();
    add<LLVM::SelectOp, [](Bodies &t, auto op) {
      t.set(op, t.b.CreateSelect(t[op.getCondition()], t[op.getTrueValue()], t[op.getFalseValue()]));
    }>();
    add<LLVM::ConstantOp, [](Bodies &t, auto op) { t.set(op, constantOf(t.type(op.getType()), op.getValue())); }>();
    add<LLVM::PoisonOp, [](Bodies &t, auto op) { t.set(op, llvm::PoisonValue::get(t.type(op.getType()))); }>();
    add<LLVM::UndefOp, [](Bodies &t, auto op) { t.set(op, llvm::UndefValue::get(t.type(op.getType()))); }>();
    add<LLVM::ZeroOp, [](Bodies &t, auto op) { t.set(op, llvm::Constant::getNullValue(t.type(op.getType()))); }>();
    add<LLVM::AddressOfOp, [](Bodies &t, auto op) { t.set(op, t.named(op.getGlobalName())); }>();
    add<LLVM::ExtractElementOp,
        [](Bodies &t, auto op) { t.set(op, t.b.CreateExtractElement(t[op.getVector()], t[op.getPosition()])); }>();
    add<LLVM::InsertElementOp, [](Bodies &t, auto op) {
      t.set(op, t.b.CreateInsertElement(t[op.getVector()], t[op.getValue()], t[op.getPosition()]));
    }>();
    add<LLVM::ShuffleVectorOp,
        [](Bodies &t, auto op) { t.set(op, t.b.CreateShuffleVector(t[op.getV1()], t[op.getV2()], op.getMask())); }>();
    add<LLVM::MaskedLoadOp, [](Bodies &t, auto op) {
      t.set(op, t.b.CreateMaskedLoad(t.type(op.getType()), t[op.getData()], llvm::Align(op.getAlignment()),
                                     t[op.getMask()], t[op.getPassThru()]));
    }>();
    add<LLVM::MaskedStoreOp, [](Bodies &t, auto op) {
      t.b.CreateMaskedStore(t[op.getValue()], t[op.getData()], llvm::Align(op.getAlignment()), t[op.getMask()]);
    }>();
    add<LLVM::CallIntrinsicOp, [](Bodies &t, auto op) {
      llvm::Function *callee = t.intrinsic(llvm::Intrinsic::lookupIntrinsicID(op.getIntrin()), nullptr);
      t.set(op, t.b.CreateCall(callee, t[op->getOperands()]));
    }>();
    add<LLVM::BrOp, [](Bodies &t, auto op) { t.b.CreateBr(t[op.getDest()]); }>();
    add<LLVM::CondBrOp, [](Bodies &t, auto op) {
      t.b.CreateCondBr(t[op.getCondition()], t[op.getTrueDest()], t[op.getFalseDest()]);
    }>();
    add<LLVM::LoadOp, translateLoad>();
    add<LLVM::StoreOp, translateStore>();
    add<LLVM::GEPOp, translateAddress>();
    add<LLVM::AllocaOp, translateAlloca>();
    add<LLVM::CallOp, translateCall>();
    add<LLVM::ReturnOp, translateReturn>();
  }
};

}  // namespace

bool isInTable(Operation &op) {
  const Rule rule = Rules::instance().find(&op);
  return rule.translate && rule.isPlain(&op) && op.getDiscardableAttrDictionary().empty();
}

void translateOp(Bodies &bodies, Operation &op) { Rules::instance().find(&op).translate(bodies, &op); }

}  // namespace etch::codegen
