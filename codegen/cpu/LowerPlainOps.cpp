#include "codegen/cpu/LowerPlainOps.h"

#include "mlir/Conversion/ArithCommon/AttrToLLVMConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace cf = mlir::cf;
namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
namespace math = mlir::math;
namespace vector = mlir::vector;
using mlir::OpBuilder;
using mlir::Operation;
using mlir::Value;

namespace {

/// Where the ops of a function are made. Constants are made once, at its top: translating one to LLVM IR takes as long
/// as any other op does.
class Body : public OpBuilder {
 public:
  explicit Body(func::FuncOp function)
      : OpBuilder(function.getContext()), entry(function.getBody().front()), at(function.getLoc()) {}

  Operation *constant(mlir::TypedAttr value) {
    Operation *&known = constants[value];
    if (!known) known = atTop([&] { return LLVM::ConstantOp::create(*this, at, value.getType(), value); });
    return known;
  }
  Value constant(int64_t value, unsigned bits) {
    return constant(getIntegerAttr(getIntegerType(bits), value))->getResult(0);
  }
  Value poison(mlir::Type type) {
    Operation *&known = poisons[type];
    if (!known) known = atTop([&] { return LLVM::PoisonOp::create(*this, at, type); });
    return known->getResult(0);
  }

 private:
  mlir::Block &entry;
  mlir::Location at;
  Operation *last = nullptr;  // of those at the top
  llvm::DenseMap<mlir::Attribute, Operation *> constants;
  llvm::DenseMap<mlir::Type, Operation *> poisons;

  Operation *atTop(llvm::function_ref<Operation *()> make) {
    InsertionGuard guard(*this);
    if (last)
      setInsertionPointAfter(last);
    else
      setInsertionPointToStart(&entry);
    return last = make();
  }
};

/// Gives the op that stands for another one in the LLVM dialect, with results of the same types; null where there is
/// none.
using Rewrite = Operation *(*)(Body &, Operation *);

LLVM::FastmathFlagsAttr flagsOf(mlir::MLIRContext *context, arith::FastMathFlags flags) {
  return LLVM::FastmathFlagsAttr::get(context, arith::convertArithFastMathFlagsToLLVM(flags));
}

/// The same operands and results under another name, with what both know of fast arithmetic and of overflow.
template <typename From, typename To>
Operation *rename(Body &b, Operation *op) {
  auto from = llvm::cast<From>(op);
  if constexpr (requires(typename To::Properties p) { p.fastmathFlags; }) {
    typename To::Properties properties;
    properties.fastmathFlags = flagsOf(b.getContext(), from.getFastmath());
    return To::create(b, op->getLoc(), op->getResultTypes(), op->getOperands(), properties);
  } else if constexpr (requires { from.getOverflowFlags(); }) {
    auto flags = arith::convertArithOverflowFlagsToLLVM(from.getOverflowFlags());
    return To::create(b, op->getLoc(), op->getResult(0).getType(), op->getOperand(0), op->getOperand(1), flags);
  } else {
    return To::create(b, op->getLoc(), op->getResultTypes(), op->getOperands(), llvm::ArrayRef<mlir::NamedAttribute>());
  }
}

Operation *lowerConstant(Body &b, Operation *op) { return b.constant(llvm::cast<arith::ConstantOp>(op).getValue()); }

Operation *lowerCmpI(Body &b, Operation *op) {
  auto compare = llvm::cast<arith::CmpIOp>(op);
  return LLVM::ICmpOp::create(b, op->getLoc(), compare.getType(),
                              static_cast<LLVM::ICmpPredicate>(compare.getPredicate()), compare.getLhs(),
                              compare.getRhs());
}

Operation *lowerCmpF(Body &b, Operation *op) {
  auto compare = llvm::cast<arith::CmpFOp>(op);
  auto predicate =
      LLVM::FCmpPredicateAttr::get(b.getContext(), static_cast<LLVM::FCmpPredicate>(compare.getPredicate()));
  return LLVM::FCmpOp::create(b, op->getLoc(), compare.getType(), predicate, compare.getLhs(), compare.getRhs(),
                              flagsOf(b.getContext(), compare.getFastmath()));
}

Operation *lowerTruncF(Body &b, Operation *op) {
  if (llvm::cast<arith::TruncFOp>(op).getRoundingmode()) return nullptr;
  return rename<arith::TruncFOp, LLVM::FPTruncOp>(b, op);
}

/// A number in all lanes.
Operation *lowerBroadcast(Body &b, Operation *op) {
  auto broadcast = llvm::cast<vector::BroadcastOp>(op);
  if (llvm::isa<mlir::VectorType>(broadcast.getSourceType())) return nullptr;
  const mlir::VectorType type = broadcast.getResultVectorType();
  if (auto number = broadcast.getSource().getDefiningOp<LLVM::ConstantOp>())
    return b.constant(mlir::DenseElementsAttr::get(type, number.getValue()));
  Value poison = b.poison(type);
  Value first = LLVM::InsertElementOp::create(b, op->getLoc(), type, poison, broadcast.getSource(), b.constant(0, 32));
  const llvm::SmallVector<int32_t> lanes(type.getNumElements(), 0);
  return LLVM::ShuffleVectorOp::create(b, op->getLoc(), first, poison, lanes);
}

Operation *lowerShuffle(Body &b, Operation *op) {
  auto shuffle = llvm::cast<vector::ShuffleOp>(op);
  if (shuffle.getV1VectorType() != shuffle.getV2VectorType()) return nullptr;
  const auto lanes = llvm::to_vector_of<int32_t>(shuffle.getMask());
  return LLVM::ShuffleVectorOp::create(b, op->getLoc(), shuffle.getV1(), shuffle.getV2(), lanes);
}

/// The lane that an op reads or replaces, if it is one that is known.
std::optional<int64_t> laneOf(llvm::ArrayRef<int64_t> position) {
  if (position.size() != 1 || position[0] < 0) return std::nullopt;
  return position[0];
}

Operation *lowerExtract(Body &b, Operation *op) {
  auto extract = llvm::cast<vector::ExtractOp>(op);
  const std::optional<int64_t> lane = laneOf(extract.getStaticPosition());
  if (!lane) return nullptr;
  return LLVM::ExtractElementOp::create(b, op->getLoc(), extract.getSource(), b.constant(*lane, 64));
}

Operation *lowerInsert(Body &b, Operation *op) {
  auto insert = llvm::cast<vector::InsertOp>(op);
  const std::optional<int64_t> lane = laneOf(insert.getStaticPosition());
  if (!lane) return nullptr;
  return LLVM::InsertElementOp::create(b, op->getLoc(), insert.getDest(), insert.getValueToStore(),
                                       b.constant(*lane, 64));
}

Operation *lowerCall(Body &b, Operation *op) {
  auto call = llvm::cast<func::CallOp>(op);
  return LLVM::CallOp::create(b, op->getLoc(), op->getResultTypes(), call.getCalleeAttr(), op->getOperands());
}

Operation *lowerReturn(Body &b, Operation *op) { return LLVM::ReturnOp::create(b, op->getLoc(), op->getOperands()); }

Operation *lowerFunctionAddress(Body &b, Operation *op) {
  return LLVM::AddressOfOp::create(b, op->getLoc(), LLVM::LLVMPointerType::get(b.getContext()),
                                   llvm::cast<func::ConstantOp>(op).getValueAttr());
}

Operation *lowerBranch(Body &b, Operation *op) {
  auto branch = llvm::cast<cf::BranchOp>(op);
  return LLVM::BrOp::create(b, op->getLoc(), branch.getDestOperands(), branch.getDest());
}

Operation *lowerCondBranch(Body &b, Operation *op) {
  auto branch = llvm::cast<cf::CondBranchOp>(op);
  if (branch.getBranchWeights()) return nullptr;
  return LLVM::CondBrOp::create(b, op->getLoc(), branch.getCondition(), branch.getTrueDest(),
                                branch.getTrueDestOperands(), branch.getFalseDest(), branch.getFalseDestOperands());
}

class Rewrites {
 public:
  static const Rewrites &instance() {
    static const Rewrites rewrites;
    return rewrites;
  }
  Rewrite find(Operation *op) const { return table.lookup(op->getName().getTypeID()); }

 private:
  llvm::DenseMap<mlir::TypeID, Rewrite> table;

  template <typename From>
  void add(Rewrite rewrite) {
    table[mlir::TypeID::get<From>()] = rewrite;
  }
  template <typename From, typename To>
  void add() {
    add<From>(rename<From, To>);
  }

  Rewrites() {
    add<arith::AddIOp, LLVM::AddOp>();
    add<arith::SubIOp, LLVM::SubOp>();
    add<arith::MulIOp, LLVM::MulOp>();
    add<arith::ShLIOp, LLVM::ShlOp>();
    add<arith::DivUIOp, LLVM::UDivOp>();
    add<arith::DivSIOp, LLVM::SDivOp>();
    add<arith::RemUIOp, LLVM::URemOp>();
    add<arith::RemSIOp, LLVM::SRemOp>();
    add<arith::AndIOp, LLVM::AndOp>();
    add<arith::OrIOp, LLVM::OrOp>();
    add<arith::XOrIOp, LLVM::XOrOp>();
    add<arith::ShRUIOp, LLVM::LShrOp>();
    add<arith::ShRSIOp, LLVM::AShrOp>();
    add<arith::MaxSIOp, LLVM::SMaxOp>();
    add<arith::MinSIOp, LLVM::SMinOp>();
    add<arith::MaxUIOp, LLVM::UMaxOp>();
    add<arith::MinUIOp, LLVM::UMinOp>();
    add<arith::ExtSIOp, LLVM::SExtOp>();
    add<arith::ExtUIOp, LLVM::ZExtOp>();
    add<arith::SIToFPOp, LLVM::SIToFPOp>();
    add<arith::UIToFPOp, LLVM::UIToFPOp>();
    add<arith::FPToSIOp, LLVM::FPToSIOp>();
    add<arith::FPToUIOp, LLVM::FPToUIOp>();
    add<arith::BitcastOp, LLVM::BitcastOp>();
    add<arith::AddFOp, LLVM::FAddOp>();
    add<arith::SubFOp, LLVM::FSubOp>();
    add<arith::MulFOp, LLVM::FMulOp>();
    add<arith::DivFOp, LLVM::FDivOp>();
    add<arith::RemFOp, LLVM::FRemOp>();
    add<arith::NegFOp, LLVM::FNegOp>();
    add<arith::MaximumFOp, LLVM::MaximumOp>();
    add<arith::MinimumFOp, LLVM::MinimumOp>();
    add<math::FmaOp, LLVM::FMAOp>();
    add<math::AbsFOp, LLVM::FAbsOp>();
    add<math::CopySignOp, LLVM::CopySignOp>();
    add<math::SqrtOp, LLVM::SqrtOp>();
    add<math::RoundEvenOp, LLVM::RoundEvenOp>();
    add<math::TruncOp, LLVM::FTruncOp>();
    add<math::FloorOp, LLVM::FFloorOp>();
    add<math::CeilOp, LLVM::FCeilOp>();
    add<math::CtPopOp, LLVM::CtPopOp>();
    add<arith::TruncIOp>([](Body &b, Operation *op) -> Operation * {
      return LLVM::TruncOp::create(b, op->getLoc(), op->getResult(0).getType(), op->getOperand(0));
    });
    add<arith::SelectOp>([](Body &b, Operation *op) -> Operation * {
      return LLVM::SelectOp::create(b, op->getLoc(), op->getResult(0).getType(), op->getOperand(0), op->getOperand(1),
                                    op->getOperand(2));
    });
    add<arith::ExtFOp>([](Body &b, Operation *op) -> Operation * {
      return LLVM::FPExtOp::create(b, op->getLoc(), op->getResult(0).getType(), op->getOperand(0));
    });
    add<arith::TruncFOp>(lowerTruncF);
    add<arith::ConstantOp>(lowerConstant);
    add<arith::CmpIOp>(lowerCmpI);
    add<arith::CmpFOp>(lowerCmpF);
    add<vector::BroadcastOp>(lowerBroadcast);
    add<vector::ShuffleOp>(lowerShuffle);
    add<vector::ExtractOp>(lowerExtract);
    add<vector::InsertOp>(lowerInsert);
    add<func::CallOp>(lowerCall);
    add<func::ReturnOp>(lowerReturn);
    add<func::ConstantOp>(lowerFunctionAddress);
    add<cf::BranchOp>(lowerBranch);
    add<cf::CondBranchOp>(lowerCondBranch);
  }
};

/// Is a type the same in the LLVM dialect?
bool isPlain(mlir::Type type) {
  if (auto vector = llvm::dyn_cast<mlir::VectorType>(type))
    return vector.getRank() == 1 && isPlain(vector.getElementType());
  return llvm::isa<mlir::IntegerType, mlir::FloatType, LLVM::LLVMPointerType>(type);
}
bool isPlain(mlir::TypeRange types) {
  return llvm::all_of(types, [](mlir::Type type) { return isPlain(type); });
}

/// Parameters that are functions become pointers, and so do the functions that are given for them.
bool isPlainParameter(mlir::Type type) { return isPlain(type) || llvm::isa<mlir::FunctionType>(type); }

/// Are all values of types that stay as they are?
bool isPlain(func::FuncOp function) {
  const mlir::FunctionType type = function.getFunctionType();
  if (!isPlain(type.getResults()) || type.getNumResults() > 1) return false;
  if (function.isDeclaration() && !llvm::all_of(type.getInputs(), isPlainParameter)) return false;
  if (function.getArgAttrs() || function.getResAttrs()) return false;
  for (mlir::Block &block : function.getBody()) {
    if (!isPlain(block.getArgumentTypes())) return false;
    for (Operation &op : block)
      if (op.getDialect() && !llvm::isa<LLVM::LLVMDialect>(op.getDialect()) && !llvm::isa<func::ConstantOp>(op) &&
          !isPlain(op.getResultTypes()))
        return false;
  }
  return true;
}

void lowerOp(Body &b, Operation *op) {
  if (auto cast = llvm::dyn_cast<mlir::UnrealizedConversionCastOp>(op)) {
    if (cast.getInputs().getTypes() != cast.getResultTypes()) return;
    cast->replaceAllUsesWith(cast.getInputs());
    return op->erase();
  }
  Rewrite rewrite = Rewrites::instance().find(op);
  if (!rewrite || !op->getDiscardableAttrDictionary().empty()) return;
  b.setInsertionPoint(op);
  Operation *lowered = rewrite(b, op);
  if (!lowered) return;
  op->replaceAllUsesWith(lowered);
  op->erase();
}

/// The function itself, whose body is lowered.
void lowerFunction(OpBuilder &b, func::FuncOp function) {
  mlir::FunctionType type = function.getFunctionType();
  auto parameters = llvm::to_vector(type.getInputs());
  for (mlir::Type &parameter : parameters)
    if (llvm::isa<mlir::FunctionType>(parameter)) parameter = LLVM::LLVMPointerType::get(b.getContext());
  mlir::Type result = LLVM::LLVMVoidType::get(b.getContext());
  if (type.getNumResults() == 1) result = type.getResult(0);
  llvm::SmallVector<mlir::NamedAttribute> attributes = llvm::to_vector(function->getDiscardableAttrs());
  if (mlir::StringAttr visibility = function.getSymVisibilityAttr())
    attributes.emplace_back(function.getSymVisibilityAttrName(), visibility);
  b.setInsertionPoint(function);
  auto lowered = LLVM::LLVMFuncOp::create(b, function.getLoc(), function.getName(),
                                          LLVM::LLVMFunctionType::get(result, parameters), LLVM::Linkage::External,
                                          /*dsoLocal=*/false, LLVM::CConv::C, /*comdat=*/{}, attributes);
  lowered.getBody().takeBody(function.getBody());
  function.erase();
}

}  // namespace

void lowerPlainOps(mlir::ModuleOp module) {
  OpBuilder b(module.getContext());
  for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (!isPlain(function)) continue;
    if (!function.isDeclaration()) {
      Body body(function);
      for (mlir::Block &block : function.getBody())
        for (Operation &op : llvm::make_early_inc_range(block)) lowerOp(body, &op);
    }
    lowerFunction(b, function);
  }
}

bool isLowered(mlir::ModuleOp module) {
  auto isForeign = [](Operation *op) { return !llvm::isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()); };
  return llvm::none_of(*module.getBody(), [&](Operation &op) {
    auto stop = [&](Operation *inner) {
      return isForeign(inner) ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
    };
    return op.walk(stop).wasInterrupted();
  });
}

}  // namespace etch::codegen
