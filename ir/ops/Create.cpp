// Create family: folds.

#include "ir/dialect/EtchDialect.h"

namespace etch::ir {

mlir::OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

}  // namespace etch::ir
