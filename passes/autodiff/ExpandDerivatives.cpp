#include "passes/autodiff/ExpandDerivatives.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

#include "passes/autodiff/ForwardMode.h"
#include "passes/autodiff/ReverseMode.h"
#include "passes/autodiff/StackTransfer.h"

namespace etch::passes {

using mlir::Operation;
using mlir::Value;
using mlir::func::FuncOp;

namespace {

class Expander {
 public:
  explicit Expander(mlir::ModuleOp module) : symbols_(module) {
    module.walk([&](ir::StackPushOp op) { nextStackId_ = std::max<int64_t>(nextStackId_, op.getId() + 1); });
  }

  /// Replaces the requests in a function, after those in the functions it names.
  llvm::LogicalResult expand(FuncOp function) {
    if (done_.contains(function)) return mlir::success();
    if (!open_.insert(function).second) return function.emitError() << "@" << function.getName() << " calls itself";
    llvm::SmallVector<Operation *> requests;
    auto visit = function.walk([&](Operation *op) {
      if (llvm::isa<ir::VjpOp, ir::JvpOp>(op)) requests.push_back(op);
      for (llvm::StringRef name : {"callee", "backward"})
        if (auto symbol = op->getAttrOfType<mlir::FlatSymbolRefAttr>(name)) {
          auto callee = symbols_.lookup<FuncOp>(symbol.getValue());
          if (callee.empty()) {
            op->emitOpError() << "names " << symbol << ", which is only declared";
            return mlir::WalkResult::interrupt();
          }
          if (failed(expand(callee))) return mlir::WalkResult::interrupt();
        }
      return mlir::WalkResult::advance();
    });
    if (visit.wasInterrupted()) return mlir::failure();
    for (Operation *op : requests)
      if (failed(llvm::isa<ir::VjpOp>(op) ? expandVjp(llvm::cast<ir::VjpOp>(op))
                                          : expandJvp(llvm::cast<ir::JvpOp>(op))))
        return mlir::failure();
    if (!requests.empty()) autodiff::eraseUnusedStacks(function);
    open_.erase(function);
    done_.insert(function);
    return mlir::success();
  }

 private:
  /// A copy of the callee without calls, to be differentiated and moved to where the request was.
  mlir::OwningOpRef<FuncOp> copyForDerivative(llvm::StringRef callee) {
    FuncOp copy = symbols_.lookup<FuncOp>(callee).clone();
    for (bool again = true; again;) {
      llvm::SmallVector<ir::CallOp> calls;
      copy.walk([&](ir::CallOp op) { calls.push_back(op); });
      for (ir::CallOp call : calls) inlineCall(call);
      again = !calls.empty();
    }
    return copy;
  }

  /// Writes out the ops that have no rule for the walk to come.
  void writeOut(FuncOp copy, bool isReverse) {
    llvm::SmallVector<std::pair<Operation *, const autodiff::Rule *>> ops;
    copy.walk([&](Operation *op) {
      const autodiff::Rule *rule = autodiff::ruleTable().lookup(op->getName().getStringRef());
      if (rule && rule->writeOut && !(isReverse ? rule->reverse != nullptr : rule->forward != nullptr))
        ops.push_back({op, rule});
    });
    for (auto [op, rule] : ops) {
      autodiff::Builder b(op->getLoc(), op);
      op->replaceAllUsesWith(rule->writeOut(op, b));
      op->erase();
    }
  }

  void inlineCall(ir::CallOp call) {
    mlir::Block &body = symbols_.lookup<FuncOp>(call.getCallee()).front();
    mlir::OpBuilder b(call);
    mlir::IRMapping mapping;
    mapping.map(body.getArguments(), call.getInputs());
    for (Operation &op : body.without_terminator()) b.clone(op, mapping);
    for (auto [result, returned] : llvm::zip(call.getResults(), body.getTerminator()->getOperands()))
      result.replaceAllUsesWith(mapping.lookupOrDefault(returned));
    call.erase();
  }

  /// Moves a differentiated body in front of the request and lets `results`, values of the body, replace its results.
  void moveBody(FuncOp copy, Operation *request, mlir::ValueRange operands, llvm::ArrayRef<Value> results) {
    mlir::Block &body = copy.front();
    llvm::SmallVector<Value> values(results);
    for (Value &value : values)
      if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value); argument && argument.getOwner() == &body)
        value = operands[argument.getArgNumber()];
    for (auto [argument, operand] : llvm::zip(body.getArguments(), operands)) argument.replaceAllUsesWith(operand);
    auto &ops = body.getOperations();
    request->getBlock()->getOperations().splice(request->getIterator(), ops, ops.begin(), std::prev(ops.end()));
    request->replaceAllUsesWith(values);
    request->erase();
  }

  llvm::LogicalResult expandVjp(ir::VjpOp op) {
    mlir::OwningOpRef<FuncOp> copy = copyForDerivative(op.getCallee());
    writeOut(*copy, /*isReverse=*/true);
    mlir::Block &body = copy->front();
    autodiff::countIterations(body);
    llvm::SmallVector<Value> results(body.getTerminator()->getOperands()), targets, seeds;
    autodiff::Builder b(op.getLoc(), body.getTerminator());
    llvm::SmallVector<Value> operands(op.getInputs());
    for (Value result : results) {
      if (!autodiff::isFloat(result)) continue;
      Value given = op.getCotangents()[operands.size() - op.getInputs().size()];
      operands.push_back(given);
      Value seed = body.addArgument(given.getType(), op.getLoc());
      // Known seeds simplify formulas; a zero is as good as none.
      std::optional<double> number = ir::splatNumber(given);
      if (number == 0.0) continue;
      targets.push_back(result);
      seeds.push_back(number ? autodiff::splat(b, *number, result) : seed);
    }
    auto sources = llvm::map_to_vector(op.getWrt(), [&](int64_t i) -> Value { return body.getArgument(i); });
    autodiff::Activity activity(body, sources, targets);
    autodiff::Cotangents cotangents(activity);
    for (auto [target, seed] : llvm::zip(targets, seeds)) cotangents.add(b, target, seed);
    if (failed(autodiff::ReverseMode(activity, symbols_, nextStackId_).walk(body, cotangents, b)))
      return mlir::failure();
    b.setLoc(op.getLoc());
    for (Value source : sources) results.push_back(cotangents.orZeros(b, source));
    moveBody(*copy, op, operands, results);
    return mlir::success();
  }

  llvm::LogicalResult expandJvp(ir::JvpOp op) {
    mlir::OwningOpRef<FuncOp> copy = copyForDerivative(op.getCallee());
    writeOut(*copy, /*isReverse=*/false);
    mlir::Block &body = copy->front();
    autodiff::Builder b(op.getLoc(), op.getContext());
    b.setInsertionPointToStart(&body);
    llvm::SmallVector<Value> operands(op.getInputs()), sources;
    llvm::append_range(operands, op.getTangents());
    auto targets = llvm::filter_to_vector(body.getTerminator()->getOperands(), autodiff::isFloat);
    for (int64_t i : op.getWrt()) sources.push_back(body.getArgument(i));
    autodiff::Activity activity(body, sources, targets);
    autodiff::ForwardMode forward(activity, nextStackId_);
    for (auto [source, given] : llvm::zip(sources, op.getTangents())) {
      Value seed = body.addArgument(given.getType(), op.getLoc());
      std::optional<double> number = ir::splatNumber(given);
      if (number == 0.0 || !autodiff::isFloat(source)) continue;
      forward.setTangent(source, number ? autodiff::splat(b, *number, source) : seed);
    }
    if (failed(forward.walk(body))) return mlir::failure();
    b.setInsertionPoint(body.getTerminator());
    llvm::SmallVector<Value> results(body.getTerminator()->getOperands());
    for (Value result : llvm::to_vector(results))
      if (autodiff::isFloat(result)) results.push_back(forward.tangentOrZeros(b, result));
    moveBody(*copy, op, operands, results);
    return mlir::success();
  }

  mlir::SymbolTable symbols_;
  llvm::DenseSet<Operation *> open_, done_;
  int64_t nextStackId_ = 0;
};

struct ExpandDerivatives : mlir::PassWrapper<ExpandDerivatives, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandDerivatives)
  llvm::StringRef getArgument() const final { return "etch-expand-derivatives"; }
  llvm::StringRef getDescription() const final { return "replaces requests for derivatives by ops that compute them"; }
  void getDependentDialects(mlir::DialectRegistry &registry) const final { registry.insert<ir::EtchDialect>(); }

  void runOnOperation() final {
    Expander expander(getOperation());
    for (FuncOp function : llvm::to_vector(getOperation().getOps<FuncOp>()))
      if (!function.empty() && failed(expander.expand(function))) return signalPassFailure();
    // A mark of reverse mode for its own repetition.
    getOperation().walk([](ir::WhileOp op) { op->removeAttr(autodiff::kCounted); });
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> createExpandDerivativesPass() { return std::make_unique<ExpandDerivatives>(); }

}  // namespace etch::passes
