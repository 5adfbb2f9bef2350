#include "passes/pipeline/Pipeline.h"

#include "mlir/Transforms/Passes.h"

#include "passes/Passes.h"
#include "passes/autodiff/ExpandDerivatives.h"

namespace etch::passes {

void addStage(Stage stage, mlir::OpPassManager &manager, const StageOptions &options) {
  switch (stage) {
    case Stage::trace:
      // The tape as it was recorded; etch-run and etchc enter here with a file.
      break;
    case Stage::grad:
      // Speed: attention that is written out has derivatives of its own. Under policy strict arithmetic stays as
      // written.
      if (!options.strict) manager.addPass(createRecognizeAttention());
      // Speed: what loops compute anew in each iteration is derived once, too. Under policy strict each iteration adds
      // to the derivative, as in a loop of the host.
      if (!options.strict) manager.addPass(createHoistInvariants());
      // Before anything is simplified: rules see the ops the user wrote, so their errors name the user's lines.
      manager.addPass(createExpandDerivativesPass());
      break;
    case Stage::tensor:
      // Correctness: kernels are formed in one function. It must follow grad, whose calls carry custom derivatives.
      manager.addPass(createInlineCalls());
      // Correctness: under policy strict there are no kernels of attention. Before the dots it is written out as are
      // brought into form.
      manager.addPass(createLowerAttention({options.strict}));
      // Speed: direct kernels know two layouts, and a convolution with a 1x1 window is a product. Before the dots it
      // makes are brought into form.
      manager.addPass(createCanonicalizeConvolutions({options.strict}));
      // Correctness: kernels know one axis a group. Before simplification, which composes the transposes this adds.
      manager.addPass(createCanonicalizeDots());
      // Speed: derivatives repeat what the forward sweep computed; CSE inside makes both share it.
      manager.addPass(createSimplifyTensors());
      // Speed: a power takes as long as a dozen products. Behind simplification, which makes exponents constants, and
      // derivatives, which lower them by one.
      if (!options.strict) manager.addPass(createExpandPowers());
      // Speed: rows are picked by index. Behind simplification, which leaves one_hot and the products by it in one
      // form.
      if (!options.strict) manager.addPass(createTakeOneHot());
      // Speed: sums over outer axes that wait for no other sum are one pass over memory. Behind simplification, which
      // leaves one form of means.
      if (!options.strict) manager.addPass(createSplitColumnSums());
      // Speed: once instead of in each iteration. What is left now are derivatives, and all under policy strict.
      manager.addPass(createHoistInvariants());
      // Speed: what loops keep, read and sum, by slices. After simplification, which leaves one form of each.
      if (!options.strict) manager.addPass(createJoinPads());
      // Speed: a loop carries the parts of its state. Behind JoinPads, which makes concatenations.
      manager.addPass(createSplitParts());
      // Speed: the coordinates of points, of which SplitParts leaves states. Adds in another order than the sums do.
      if (!options.strict) manager.addPass(createUnrollAxes());
      manager.addPass(createLowerStacks());
      manager.addPass(createReadInits());
      manager.addPass(createWriteSlices({options.strict}));
      // Its sequences are the slices that the two passes before it write.
      if (!options.strict) manager.addPass(createSinkProducts());
      manager.addPass(createBatchProducts());
      manager.addPass(createTransposeInvariants());
      // Speed: what is computed of parts is not stored. Behind what makes and removes slices.
      manager.addPass(createSliceOperands());
      // Speed: what is reduced is not stored to be seen under another shape. Behind simplification, which moves
      // reshapes the other way.
      manager.addPass(createReshapeOperands());
      break;
    case Stage::fused:
      // Speed: what a loop writes slice by slice stays where it is, and kernels write slices where they belong.
      manager.addPass(createStoreSlices());
      // No simplification may follow: kernels are compared by structure and must not drift apart.
      manager.addPass(createFormKernels({options.explain}));
      // Speed: the updates of an optimizer are one kernel to compile, whatever the variables' shapes.
      manager.addPass(createShareKernels());
      break;
    case Stage::buffers:
      // Speed: what runs side by side. Before memory is planned, as strands do not share any.
      if (options.strands != Strands::none)
        manager.addPass(createFormStrands({options.explain, options.strands == Strands::all}));
      manager.addPass(createPlanBuffers());
      break;
    case Stage::kernels:
    case Stage::target:
    case Stage::binary: llvm_unreachable("stages that depend on the target are codegen's");
  }
  VerifyStageOptions contract;
  contract.stage = nameOf(stage).str();
  manager.addPass(createVerifyStage(contract));
}

llvm::ArrayRef<Stage> allStages() {
  static const Stage stages[] = {
#define ETCH_STAGE(name, description) Stage::name,
#include "passes/Stages.def"
#undef ETCH_STAGE
  };
  return stages;
}

llvm::StringRef nameOf(Stage stage) {
  switch (stage) {
#define ETCH_STAGE(name, description) \
  case Stage::name: return #name;
#include "passes/Stages.def"
#undef ETCH_STAGE
  }
  llvm_unreachable("unknown stage");
}

std::optional<Stage> stageFromName(llvm::StringRef name) {
  for (Stage stage : allStages())
    if (nameOf(stage) == name) return stage;
  return std::nullopt;
}

std::string stageNames() {
  std::string names;
  for (Stage stage : allStages()) names += (names.empty() ? "" : ", ") + nameOf(stage).str();
  return names;
}

}  // namespace etch::passes
