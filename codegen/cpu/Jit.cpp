#include "codegen/cpu/Jit.h"

#include <atomic>
#include <mutex>

#include "llvm/ADT/StringSet.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

#include "codegen/cpu/Target.h"
#include "runtime/base/error.h"

namespace etch::codegen {

namespace orc = llvm::orc;

namespace {

template <typename T>
T take(llvm::Expected<T> value, const char *what) {
  if (!value) throw InternalError(std::string("JIT: ") + what + ": " + llvm::toString(value.takeError()));
  return std::move(*value);
}
void check(llvm::Error error, const char *what) {
  if (error) throw InternalError(std::string("JIT: ") + what + ": " + llvm::toString(std::move(error)));
}

class Jit {
 public:
  /// Lives as long as the process: code that users still hold must outlive static destructors.
  static Jit &instance() {
    static Jit *jit = new Jit();
    return *jit;
  }

  LoadedProgram load(llvm::SmallVector<char, 0> bytes, llvm::StringRef name) {
    // A library each, so that names never meet and unloading is one call.
    orc::JITDylib &library = lljit->getExecutionSession().createBareJITDylib("etch." + std::to_string(counter++));
    library.addToLinkOrder(*shared);
    library.addToLinkOrder(*runtime);
    std::shared_ptr<void> code(&library, [this](void *dying) {
      llvm::consumeError(lljit->getExecutionSession().removeJITDylib(*static_cast<orc::JITDylib *>(dying)));
    });
    check(lljit->addObjectFile(library, std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), false)),
          "adding an object");
    auto symbol = take(lljit->lookup(library, (name + "_program").str()), "linking");
    return {symbol.toPtr<const etch_program *>(), std::move(code)};
  }

  void share(llvm::StringRef name, llvm::function_ref<llvm::SmallVector<char, 0>()> compile) {
    std::lock_guard lock(sharing);
    if (routines.contains(name)) return;
    check(lljit->addObjectFile(*shared, std::make_unique<llvm::SmallVectorMemoryBuffer>(compile(), false)),
          "adding a shared routine");
    routines.insert(name);
  }

 private:
  std::unique_ptr<orc::LLJIT> lljit;
  orc::JITDylib *runtime, *shared;
  std::mutex sharing;
  llvm::StringSet<> routines;
  std::atomic<int> counter{0};

  Jit() {
    auto machine = createTargetMachine();  // initialises the target
    lljit = take(orc::LLJITBuilder().create(), "starting");
    runtime = &lljit->getExecutionSession().createBareJITDylib("etch.runtime");
    shared = &lljit->getExecutionSession().createBareJITDylib("etch.shared");
    shared->addToLinkOrder(*runtime);
    orc::SymbolMap symbols;
    auto define = [&](const char *name, auto *function) {
      symbols[lljit->mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(function),
                                               llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    };
    define("etch_rt_parallel_for", &etch_rt_parallel_for);
    define("etch_rt_print", &etch_rt_print);
    define("etch_rt_fail", &etch_rt_fail);
    define("etch_rt_host_call", &etch_rt_host_call);
    define("etch_rt_stack_push", &etch_rt_stack_push);
    define("etch_rt_stack_pop", &etch_rt_stack_pop);
    check(runtime->define(orc::absoluteSymbols(std::move(symbols))), "defining the runtime");
    // memcpy, memset and fmod come from the C library.
    runtime->addGenerator(
        take(orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(lljit->getDataLayout().getGlobalPrefix()),
             "finding the C library"));
  }
};

}  // namespace

LoadedProgram loadObject(llvm::SmallVector<char, 0> bytes, llvm::StringRef name) {
  return Jit::instance().load(std::move(bytes), name);
}

void shareRoutine(llvm::StringRef name, llvm::function_ref<llvm::SmallVector<char, 0>()> compile) {
  Jit::instance().share(name, compile);
}

}  // namespace etch::codegen
