#include "codegen/cpu/SharedKernels.h"

#include <mutex>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"
#include "mlir/AsmParser/AsmParser.h"

#include "codegen/cpu/InlineKernels.h"
#include "codegen/cpu/VectorUnit.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "runtime/cpu/target_cpu.h"

namespace etch::codegen {

namespace {

/// Attributes of emitted kernels, as text, by symbol. Contexts come and go, text stays.
class EmittedAttributes {
 public:
  static EmittedAttributes &instance() {
    static auto *attributes = new EmittedAttributes();
    return *attributes;
  }
  std::optional<std::string> find(llvm::StringRef symbol) {
    std::lock_guard lock(mutex);
    auto found = bySymbol.find(symbol);
    return found == bySymbol.end() ? std::nullopt : std::optional(found->second);
  }
  void add(llvm::StringRef symbol, std::string text) {
    std::lock_guard lock(mutex);
    bySymbol[symbol] = std::move(text);
    if (bySymbol.size() < 2 * afterSweep + kMost) return;
    // Those of programs that are gone. One that is being compiled will be added by whoever compiles it next.
    llvm::SmallVector<std::string> gone;
    for (const auto &entry : bySymbol)
      if (!runtime::find_kernel(entry.first().str())) gone.push_back(entry.first().str());
    for (const std::string &name : gone) bySymbol.erase(name);
    afterSweep = bySymbol.size();
  }

 private:
  static constexpr size_t kMost = 4096;
  std::mutex mutex;
  llvm::StringMap<std::string> bySymbol;
  size_t afterSweep = 0;
};

/// Writing and hashing them would take longer than it may save.
bool hasLargeConstants(mlir::func::FuncOp kernel) {
  constexpr int64_t kLarge = 256;
  auto isLarge = [](mlir::Operation *op) {
    auto value = op->getAttrOfType<mlir::DenseElementsAttr>("value");
    const bool large = value && !value.isSplat() && value.getNumElements() > kLarge;
    return large ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
  };
  return kernel.walk(isLarge).wasInterrupted();
}

/// For those who read profiles: what the kernel does, in a few words.
std::string wordsOf(mlir::func::FuncOp kernel) {
  constexpr size_t kLongest = 40;
  std::string words;
  for (mlir::Operation &op : kernel.getBody().front().without_terminator())
    if (words.size() < kLongest) words += op.getName().stripDialect().str() + "_";
  return words;
}

}  // namespace

bool hasKnownExtents(mlir::func::FuncOp kernel) {
  auto isKnown = [](mlir::Type type) { return llvm::cast<mlir::ShapedType>(type).hasStaticShape(); };
  bool areKnown = llvm::all_of(kernel.getArgumentTypes(), isKnown);
  kernel.walk([&](mlir::Operation *op) { areKnown &= op == kernel || llvm::all_of(op->getResultTypes(), isKnown); });
  return areKnown;
}

std::optional<std::string> sharedSymbolOf(mlir::func::FuncOp kernel, Policy policy) {
  if (ir::kernelKind(kernel) == "straight" || !hasKnownExtents(kernel) || hasLargeConstants(kernel))
    return std::nullopt;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << runtime::target_cpu() << ' ' << static_cast<int>(policy) << ' '
     << textOf(vectorUnitOf(kernel->getParentOfType<mlir::ModuleOp>())) << '\n';
  const std::string name = kernel.getName().str();
  kernel.setName("kernel");
  mlir::OpPrintingFlags flags;
  kernel->print(os, flags.useLocalScope().assumeVerified());
  kernel.setName(name);
  const llvm::XXH128_hash_t hash = llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
  return std::string(runtime::kKernelPrefix) + wordsOf(kernel) + llvm::utohexstr(hash.high64, true, 16) +
         llvm::utohexstr(hash.low64, true, 16);
}

bool borrowKernel(mlir::func::FuncOp kernel, const std::string &symbol, KernelSharing &sharing) {
  const std::optional<std::string> attributes = EmittedAttributes::instance().find(symbol);
  if (!attributes) return false;
  std::optional<runtime::SharedKernel> found = runtime::find_kernel(symbol);
  if (!found) return false;
  mlir::OpBuilder b(kernel);
  auto known = llvm::cast<mlir::DictionaryAttr>(mlir::parseAttribute(*attributes, b.getContext()));
  auto type = llvm::cast<mlir::FunctionType>(llvm::cast<mlir::TypeAttr>(known.get("function_type")).getValue());
  auto declaration = mlir::func::FuncOp::create(b, kernel.getLoc(), kernel.getName(), type);
  declaration.setPrivate();
  for (mlir::NamedAttribute attribute : known)
    if (attribute.getName().strref().starts_with("etch."))
      declaration->setAttr(attribute.getName(), attribute.getValue());
  sharing.symbols[kernel.getName()] = symbol;
  sharing.borrowed.push_back(*std::move(found));
  kernel.erase();
  return true;
}

void mayBeLent(mlir::func::FuncOp emitted, const std::string &symbol, KernelSharing &sharing) {
  std::string text;
  llvm::raw_string_ostream(text) << emitted->getAttrDictionary();
  EmittedAttributes::instance().add(symbol, std::move(text));
  sharing.symbols[emitted.getName()] = symbol;
}

void nameSharedKernels(llvm::Module &module, const KernelSharing &sharing) {
  for (const auto &entry : sharing.symbols) {
    llvm::Function *kernel = module.getFunction(entry.first());
    if (!kernel) continue;
    // Kernels that differed until their operands were laid out: one name is one function.
    if (llvm::Function *same = module.getFunction(entry.second)) {
      kernel->replaceAllUsesWith(same);
      kernel->eraseFromParent();
    } else {
      kernel->setName(entry.second);
    }
  }
}

void exposeSharedKernels(llvm::Module &module) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && function.getName().starts_with(runtime::kKernelPrefix) && !isSmall(function))
      function.setLinkage(llvm::GlobalValue::ExternalLinkage);
}

}  // namespace etch::codegen
