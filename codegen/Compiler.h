#pragma once
// The facade: module + target -> code. The one place where diagnostics become exceptions is Pipeline.h.

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include "codegen/Pipeline.h"
#include "llvm/Target/TargetMachine.h"

namespace etch::codegen {

/// What the LLVM module is for.
enum class Form {
  complete,  ///< everything it needs but the runtime
  jit,       ///< not optimised yet; shared routines and the user's lines are left out
  exported,  ///< complete, with the C functions of the program
};

/// Takes a module from wherever it is to optimised LLVM IR, its descriptor included. `machine` is the target;
/// `leftOut` takes the routines that Form::jit leaves out.
std::unique_ptr<llvm::Module> buildLLVM(mlir::ModuleOp module, llvm::LLVMContext &context, llvm::TargetMachine &machine,
                                        PipelineRun &run, Form form = Form::complete,
                                        CompiledObject *leftOut = nullptr);

/// Compiles a module of the trace stage.
CompiledObject compileModule(mlir::ModuleOp module, const CompileOptions &options, Kernels kernels = Kernels::own);

/// The module's text at the end of `stage`, or "llvm", or "asm". Throws UserError for an unknown stage name.
std::string irText(mlir::ModuleOp module, const CompileOptions &options, llvm::StringRef stage);

/// The same for tapes, as libetch calls them.
CompiledObject compileTape(const ir::Tape &tape, const CompileOptions &options, Kernels kernels);
std::string tapeText(const ir::Tape &tape, const CompileOptions &options, std::string_view stage);

/// As the table of functions has it (codegen/abi/compiler.h).
void provideRoutine(std::string_view name, std::string_view symbol, std::string_view object);

/// Parses a .mlir file. Throws UserError with file, line and what the parser said.
mlir::OwningOpRef<mlir::ModuleOp> parseModule(const std::string &path, mlir::MLIRContext &context);

}  // namespace etch::codegen
