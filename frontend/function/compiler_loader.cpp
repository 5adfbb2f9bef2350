// Finds and loads libetch_compiler on the first miss, so that programs that never compile never load LLVM.

#include <dlfcn.h>

#include <filesystem>

#include "codegen/abi/compiler.h"
#include "runtime/base/env.h"
#include "runtime/base/error.h"

namespace etch::codegen {
namespace {

constexpr const char *kFileName = "libetch_compiler.so";

std::string folder_of_libetch() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void *>(&compiler), &info) || !info.dli_fname) return {};
  return std::filesystem::path(info.dli_fname).parent_path().string();
}

const CompilerApi *load() {
  std::vector<std::string> places;
  if (auto chosen = env::text("ETCH_COMPILER")) {
    places.push_back(*chosen);
  } else {
    if (std::string folder = folder_of_libetch(); !folder.empty()) places.push_back(folder + "/" + kFileName);
    places.push_back(kFileName);
  }
  std::string tried;
  for (const std::string &place : places) {
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
    if (api->version == kCompilerApiVersion) return api;
    tried += "\n  " + place + ": has interface version " + std::to_string(api->version) + ", this libetch needs " +
             std::to_string(kCompilerApiVersion);
  }
  throw UserError("Etch's compiler could not be loaded; set ETCH_COMPILER to the path of " + std::string(kFileName) +
                  ". Tried:" + tried);
}

}  // namespace

const CompilerApi &compiler() {
  // A failed load throws out of the initialiser, so that the next call tries again.
  static const CompilerApi *api = load();
  return *api;
}

}  // namespace etch::codegen
