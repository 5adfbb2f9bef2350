// Finds and loads libetch_compiler on the first miss, so that programs that never compile never load LLVM.

#include <dlfcn.h>

#include "codegen/abi/compiler.h"
#include "frontend/function/compiler_identity.h"
#include "frontend/function/pack_routines.h"
#include "runtime/base/error.h"

namespace etch::codegen {
namespace {

const CompilerApi *load() {
  std::string tried;
  for (const std::string &place : detail::compiler_places()) {
    void *library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      const char *reason = dlerror();
      tried += "\n  " + place + ": " + (reason ? reason : "cannot be loaded");
      continue;
    }
    auto *entry = reinterpret_cast<decltype(&etch_compiler_api)>(dlsym(library, "etch_compiler_api"));
    if (!entry) {
      tried += "\n  " + place + ": has no etch_compiler_api";
      continue;
    }
    const CompilerApi *api = entry();
    if (api->version == kCompilerApiVersion) {
      detail::provide_pack_routines(*api);
      return api;
    }
    tried += "\n  " + place + ": has interface version " + std::to_string(api->version) + ", this libetch needs " +
             std::to_string(kCompilerApiVersion);
  }
  throw UserError("Etch's compiler could not be loaded; set ETCH_COMPILER to the path of libetch_compiler.so. Tried:" +
                  tried);
}

}  // namespace

const CompilerApi &compiler() {
  // A failed load throws out of the initialiser, so that the next call tries again.
  static const CompilerApi *api = load();
  return *api;
}

}  // namespace etch::codegen
