//===- Kernels.cpp --------------------------------------------------------===//

#include "Kernels.h"
#include "Functions.h"

#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/DialectConversion.h"

#include <cstdlib>
#include <iostream>

using namespace mlir;

namespace etch::accuracy {

struct Kernels::State {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

static constexpr Lanes kAllLanes[] = {Lanes::F32x16, Lanes::F64x8, Lanes::F32Scalar, Lanes::F64Scalar, Lanes::F16x16};

static Type typeOf(OpBuilder &b, Lanes lanes) {
  switch (lanes) {
    case Lanes::F32x16: return VectorType::get(16, b.getF32Type());
    case Lanes::F64x8: return VectorType::get(8, b.getF64Type());
    case Lanes::F32Scalar: return b.getF32Type();
    case Lanes::F64Scalar: return b.getF64Type();
    case Lanes::F16x16: return VectorType::get(16, b.getF16Type());
  }
  llvm_unreachable("covered switch");
}

static std::string symbolOf(codegen::MathFn fn, Lanes lanes) {
  return "math_" + std::to_string(int(fn)) + "_" + std::to_string(int(lanes));
}

/// func @f(out, x, y) { store emitMath(load x, load y), out }
static void buildKernel(OpBuilder &b, codegen::MathFn fn, Lanes lanes) {
  Location loc = b.getUnknownLoc();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type type = typeOf(b, lanes);
  auto signature = b.getFunctionType({pointer, pointer, pointer}, {});
  auto func = func::FuncOp::create(b, loc, symbolOf(fn, lanes), signature);
  OpBuilder::InsertionGuard guard(b);
  Block *entry = func.addEntryBlock();
  b.setInsertionPointToStart(entry);
  SmallVector<Value> operands;
  for (unsigned i = 0; i < codegen::mathArity(fn); ++i)
    operands.push_back(LLVM::LoadOp::create(b, loc, type, entry->getArgument(1 + i), 2));
  Value result = codegen::emitMath(b, loc, fn, operands);
  LLVM::StoreOp::create(b, loc, result, entry->getArgument(0), 2);
  func::ReturnOp::create(b, loc);
}

static void require(bool ok, const char *what) {
  if (ok) return;
  std::cerr << "math_accuracy: " << what << " failed\n";
  std::exit(1);
}

static void lowerToLLVM(ModuleOp module) {
  MLIRContext *context = module.getContext();
  LLVMTypeConverter converter(context);
  RewritePatternSet patterns(context);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
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
  llvm::cantFail(builder.parsePassPipeline(
      passes, "function(early-cse,instcombine<no-verify-fixpoint>,reassociate,gvn,instcombine<no-verify-fixpoint>)"));
  passes.run(module, modules);
}

static llvm::orc::ThreadSafeModule translate(const llvm::orc::LLJIT &jit) {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();

  OpBuilder b(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(b, b.getUnknownLoc());
  b.setInsertionPointToStart(module->getBody());
  for (const Function &function : kFunctions)
    for (Lanes lanes : kAllLanes) buildKernel(b, function.fn, lanes);
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
  auto target = llvm::cantFail(llvm::orc::JITTargetMachineBuilder::detectHost());
  if (const char *cpu = std::getenv("ETCH_MATH_CPU")) {  // e.g. haswell, to try AVX2 on a newer machine
    target.setCPU(cpu);
    target.getFeatures() = llvm::SubtargetFeatures();
  }
  target.setRelocationModel(llvm::Reloc::PIC_);
  target.setCodeModel(llvm::CodeModel::Small);
  state->jit = llvm::cantFail(llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(target)).create());
  state->jit->getMainJITDylib().setLinkOrder({});  // no libm to fall back on
  llvm::cantFail(state->jit->addIRModule(translate(*state->jit)));
}

Kernels::~Kernels() = default;

Kernel Kernels::get(codegen::MathFn fn, Lanes lanes) const {
  return llvm::cantFail(state->jit->lookup(symbolOf(fn, lanes))).toPtr<Kernel>();
}

}  // namespace etch::accuracy
