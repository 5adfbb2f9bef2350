#pragma once
// Right operands of products that are known when the code is made: constants are laid out as the product reads them, so
// that nothing is packed at run time.

#include <optional>

#include "codegen/cpu/gemm/GemmTiles.h"
#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// On a kernel: how the right operand of its product lies in memory, if not as its type says: PackedWeights as
/// {layout = "panels", columns = 32, apart = 25104}.
inline constexpr llvm::StringLiteral kWeights = "etch.weights";

struct PackedWeights {
  enum class Layout {
    rows,    ///< [depth][column]: what was written the other way round
    panels,  ///< [panel][depth][column], the last panel filled up with zeros; `apart` elements from panel to panel
    pairs,   ///< [panel][part of 32][pair of the depth][column][2], zeros behind the depth: tiles of AMX
  };
  Layout layout;
  int64_t columns = 0;  ///< of a panel
  int64_t apart = 0;    ///< elements from one panel to the next

  /// How the kernel was told that the constant lies; nothing for one that lies as its type says.
  static std::optional<PackedWeights> of(mlir::func::FuncOp kernel);
};

/// Finds the kernels of products whose right operand is a constant in every launch, lays out the constants that would
/// be packed at run time and marks those kernels. Launches then pass
///   etch.constant dense<...> : tensor<16x25104xf32>      for      tensor<784x500xf32>.
void layOutWeights(mlir::ModuleOp module, Policy policy);

}  // namespace etch::codegen
