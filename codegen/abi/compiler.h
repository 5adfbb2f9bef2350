#pragma once
// The compiler as libetch sees it: no LLVM here. libetch loads libetch_compiler on the first miss and calls it through
// one table of functions.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ir/tape/tape.h"
#include "runtime/executable/program_loader.h"

namespace etch::codegen {

/// Numerics policy of a function.
enum class Policy : uint8_t {
  strict,    ///< no contraction, no reassociation: bit for bit the same eagerly, compiled and exported
  standard,  ///< multiply-add may be contracted
};

/// All of it is part of the key under which code is kept on disk (frontend/function/stored_code.cpp).
struct CompileOptions {
  std::string name = "main";  ///< symbol of the entry function
  Policy policy = Policy::standard;
  std::string cpu = "native";  ///< or an LLVM name: "x86-64-v3"
};

struct StageTiming {
  std::string stage;
  double milliseconds;
};

/// One kernel of a compiled function, as explain() shows it.
struct KernelSummary {
  std::string name;
  std::string kind;  ///< "elementwise", "reduction", "dot", ...
  std::string ops;   ///< "mul add relu"
  int launches = 0;  ///< how many times the schedule names it
};

/// What a compilation makes.
struct CompiledObject : runtime::ProgramCode {
  std::vector<KernelSummary> kernels;
  std::vector<StageTiming> timings;
};

/// Where the machine code of a program came from.
enum class CodeSource : uint8_t { compiler, disk, pack };

/// A program that can be run.
struct Compiled {
  std::shared_ptr<const runtime::Executable> executable;
  std::vector<StageTiming> timings;
  std::vector<KernelSummary> kernels;
  size_t code_bytes = 0;
  CodeSource source = CodeSource::compiler;
};

/// Whether a program may call kernels of programs that are loaded already, and lend them its own.
enum class Kernels : uint8_t { own, shared };

/// Compiles a tape. Throws UserError with the user's line when an op cannot be compiled or differentiated.
using CompileFn = CompiledObject (*)(const ir::Tape &tape, const CompileOptions &options, Kernels kernels);
/// The module at the end of a stage ("trace", "grad", "tensor", "fused", "buffers", "kernels", "target"), or "llvm"
/// (LLVM IR after its passes) or "asm"; "explain" says what runs in which kernel, and why not in fewer. Identical text
/// in every run.
using IrTextFn = std::string (*)(const ir::Tape &tape, const CompileOptions &options, std::string_view stage);

/// Tells the compiler of a shared routine that need not be compiled: programs for this very processor will
/// call it instead. `name` says all that its code depends on but the processor; `object` defines `symbol`. All three
/// stay where they are; the object is read when a program asks for it.
using ProvideRoutineFn = void (*)(std::string_view name, std::string_view symbol, std::string_view object);

inline constexpr uint32_t kCompilerApiVersion = 6;

struct CompilerApi {
  uint32_t version = kCompilerApiVersion;
  CompileFn compile = nullptr;
  IrTextFn ir_text = nullptr;
  ProvideRoutineFn provide_routine = nullptr;
};

/// The table, from libetch_compiler, loaded on first use. Throws UserError saying where it was looked for when missing.
const CompilerApi &compiler();

}  // namespace etch::codegen

/// Exported by libetch_compiler.
extern "C" const etch::codegen::CompilerApi *etch_compiler_api();
