//===- Kernels.cpp --------------------------------------------------------===//

#include "Kernels.h"
#include "Functions.h"

#include "codegen/cpu/Target.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/DialectConversion.h"

#include <cstdlib>
#include <iostream>
#include <optional>

using namespace mlir;

namespace etch::accuracy {

struct Kernels::State {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  codegen::VectorUnit unit;
};

static constexpr Lanes kAllLanes[] = {Lanes::F32x16, Lanes::F64x8,   Lanes::F32Scalar, Lanes::F64Scalar,
                                      Lanes::F16x16, Lanes::F32Wide, Lanes::F64Wide};
static constexpr Lanes kNarrowLanes[] = {Lanes::F32x16Narrow, Lanes::F64x8Narrow};

static Type elementOf(OpBuilder &b, Lanes lanes) {
  switch (lanes) {
    case Lanes::F32x16:
    case Lanes::F32Scalar:
    case Lanes::F32x16Narrow:
    case Lanes::F32Wide: return b.getF32Type();
    case Lanes::F64x8:
    case Lanes::F64Scalar:
    case Lanes::F64x8Narrow:
    case Lanes::F64Wide: return b.getF64Type();
    case Lanes::F16x16: return b.getF16Type();
  }
  llvm_unreachable("covered switch");
}

static int64_t countOf(Lanes lanes, const codegen::VectorUnit &unit) {
  switch (lanes) {
    case Lanes::F32Scalar:
    case Lanes::F64Scalar: return 1;
    case Lanes::F64x8:
    case Lanes::F64x8Narrow: return 8;
    case Lanes::F32Wide: return 4 * unit.bits / 32;
    case Lanes::F64Wide: return 4 * unit.bits / 64;
    default: return 16;
  }
}

static std::string symbolOf(std::optional<codegen::MathFn> fn, Lanes lanes) {
  return (fn ? "math_" + std::to_string(int(*fn)) : "copy") + "_" + std::to_string(int(lanes));
}

/// func @f(out, x, y, n) { for i in 0 to n by lanes: store emitMath(load x + i, load y + i), out + i }
static void buildKernel(OpBuilder &b, std::optional<codegen::MathFn> fn, Lanes lanes, const codegen::VectorUnit &unit) {
  Location loc = b.getUnknownLoc();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type element = elementOf(b, lanes);
  const int64_t count = countOf(lanes, unit);
  Type type = count == 1 ? element : VectorType::get(count, element);
  auto signature = b.getFunctionType({pointer, pointer, pointer, b.getI64Type()}, {});
  auto func = func::FuncOp::create(b, loc, symbolOf(fn, lanes), signature);
  OpBuilder::InsertionGuard guard(b);
  Block *entry = func.addEntryBlock();
  b.setInsertionPointToStart(entry);
  auto number = [&](int64_t n) { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(n)); };
  auto loop = scf::ForOp::create(b, loc, number(0), entry->getArgument(3), number(count));
  func::ReturnOp::create(b, loc);
  b.setInsertionPointToStart(loop.getBody());
  auto at = [&](unsigned argument) {
    return LLVM::GEPOp::create(b, loc, pointer, element, entry->getArgument(argument),
                               ArrayRef<LLVM::GEPArg>{loop.getInductionVar()});
  };
  SmallVector<Value> operands;
  for (unsigned i = 0; i < (fn ? codegen::mathArity(*fn) : 1); ++i)
    operands.push_back(LLVM::LoadOp::create(b, loc, type, at(1 + i), 2));
  Value result = fn ? codegen::emitMath(b, loc, *fn, operands) : operands[0];
  LLVM::StoreOp::create(b, loc, result, at(0), 2);
}

static void require(bool ok, const char *what) {
  if (ok) return;
  std::cerr << "math_accuracy: " << what << " failed\n";
  std::exit(1);
}

static void lowerToLLVM(ModuleOp module) {
  MLIRContext *context = module.getContext();
  {
    RewritePatternSet patterns(context);
    populateSCFToControlFlowConversionPatterns(patterns);
    ConversionTarget target(*context);
    target.addIllegalDialect<scf::SCFDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    require(succeeded(applyPartialConversion(module, target, std::move(patterns))), "lowering loops");
  }
  LLVMTypeConverter converter(context);
  RewritePatternSet patterns(context);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp>();
  require(succeeded(applyFullConversion(module, target, std::move(patterns))), "lowering");
}

/// The passes that rewrite arithmetic, so that what is measured is what users run.
static void optimize(llvm::Module &module) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  llvm::cantFail(builder.parsePassPipeline(passes,
                                           "function(early-cse,instcombine<no-verify-fixpoint>,reassociate,gvn,"
                                           "instcombine<no-verify-fixpoint>,loop-simplify,"
                                           "lcssa,loop-mssa(licm))"));
  passes.run(module, modules);
}

/// A module of every function for `kinds`, emitted for `unit`.
static llvm::orc::ThreadSafeModule translate(const llvm::orc::LLJIT &jit, const codegen::VectorUnit &unit,
                                             ArrayRef<Lanes> kinds) {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                  scf::SCFDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();

  OpBuilder b(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(b, b.getUnknownLoc());
  (*module)->setAttr(codegen::kVectorUnit, b.getStringAttr(codegen::textOf(unit)));
  b.setInsertionPointToStart(module->getBody());
  for (const Function &function : kFunctions)
    for (Lanes lanes : kinds) buildKernel(b, function.fn, lanes, unit);
  for (Lanes lanes : kinds) buildKernel(b, std::nullopt, lanes, unit);
  lowerToLLVM(*module);

  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  auto llvmModule = translateModuleToLLVMIR(*module, *llvmContext, "math");
  require(llvmModule != nullptr, "translation");
  llvmModule->setDataLayout(jit.getDataLayout());
  llvmModule->setTargetTriple(jit.getTargetTriple());
  optimize(*llvmModule);
  return {std::move(llvmModule), std::move(llvmContext)};
}

Kernels::Kernels() : state(std::make_unique<State>()) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto machine = codegen::createTargetMachine();
  state->unit = codegen::vectorUnitOf(*machine);
  llvm::orc::JITTargetMachineBuilder target(machine->getTargetTriple());
  target.setCPU(machine->getTargetCPU().str());
  target.getFeatures() = llvm::SubtargetFeatures(machine->getTargetFeatureString());
  target.setRelocationModel(llvm::Reloc::PIC_);
  target.setCodeModel(llvm::CodeModel::Small);
  state->jit = llvm::cantFail(llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(target)).create());
  if (state->unit.fma) state->jit->getMainJITDylib().setLinkOrder({});  // no libm to fall back on
  llvm::cantFail(state->jit->addIRModule(translate(*state->jit, state->unit, kAllLanes)));
  codegen::VectorUnit narrow = state->unit;
  narrow.bits = std::min<int64_t>(narrow.bits, 256);
  llvm::cantFail(state->jit->addIRModule(translate(*state->jit, narrow, kNarrowLanes)));
}

Kernels::~Kernels() = default;

Kernel Kernels::get(codegen::MathFn fn, Lanes lanes) const {
  return llvm::cantFail(state->jit->lookup(symbolOf(fn, lanes))).toPtr<Kernel>();
}

Kernel Kernels::copy(Lanes lanes) const {
  return llvm::cantFail(state->jit->lookup(symbolOf(std::nullopt, lanes))).toPtr<Kernel>();
}

int64_t Kernels::laneCount(Lanes lanes) const { return countOf(lanes, state->unit); }

}  // namespace etch::accuracy
