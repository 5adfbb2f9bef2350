#pragma once
// The stages and what runs in each. Read Pipeline.cpp: it is the compiler in one page.

#include <optional>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "mlir/Pass/PassManager.h"

namespace etch::passes {

enum class Stage {
#define ETCH_STAGE(name, description) name,
#include "passes/Stages.def"
#undef ETCH_STAGE
};

llvm::StringRef nameOf(Stage stage);
std::optional<Stage> stageFromName(llvm::StringRef name);
/// "trace, grad, tensor, ...": for messages and --help.
std::string stageNames();
llvm::ArrayRef<Stage> allStages();

/// Which strands run side by side: those that are worth it, or, for tests, all that may or none.
enum class Strands { worthwhile, all, none };

struct StageOptions {
  bool explain = false;  ///< fusion remarks on every op that does not run in the kernel of a neighbour it reads
  bool strict = false;   ///< the numerics policy: arithmetic as written
  Strands strands = Strands::worthwhile;
};

/// Adds the passes that take a module from the end of the previous stage to the end of this one, then its contract.
/// Stages after `buffers` depend on the target: codegen adds those.
void addStage(Stage stage, mlir::OpPassManager &manager, const StageOptions &options = {});

}  // namespace etch::passes
