#include "codegen/aot/Export.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/Path.h"

#include "codegen/Compiler.h"
#include "codegen/abi/ProgramDescriptor.h"
#include "codegen/aot/CNames.h"
#include "codegen/aot/Header.h"
#include "codegen/aot/ModuleFile.h"
#include "codegen/cpu/MachineCode.h"
#include "codegen/cpu/Target.h"
#include "runtime/base/error.h"

namespace etch::codegen {

namespace {

/// Messages inside a program name the user's file by its last part, since the folder is no part of the program; errors
/// of the compiler itself name it whole.
class ShortFileNames {
 public:
  explicit ShortFileNames(mlir::ModuleOp module) {
    mlir::AttrTypeReplacer replacer;
    replacer.addReplacement([this](mlir::FileLineColLoc location) -> std::optional<mlir::Attribute> {
      llvm::StringRef whole = location.getFilename().getValue(), last = llvm::sys::path::filename(whole);
      wholeNames.try_emplace(last, whole.str());
      return mlir::FileLineColLoc::get(location.getContext(), last, location.getLine(), location.getColumn());
    });
    replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/false, /*replaceLocs=*/true);
  }

  template <typename Body>
  auto withWholeNames(Body body) const {
    try {
      return body();
    } catch (const UnsupportedError &error) {
      throw UnsupportedError(error.message(), whole(error.location()));
    } catch (const UserError &error) {
      throw UserError(error.message(), whole(error.location()));
    }
  }

 private:
  llvm::StringMap<std::string> wholeNames;

  Location whole(Location location) const {
    auto it = wholeNames.find(location.file);
    return it == wholeNames.end() ? location : Location(intern_file_name(it->second), location.line, location.column);
  }
};

void rename(mlir::ModuleOp module, const std::string &name) {
  mlir::func::FuncOp entry = entryOf(module);
  if (entry.getName() == name) return;
  if (module.lookupSymbol(name))
    throw UserError("--name: the module has another function @" + name + "; choose a name that is free");
  if (failed(mlir::SymbolTable::replaceAllSymbolUses(entry, mlir::StringAttr::get(module.getContext(), name), module)))
    throw InternalError("the entry function cannot be renamed");
  mlir::SymbolTable::setSymbolName(entry, name);
}

/// Initial values are private data until here; the header promises them under public names.
void publishInitialValues(llvm::Module &module, const ProgramInfo &info) {
  CNames names = cNamesOf(info);
  for (size_t i = 0; i < info.args.size(); ++i)
    if (llvm::GlobalVariable *data = module.getNamedGlobal(initialValueSymbol(info.name, i))) {
      data->setLinkage(llvm::GlobalValue::ExternalLinkage);
      data->setName(initialValueName(info, names.args[i]));
    }
}

}  // namespace

Exported exportModule(mlir::ModuleOp module, const CompileOptions &options, const std::string &cpu,
                      ExportFormat format) {
  requireCFunctionName(options.name);
  refuseHostCalls(module, "cannot be called from an exported program");
  rename(module, options.name);
  ShortFileNames names(module);
  auto machine = createTargetMachine(cpu);
  PipelineRun run(module, options);
  llvm::LLVMContext context;
  auto translated = names.withWholeNames([&] { return buildLLVM(module, context, *machine, run, Form::exported); });
  if (run.programInfo().hasRunTimeResult)
    throw UnsupportedError("'" + options.name +
                           "' returns a tensor whose shape depends on data, for which a caller in C cannot provide "
                           "memory; return tensors of known shapes, for instance padded ones and their lengths");
  publishInitialValues(*translated, run.programInfo());
  removeUncalled(*translated, *machine);
  Exported exported;
  exported.header = headerText(run.programInfo());
  if (format == ExportFormat::llvm) {
    llvm::raw_string_ostream(exported.code) << *translated;
  } else if (format == ExportFormat::assembly) {
    exported.code = emitAssembly(*translated, *machine, Effort::whole);
  } else {
    exported.code = ObjectEmitter(*machine, Effort::whole).emit(*translated);
  }
  run.reportTimings();
  return exported;
}

}  // namespace etch::codegen
