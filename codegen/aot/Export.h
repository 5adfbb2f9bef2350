#pragma once
// A module as a native object with a C header.

#include <string>

#include "mlir/IR/BuiltinOps.h"

#include "codegen/abi/compiler.h"

namespace etch::codegen {

/// What etchc --emit can write.
enum class ExportFormat { object, assembly, llvm };

struct Exported {
  std::string code;    ///< bytes of the object file, or text
  std::string header;  ///< C header
};

/// Compiles a module of the trace stage (aot/ModuleFile.h) for `cpu` ("native" or an LLVM name). The C function is
/// called `options.name`. The same module gives the same bytes wherever its file lies: of paths only the last part is
/// kept. Throws UserError for what cannot be exported: host calls, names that C does not allow.
Exported exportModule(mlir::ModuleOp module, const CompileOptions &options, const std::string &cpu,
                      ExportFormat format);

}  // namespace etch::codegen
