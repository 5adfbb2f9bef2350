#include "ir/dialect/Traits.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/infer/infer.h"

namespace etch::ir {

namespace {

/// The attributes a result type rule may ask for, in the form in which the tape holds them.
std::vector<Attribute> toTapeAttributes(mlir::Operation *op) {
  std::vector<Attribute> attributes;
  for (mlir::NamedAttribute named : op->getAttrDictionary()) {
    const char *name = named.getName().data();
    if (auto list = llvm::dyn_cast<mlir::DenseI64ArrayAttr>(named.getValue()))
      attributes.push_back({name, std::vector<int64_t>(list.asArrayRef().begin(), list.asArrayRef().end())});
    else if (auto integer = llvm::dyn_cast<mlir::IntegerAttr>(named.getValue()))
      attributes.push_back({name, integer.getInt()});
    else if (auto type = llvm::dyn_cast<mlir::TypeAttr>(named.getValue()))
      attributes.push_back({name, toDType(type.getValue())});
    else if (auto text = llvm::dyn_cast<mlir::StringAttr>(named.getValue()))
      attributes.push_back({name, text.getValue().str()});
  }
  return attributes;
}

}  // namespace

llvm::LogicalResult verifyInferredTypes(mlir::Operation *op) {
  std::vector<TensorType> operands, results;
  std::vector<Attribute> attributes;
  Inferred inferred;
  try {
    for (mlir::Type type : op->getOperandTypes()) operands.push_back(toTensorType(type));
    for (mlir::Type type : op->getResultTypes()) results.push_back(toTensorType(type));
    attributes = toTapeAttributes(op);
    inferred = infer(*opCodeOf(op), operands, AttributeView(attributes));
  } catch (const Error &error) {
    return op->emitOpError(error.message());
  }
  if (!inferred.error.empty()) return op->emitOpError(inferred.error);
  if (inferred.types.size() != op->getNumResults())
    return op->emitOpError("has ") << op->getNumResults() << " results; its rule gives " << inferred.types.size();
  for (auto [i, type] : llvm::enumerate(inferred.types)) {
    const TensorType &declared = results[i];
    bool fits = declared.dtype == type.dtype && declared.shape.rank() == type.shape.rank();
    for (int axis = 0; fits && axis < type.shape.rank(); ++axis)
      // A known extent may stand where the rule cannot tell, but not the other way round: code generation relies on
      // unknown extents coming from somewhere.
      fits = declared.shape[axis] == type.shape[axis] || type.shape[axis] == kDynamic;
    if (!fits)
      return op->emitOpError("result is declared as ")
             << to_string(declared) << "; operands and attributes give " << to_string(type);
  }
  return mlir::success();
}

}  // namespace etch::ir
