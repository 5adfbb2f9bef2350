#include "codegen/aot/ModuleFile.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

#include "codegen/Compiler.h"
#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "runtime/base/count.h"
#include "runtime/base/error.h"

namespace etch::codegen {

namespace func = mlir::func;

namespace {

template <typename T>
std::string textOf(const T &printable) {
  std::string text;
  llvm::raw_string_ostream(text) << printable;
  return text;
}

/// "@step(tensor<2xf32>) -> tensor<f32>"
std::string signatureOf(func::FuncOp function) {
  std::string type = textOf(mlir::Type(function.getFunctionType()));
  size_t arrow = type.find(" -> ");
  return "@" + function.getName().str() + type.substr(0, arrow) + type.substr(arrow);
}

std::string listOf(mlir::ModuleOp module, bool publicOnly) {
  std::string list;
  for (auto function : module.getOps<func::FuncOp>())
    if (!publicOnly || function.isPublic()) list += "\n  " + signatureOf(function);
  return list.empty() ? "\n  (none)" : list;
}

void selectEntry(mlir::ModuleOp module, const std::string &path, const std::string &entry) {
  if (!entry.empty()) {
    auto chosen = module.lookupSymbol<func::FuncOp>(entry);
    if (!chosen)
      throw UserError("--entry: " + path + " has no function @" + entry + "; it has" + listOf(module, false));
    for (auto function : module.getOps<func::FuncOp>()) function.setPrivate();
    chosen.setPublic();
    return;
  }
  int count = 0;
  for (auto function : module.getOps<func::FuncOp>()) count += function.isPublic();
  if (count == 0)
    throw UserError(path + " has no public function to compile; name one with --entry. It has" + listOf(module, false));
  if (count > 1)
    throw UserError(path + " has " + std::to_string(count) + " public functions; choose one with --entry" +
                    listOf(module, true));
}

//===-- What the stages take for granted ----------------------------------------------------------------------===//

bool isTensorOfEtch(mlir::Type type) {
  auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
  if (!tensor || tensor.getEncoding() || tensor.getRank() > kMaxRank) return false;
  return ir::dtypeIfKnown(tensor.getElementType()).has_value();
}

void checkTypes(mlir::TypeRange types, const std::string &what, Location location) {
  for (mlir::Type type : types)
    if (!isTensorOfEtch(type))
      throw UnsupportedError(
          what + " has type " + textOf(type) +
              "; Etch takes ranked tensors of i1, ui8, i32, i64, f16, bf16, f32 and f64 with up to " +
              std::to_string(kMaxRank) + " axes",
          location);
}

void checkOp(mlir::Operation *op) {
  Location location = ir::toUserLocation(op->getLoc());
  llvm::StringRef name = op->getName().getStringRef();
  if (!llvm::isa<func::ReturnOp>(op) && !llvm::isa_and_nonnull<ir::EtchDialect>(op->getDialect()))
    throw UnsupportedError(
        "'" + name.str() + "' is not an op of the etch dialect; functions to compile hold etch ops and func.return" +
            (llvm::isa<func::CallOp>(op) ? " (calls are etch.call)" : ""),
        location);
  if (llvm::isa<ir::LaunchOp, ir::StoreSliceOp>(op))
    throw UnsupportedError(
        "'" + name.str() + "' belongs to the stages after 'tensor'; the tools read modules of the trace stage",
        location);
  if (auto constant = llvm::dyn_cast<ir::ConstantOp>(op);
      constant && !llvm::isa<mlir::DenseElementsAttr>(constant.getValue()))
    throw UnsupportedError("[constant] holds its elements as " +
                               textOf(mlir::Attribute(constant.getValue())).substr(0, 40) +
                               "...; only dense<...> elements are read",
                           location);
  checkTypes(op->getResultTypes(), "a result of '" + name.str() + "'", location);
}

void checkBody(func::FuncOp function) {
  Location location = ir::toUserLocation(function.getLoc());
  std::string name = "@" + function.getName().str();
  if (function.isDeclaration()) throw UserError(name + " is only declared; a function to compile has a body", location);
  if (ir::isKernel(function))
    throw UnsupportedError(name + " is a kernel, of a stage after 'tensor'; the tools read modules of the trace stage",
                           location);
  if (!function.getBody().hasOneBlock())
    throw UnsupportedError(name + " has branches between blocks; control flow is etch.if, etch.while and etch.for",
                           location);
  checkTypes(function.getArgumentTypes(), "an argument of " + name, location);
  checkTypes(function.getResultTypes(), "a result of " + name, location);
  function.walk([&](mlir::Operation *op) {
    if (op != function) checkOp(op);
  });
}

/// Every function that `entry` reaches. Throws for recursion: calls are copied into their callers.
llvm::SetVector<func::FuncOp> reachableFrom(mlir::ModuleOp module, func::FuncOp entry) {
  llvm::SetVector<func::FuncOp> reached;
  llvm::SmallVector<func::FuncOp> open;
  auto visit = [&](auto &&self, func::FuncOp function) -> void {
    if (!reached.insert(function)) return;
    open.push_back(function);
    function.walk([&](mlir::Operation *op) {
      for (func::FuncOp callee : ir::calleesOf(module, op)) {
        if (llvm::is_contained(open, callee))
          throw UnsupportedError("[" + op->getName().stripDialect().str() + "] calls @" + callee.getName().str() +
                                     ", which calls back; recursive functions cannot be compiled, use etch.while",
                                 ir::toUserLocation(op->getLoc()));
        self(self, callee);
      }
    });
    open.pop_back();
  };
  visit(visit, entry);
  return reached;
}

//===-- The attributes of the entry's arguments and results ---------------------------------------------------===//

/// Throws for attributes of the dialect that mean nothing where they stand, which a slip of the pen would be.
void checkAttributes(mlir::DictionaryAttr attributes, const std::string &what, llvm::ArrayRef<llvm::StringRef> known,
                     Location location) {
  if (!attributes) return;
  for (mlir::NamedAttribute attribute : attributes) {
    llvm::StringRef name = attribute.getName();
    if (name.starts_with("etch.") && !llvm::is_contained(known, name))
      throw UserError(what + " has no attribute " + name.str() + "; it can have " + llvm::join(known, ", "), location);
    auto text = llvm::dyn_cast<mlir::StringAttr>(attribute.getValue());
    if (name == ir::kName && !text)
      throw UserError(what + ": etch.name is " + textOf(attribute.getValue()) + "; expected a string", location);
    if (name == ir::kKind && (!text || (text.getValue() != ir::kVariable && text.getValue() != ir::kCaptured)))
      throw UserError(
          what + ": etch.kind is " + textOf(attribute.getValue()) + "; expected \"variable\" or \"captured\"",
          location);
  }
}

void checkAttributes(func::FuncOp entry) {
  Location location = ir::toUserLocation(entry.getLoc());
  std::string of = " of @" + entry.getName().str();
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    checkAttributes(entry.getArgAttrDict(i), "argument " + std::to_string(i) + of,
                    {ir::kName, ir::kKind, ir::kInitialValue}, location);
  for (unsigned i = 0; i < entry.getNumResults(); ++i)
    checkAttributes(entry.getResultAttrDict(i), "result " + std::to_string(i) + of, {ir::kName, ir::kUpdates},
                    location);
}

void checkVariables(func::FuncOp entry) {
  Location location = ir::toUserLocation(entry.getLoc());
  llvm::DenseMap<int64_t, unsigned> updatedBy;
  for (unsigned r = 0; r < entry.getNumResults(); ++r) {
    mlir::Attribute attribute = entry.getResultAttr(r, ir::kUpdates);
    if (!attribute) continue;
    std::string what = "result " + std::to_string(r) + " of @" + entry.getName().str() + ": etch.updates";
    auto index = llvm::dyn_cast<mlir::IntegerAttr>(attribute);
    if (!index || index.getInt() < 0 || index.getInt() >= entry.getNumArguments())
      throw UserError(what + " is " + textOf(attribute) + "; expected the index of one of the " +
                          count_text(entry.getNumArguments(), "argument"),
                      location);
    int64_t argument = index.getInt();
    if (!ir::isVariable(entry, argument))
      throw UserError(what + " names argument " + std::to_string(argument) +
                          ", which is no variable; mark it {etch.kind = \"variable\"}",
                      location);
    if (entry.getArgumentTypes()[argument] != entry.getResultTypes()[r])
      throw UserError(what + " names argument " + std::to_string(argument) + " of type " +
                          textOf(entry.getArgumentTypes()[argument]) + ", but the result has type " +
                          textOf(entry.getResultTypes()[r]) + "; a variable keeps its type",
                      location);
    if (auto [it, first] = updatedBy.insert({argument, r}); !first)
      throw UserError(what + " names argument " + std::to_string(argument) + ", which result " +
                          std::to_string(it->second) + " updates already",
                      location);
  }
}

void checkInitialValues(func::FuncOp entry) {
  Location location = ir::toUserLocation(entry.getLoc());
  for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
    mlir::Attribute attribute = entry.getArgAttr(i, ir::kInitialValue);
    if (!attribute) continue;
    std::string what = "argument " + std::to_string(i) + " of @" + entry.getName().str() + ": etch.initial_value";
    if (!ir::isVariable(entry, i))
      throw UserError(what + " is for variables; mark the argument {etch.kind = \"variable\"} or remove it", location);
    auto elements = llvm::dyn_cast<mlir::DenseElementsAttr>(attribute);
    if (!elements) throw UserError(what + " is not dense<...> elements", location);
    if (elements.getType() != entry.getArgumentTypes()[i])
      throw UserError(what + " has type " + textOf(mlir::Type(elements.getType())) + ", but the argument has type " +
                          textOf(entry.getArgumentTypes()[i]),
                      location);
  }
}

}  // namespace

Policy policyOf(mlir::ModuleOp module) {
  auto policy = module->getAttrOfType<mlir::StringAttr>("etch.policy");
  return policy && policy.getValue() == "strict" ? Policy::strict : Policy::standard;
}

func::FuncOp entryOf(mlir::ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic()) return function;
  throw InternalError("a module without a public function");
}

mlir::OwningOpRef<mlir::ModuleOp> loadModuleFile(const std::string &path, const std::string &entry,
                                                 mlir::MLIRContext &context) {
  mlir::OwningOpRef<mlir::ModuleOp> module = parseModule(path, context);
  for (mlir::Operation &op : module->getBody()->getOperations())
    if (!llvm::isa<func::FuncOp>(op))
      throw UnsupportedError(
          "'" + op.getName().getStringRef().str() + "' at the top of a module; modules to compile hold func.func only",
          ir::toUserLocation(op.getLoc()));
  selectEntry(*module, path, entry);
  func::FuncOp chosen = entryOf(*module);
  llvm::SetVector<func::FuncOp> reached = reachableFrom(*module, chosen);
  for (func::FuncOp function : reached) checkBody(function);
  // What the entry does not need must not fail it.
  for (auto function : llvm::make_early_inc_range(module->getOps<func::FuncOp>()))
    if (!reached.contains(function)) function.erase();
  checkAttributes(chosen);
  checkVariables(chosen);
  checkInitialValues(chosen);
  return module;
}

void refuseHostCalls(mlir::ModuleOp module, const std::string &purpose) {
  for (func::FuncOp function : reachableFrom(module, entryOf(module)))
    function.walk([&](ir::HostCallOp call) {
      throw UserError("[host_call] function " + std::to_string(call.getId()) +
                          " belongs to the process that traced it and " + purpose +
                          "; pass what it computes as an argument, or return what it needs",
                      ir::toUserLocation(call.getLoc()));
    });
}

}  // namespace etch::codegen
