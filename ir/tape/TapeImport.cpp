#include "ir/tape/TapeImport.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"

namespace etch::ir {

namespace {

class Importer {
 public:
  Importer(mlir::MLIRContext &context) : context(context), b(&context) {}

  mlir::OwningOpRef<mlir::ModuleOp> run(const Tape &tape, llvm::StringRef name) {
    mlir::OwningOpRef<mlir::ModuleOp> owner = mlir::ModuleOp::create(b.getUnknownLoc());
    module = *owner;
    importFunction(tape, name, /*isPublic=*/true);
    return owner;
  }

 private:
  mlir::MLIRContext &context;
  mlir::OpBuilder b;
  mlir::ModuleOp module;
  llvm::DenseMap<const Tape *, mlir::FlatSymbolRefAttr> functions;
  llvm::StringMap<int> names;

  mlir::Location toLocation(const Location &location) {
    if (!location.known()) return b.getUnknownLoc();
    return mlir::FileLineColLoc::get(&context, location.file, location.line, location.column);
  }

  std::string uniqueName(llvm::StringRef wanted) {
    int &count = names[wanted];
    std::string name = count == 0 ? wanted.str() : (wanted + "_" + llvm::Twine(count)).str();
    ++count;
    return name;
  }

  /// All arguments at once, then all results: setting one makes a new list of all.
  void describeSignature(const Tape &tape, mlir::func::FuncOp function) {
    llvm::SmallVector<mlir::DictionaryAttr> arguments, results;
    for (const Argument &argument : tape.arguments) {
      mlir::NamedAttrList attributes;
      if (!argument.name.empty()) attributes.set(kName, b.getStringAttr(argument.name));
      if (argument.kind != Argument::Kind::parameter)
        attributes.set(kKind, b.getStringAttr(argument.kind == Argument::Kind::variable ? kVariable : kCaptured));
      arguments.push_back(attributes.getDictionary(&context));
    }
    for (size_t i = 0; i < tape.results.size(); ++i) {
      mlir::NamedAttrList attributes;
      if (i < tape.result_names.size() && !tape.result_names[i].empty())
        attributes.set(kName, b.getStringAttr(tape.result_names[i]));
      if (i < tape.updates.size() && tape.updates[i] >= 0)
        attributes.set(kUpdates, b.getI64IntegerAttr(tape.updates[i]));
      results.push_back(attributes.getDictionary(&context));
    }
    function.setAllArgAttrs(arguments);
    function.setAllResultAttrs(results);
  }

  mlir::func::FuncOp importFunction(const Tape &tape, llvm::StringRef wanted, bool isPublic) {
    std::string name = uniqueName(wanted);
    llvm::SmallVector<mlir::Type> inputs, outputs;
    for (const Argument &argument : tape.arguments) inputs.push_back(toMlirType(tape.types[argument.id], &context));
    for (ValueId result : tape.results) outputs.push_back(toMlirType(tape.types[result], &context));
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(module.getBody());
    mlir::Location location = toLocation(tape.location);
    auto function = mlir::func::FuncOp::create(b, location, name, b.getFunctionType(inputs, outputs));
    if (!isPublic) function.setPrivate();
    describeSignature(tape, function);
    mlir::Block *block = function.addEntryBlock();
    b.setInsertionPointToEnd(block);
    std::vector<mlir::Value> values = importBody(tape, block, {});
    llvm::SmallVector<mlir::Value> results;
    for (ValueId result : tape.results) results.push_back(values[result]);
    mlir::func::ReturnOp::create(b, location, results);
    return function;
  }

  void importRegion(const Tape &tape, mlir::Region &region, const std::vector<mlir::Value> &outer) {
    mlir::OpBuilder::InsertionGuard guard(b);
    mlir::Block *block = b.createBlock(&region);
    mlir::Location location = toLocation(tape.location);
    for (const Argument &argument : tape.arguments)
      block->addArgument(toMlirType(tape.types[argument.id], &context), location);
    std::vector<mlir::Value> values = importBody(tape, block, outer);
    llvm::SmallVector<mlir::Value> results;
    for (ValueId result : tape.results) results.push_back(values[result]);
    YieldOp::create(b, location, results);
  }

  /// Ops of the tape at the insertion point; returns the value of each id.
  std::vector<mlir::Value> importBody(const Tape &tape, mlir::Block *block, const std::vector<mlir::Value> &outer) {
    std::vector<mlir::Value> values(tape.types.size());
    for (auto [i, argument] : llvm::enumerate(tape.arguments)) values[argument.id] = block->getArgument(i);
    for (const Capture &capture : tape.captures) values[capture.inner] = outer[capture.outer];
    for (const Node &node : tape.nodes) importNode(tape, node, values);
    return values;
  }

  void importNode(const Tape &tape, const Node &node, std::vector<mlir::Value> &values) {
    std::string_view mnemonic = mnemonic_of(node.op);
    mlir::OperationState state(toLocation(node.location), "etch." + std::string(mnemonic));
    for (ValueId operand : node.operands) state.operands.push_back(values[operand]);
    for (int i = 0; i < node.num_results; ++i)
      state.types.push_back(toMlirType(tape.types[node.first_result + i], &context));
    for (const Attribute &attribute : node.attributes)
      state.addAttribute(attribute.name, toMlirAttribute(attribute.value));
    if (!node.segments.empty()) state.addAttribute("operandSegmentSizes", b.getDenseI32ArrayAttr(node.segments));
    for (size_t i = 0; i < node.regions.size(); ++i) state.addRegion();
    mlir::Operation *op = b.create(state);
    for (auto [i, region] : llvm::enumerate(node.regions)) importRegion(*region, op->getRegion(i), values);
    for (int i = 0; i < node.num_results; ++i) values[node.first_result + i] = op->getResult(i);
  }

  mlir::Attribute toMlirAttribute(const AttributeValue &value) {
    if (auto *integer = std::get_if<int64_t>(&value)) return b.getI64IntegerAttr(*integer);
    if (auto *list = std::get_if<std::vector<int64_t>>(&value)) return b.getDenseI64ArrayAttr(*list);
    if (auto *text = std::get_if<std::string>(&value)) return b.getStringAttr(*text);
    if (auto *dtype = std::get_if<DType>(&value)) return mlir::TypeAttr::get(toMlirType(*dtype, &context));
    if (auto *literal = std::get_if<Literal>(&value)) return toElements(*literal);
    const auto &callee = std::get<std::shared_ptr<const Tape>>(value);
    if (auto it = functions.find(callee.get()); it != functions.end()) return it->second;
    mlir::func::FuncOp function = importFunction(*callee, callee->name, /*isPublic=*/false);
    return functions[callee.get()] = mlir::FlatSymbolRefAttr::get(function.getSymNameAttr());
  }

  mlir::ElementsAttr toElements(const Literal &literal) {
    auto type = toMlirType(literal.type, &context);
    const char *data = reinterpret_cast<const char *>(literal.bytes->data());
    if (literal.type.dtype == DType::boolean) {
      llvm::SmallVector<bool> elements;
      for (std::byte byte : *literal.bytes) elements.push_back(byte != std::byte{0});
      return mlir::DenseElementsAttr::get(type, elements);
    }
    return mlir::DenseElementsAttr::getFromRawBuffer(type, llvm::ArrayRef<char>(data, literal.bytes->size()));
  }
};

}  // namespace

mlir::OwningOpRef<mlir::ModuleOp> importTape(const Tape &tape, llvm::StringRef name, mlir::MLIRContext &context) {
  return Importer(context).run(tape, name);
}

}  // namespace etch::ir
