#include "passes/buffer/PassedOn.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

namespace {

/// What a loop's body yields.
class Yields {
 public:
  Yields(mlir::Operation *loop, mlir::SymbolTable &symbols)
      : symbols(symbols),
        body(loop->getRegions().back().front()),
        offset(llvm::isa<ir::ForOp>(loop) ? 1 : 0),
        terminator(body.getTerminator()) {}

  void passOn() {
    llvm::SmallVector<unsigned> copies;
    for (mlir::OpOperand &yield : terminator->getOpOperands())
      if (sourceOfCopy(yield)) copies.push_back(yield.getOperandNumber());
    // One that cannot be passed on keeps another where it is: its place is not free.
    for (size_t before = 0; before != copies.size();) {
      before = copies.size();
      const auto all = copies;
      llvm::erase_if(copies, [&](unsigned number) { return !mayPassOn(number, all); });
    }
    for (unsigned number : copies) {
      mlir::OpOperand &yield = terminator->getOpOperand(number);
      mlir::Operation *copy = yield.get().getDefiningOp();
      yield.set(sourceOfCopy(yield));
      copy->erase();
    }
  }

 private:
  mlir::SymbolTable &symbols;
  mlir::Block &body;
  unsigned offset;
  mlir::Operation *terminator;

  /// What is carried at another number, if the yield is a copy of that and nothing else (FormKernels).
  mlir::BlockArgument sourceOfCopy(mlir::OpOperand &yield) const {
    auto launch = yield.get().getDefiningOp<ir::LaunchOp>();
    if (!launch || launch->getBlock() != &body || !launch->hasOneUse() || launch->getNumOperands() != 1 ||
        bytesOf(yield.get().getType()) < 0 || hasFewElements(yield.get()))
      return nullptr;
    auto source = llvm::dyn_cast<mlir::BlockArgument>(launch->getOperand(0));
    if (!source || source.getOwner() != &body || source.getArgNumber() < offset ||
        source.getType() != yield.get().getType())
      return nullptr;
    mlir::Block &kernel = symbols.lookup<mlir::func::FuncOp>(launch.getKernel()).getBody().front();
    auto transpose = llvm::dyn_cast<ir::TransposeOp>(kernel.front());
    const bool isCopy = transpose && transpose->getNextNode() == kernel.getTerminator() &&
                        llvm::equal(transpose.getPermutation(), llvm::seq<int64_t>(transpose.getType().getRank()));
    return isCopy ? source : mlir::BlockArgument();
  }

  /// Is what takes the place of the copied value passed on as well, or made by a kernel, which takes turns?
  bool mayPassOn(unsigned number, llvm::ArrayRef<unsigned> copies) const {
    mlir::BlockArgument source = sourceOfCopy(terminator->getOpOperand(number));
    for (unsigned other : copies)
      if (other != number && sourceOfCopy(terminator->getOpOperand(other)) == source) return false;
    if (llvm::is_contained(terminator->getOperands(), source)) return false;
    const unsigned next = source.getArgNumber() - offset;
    if (llvm::is_contained(copies, next)) return true;
    mlir::Value made = terminator->getOperand(next);
    auto launch = made.getDefiningOp<ir::LaunchOp>();
    return launch && launch->getBlock() == &body && llvm::count(terminator->getOperands(), made) == 1 &&
           !sliceStoreOf(made);
  }
};

/// How the body of a loop passes on what it carries, once copies are gone.
class PassedOn {
 public:
  explicit PassedOn(mlir::Operation *loop)
      : body(loop->getRegions().back().front()), offset(llvm::isa<ir::ForOp>(loop) ? 1 : 0) {}

  std::optional<unsigned> from(unsigned number) const {
    auto source = llvm::dyn_cast<mlir::BlockArgument>(body.getTerminator()->getOperand(number));
    if (!source || source.getOwner() != &body || source.getArgNumber() == number + offset ||
        source.getArgNumber() < offset)
      return std::nullopt;
    return source.getArgNumber() - offset;
  }
  std::optional<unsigned> to(unsigned number) const {
    for (mlir::OpOperand &use : body.getArgument(number + offset).getUses())
      if (use.getOwner() == body.getTerminator() && use.getOperandNumber() != number) return use.getOperandNumber();
    return std::nullopt;
  }

 private:
  mlir::Block &body;
  unsigned offset;
};

}  // namespace

llvm::SmallVector<unsigned> chainOf(mlir::Operation *loop, unsigned number) {
  const PassedOn passedOn(loop);
  unsigned first = number;
  while (std::optional<unsigned> before = passedOn.from(first)) {
    first = *before;
    if (first == number) break;  // round and round
  }
  llvm::SmallVector<unsigned> chain{first};
  for (std::optional<unsigned> next = passedOn.to(first); next && *next != first; next = passedOn.to(*next))
    chain.push_back(*next);
  return chain;
}

void passOnCarried(mlir::func::FuncOp function, mlir::SymbolTable &symbols) {
  function.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
    // A loop in a strand copies what has changed places when it is over (kTurns in Placement.h).
    if (op->hasAttr(kStrand)) return mlir::WalkResult::skip();
    if (llvm::isa<ir::ForOp, ir::WhileOp>(op)) Yields(op, symbols).passOn();
    return mlir::WalkResult::advance();
  });
}

}  // namespace etch::passes
