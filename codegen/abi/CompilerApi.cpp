// The table of functions that libetch looks up.

#include "codegen/Compiler.h"

extern "C" const etch::codegen::CompilerApi *etch_compiler_api() {
  static const etch::codegen::CompilerApi api{etch::codegen::kCompilerApiVersion, &etch::codegen::compileTape,
                                              &etch::codegen::tapeText, &etch::codegen::provideRoutine};
  return &api;
}
