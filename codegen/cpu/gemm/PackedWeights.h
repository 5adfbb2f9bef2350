#pragma once
// Right operands of products that are the same in every call, laid out as the product reads them, so that no call packs
// them: constants when the code is made, arguments that a function captured when it is first called.

#include <optional>
#include <vector>

#include "codegen/cpu/gemm/GemmTiles.h"
#include "codegen/cpu/Kernel.h"
#include "runtime/executable/abi.h"

namespace etch::codegen {

/// On a kernel: how the right operand of its product lies in memory, if not as its type says: PackedWeights as
/// {layout = "panels", columns = 32, apart = 25104}.
inline constexpr llvm::StringLiteral kWeights = "etch.weights";

struct PackedWeights {
  enum class Layout {
    rows,    ///< [depth][column]: what was written the other way round
    panels,  ///< [panel][depth][column], the last panel filled up with zeros; `apart` elements from panel to panel
    pairs,   ///< [panel][pair of the depth][column][2], zeros behind the depth, a multiple of 32 where panels are tiles
             ///< of AMX
  };
  Layout layout;
  int64_t columns = 0;  ///< of a panel
  int64_t apart = 0;    ///< elements from one panel to the next

  /// How the kernel was told that the constant lies; nothing for one that lies as its type says.
  static std::optional<PackedWeights> of(mlir::func::FuncOp kernel);
};

/// Finds the kernels of products whose right operand is the same in every call of the program, whatever launches them,
/// lays out those that would be packed at run time and marks those kernels. Launches then pass
///   etch.constant dense<...> : tensor<16x25104xf32>      for      tensor<784x500xf32>
/// or, for an argument that is captured, one more argument of that type: it holds the copy that the runtime makes of
/// the other one (weightsOf).
void layOutWeights(mlir::ModuleOp module, Policy policy);

/// On an argument of the public function: the copy of argument {argument = 1, depth = 784, columns = 500, ...}.
inline constexpr llvm::StringLiteral kCopyOf = "etch.copy_of";

/// What the arguments that layOutWeights has added hold, in order.
std::vector<etch_weights> weightsOf(mlir::func::FuncOp function);

}  // namespace etch::codegen
