#include "ir/dialect/EtchDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/StringMap.h"

#include "ir/ops/EtchDialect.cpp.inc"

#define GET_OP_CLASSES
#include "ir/ops/EtchOps.cpp.inc"

namespace etch::ir {

void EtchDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "ir/ops/EtchOps.cpp.inc"
      >();
}

mlir::Operation *EtchDialect::materializeConstant(mlir::OpBuilder &b, mlir::Attribute value, mlir::Type type,
                                                  mlir::Location location) {
  if (auto elements = llvm::dyn_cast<mlir::ElementsAttr>(value)) return ConstantOp::create(b, location, type, elements);
  return nullptr;
}

void loadEtchDialects(mlir::MLIRContext &context) { context.loadDialect<EtchDialect, mlir::func::FuncDialect>(); }

std::optional<DType> dtypeIfKnown(mlir::Type type) {
  if (type.isF64()) return DType::f64;
  if (type.isF32()) return DType::f32;
  if (type.isF16()) return DType::f16;
  if (type.isBF16()) return DType::bf16;
  if (type.isSignlessInteger(64)) return DType::i64;
  if (type.isSignlessInteger(32)) return DType::i32;
  if (type.isUnsignedInteger(8)) return DType::u8;
  if (type.isSignlessInteger(1)) return DType::boolean;
  return std::nullopt;
}

DType toDType(mlir::Type type) {
  if (auto dtype = dtypeIfKnown(type)) return *dtype;
  std::string text;
  llvm::raw_string_ostream(text) << type;
  throw UserError("element type " + text + " is not one of Etch's: i1, ui8, i32, i64, f16, bf16, f32 and f64");
}

mlir::Type toMlirType(DType dtype, mlir::MLIRContext *context) {
  switch (dtype) {
    case DType::boolean: return mlir::IntegerType::get(context, 1);
    case DType::u8: return mlir::IntegerType::get(context, 8, mlir::IntegerType::Unsigned);
    case DType::i32: return mlir::IntegerType::get(context, 32);
    case DType::i64: return mlir::IntegerType::get(context, 64);
    case DType::f16: return mlir::Float16Type::get(context);
    case DType::f32: return mlir::Float32Type::get(context);
    case DType::f64: return mlir::Float64Type::get(context);
    case DType::bf16: return mlir::BFloat16Type::get(context);
  }
  throw InternalError("unknown dtype");
}

TensorType toTensorType(mlir::Type type) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  TensorType result{toDType(tensor.getElementType()), {}};
  for (int64_t extent : tensor.getShape())
    result.shape.push_back(mlir::ShapedType::isDynamic(extent) ? kDynamic : extent);
  return result;
}

mlir::RankedTensorType toMlirType(const TensorType &type, mlir::MLIRContext *context) {
  llvm::SmallVector<int64_t> shape;
  for (int64_t extent : type.shape) shape.push_back(extent == kDynamic ? mlir::ShapedType::kDynamic : extent);
  return mlir::RankedTensorType::get(shape, toMlirType(type.dtype, context));
}

std::optional<OpCode> opCodeOf(mlir::Operation *op) {
  static const llvm::StringMap<OpCode> codes = [] {
    llvm::StringMap<OpCode> map;
#define ETCH_OP(mnemonic, family) map["etch." #mnemonic] = OpCode::mnemonic;
#define ETCH_OP_KEYWORD(identifier, mnemonic, family) map["etch." #mnemonic] = OpCode::identifier;
#include "ir/tape/op_codes.inc"
#undef ETCH_OP
#undef ETCH_OP_KEYWORD
    return map;
  }();
  auto it = codes.find(op->getName().getStringRef());
  if (it == codes.end()) return std::nullopt;
  return it->second;
}

Location toUserLocation(mlir::Location location) {
  Location found;
  location->walk([&](mlir::Location part) {
    if (auto file = llvm::dyn_cast<mlir::FileLineColLoc>(part)) {
      found =
          Location(intern_file_name(std::string_view(file.getFilename().getValue())), file.getLine(), file.getColumn());
      return mlir::WalkResult::interrupt();
    }
    return mlir::WalkResult::advance();
  });
  return found;
}

}  // namespace etch::ir
