#include "passes/autodiff/Rules.h"

#include "passes/autodiff/ExpandDerivatives.h"

namespace etch::passes {
namespace autodiff {

using mlir::Value;

Value Cotangents::orZeros(Builder &b, Value primal) const {
  Value known = lookup(primal);
  return known ? known : zerosLike(b, primal);
}

void Cotangents::set(Builder &b, Value primal, Value cotangent) {
  // A cotangent has the very type of its primal, so that loops can carry it: formulas may know more or fewer extents.
  if (wanted(primal)) map_[primal] = reshapeLike(b, cotangent, primal);
}

void Cotangents::add(Builder &b, Value primal, Value cotangent) {
  if (!wanted(primal)) return;
  Value known = lookup(primal);
  cotangent = reshapeLike(b, cotangent, primal);
  map_[primal] = known ? Value(ir::AddOp::create(b, primal.getType(), known, cotangent)) : cotangent;
}

const Rule *RuleTable::lookup(llvm::StringRef opName) const {
  auto it = rules_.find(opName);
  return it == rules_.end() ? nullptr : &it->second;
}

Tangents RuleTable::applyToTangents(mlir::Operation *op, llvm::ArrayRef<Value> tangents, Builder &b) {
  llvm::SmallVector<Value> operands(op->getOperands());
  for (auto [operand, tangent] : llvm::zip(operands, tangents))
    if (isFloat(operand)) operand = tangent ? tangent : zerosLike(b, operand);
  mlir::Operation *result = b.clone(*op);
  result->setOperands(operands);
  return Tangents(result->getResults());
}

Tangents RuleTable::applyToOneTangentAtATime(mlir::Operation *op, llvm::ArrayRef<Value> tangents, Builder &b) {
  Value total;
  for (unsigned i : {0u, 1u}) {
    if (!tangents[i]) continue;
    mlir::Operation *part = b.clone(*op);
    part->setOperand(i, tangents[i]);
    total = total ? Value(Term(b, total) + Term(b, part->getResult(0))) : part->getResult(0);
  }
  return {total};
}

const RuleTable &ruleTable() {
  static const RuleTable table = [] {
    RuleTable rules;
    addElementwiseRules(rules);
    addReductionRules(rules);
    addScanRules(rules);
    addLinearRules(rules);
    addAttentionRules(rules);
    addWindowRules(rules);
    addShapeRules(rules);
    addIndexingRules(rules);
    return rules;
  }();
  return table;
}

llvm::LogicalResult refuse(mlir::Operation *op) {
  return op->emitError() << op->getName()
                         << " has no derivative rule; put stop_gradient around what it takes, or give the "
                         << "function that holds it a custom_gradient";
}

}  // namespace autodiff

namespace {
/// What the walks handle themselves.
constexpr llvm::StringLiteral kStructural[] = {"etch.if",         "etch.for",       "etch.while",
                                               "etch.stack_push", "etch.stack_pop", "etch.call"};
}  // namespace

bool hasReverseRule(llvm::StringRef opName) {
  const autodiff::Rule *rule = autodiff::ruleTable().lookup(opName);
  return (rule && (rule->reverse || rule->writeOut)) || llvm::is_contained(kStructural, opName) ||
         opName == "etch.custom_vjp";
}

bool hasForwardRule(llvm::StringRef opName) {
  const autodiff::Rule *rule = autodiff::ruleTable().lookup(opName);
  return (rule && (rule->forward || rule->writeOut)) || llvm::is_contained(kStructural, opName);
}

std::vector<std::string> opsWithDerivativeRules() {
  std::vector<std::string> names(std::begin(kStructural), std::end(kStructural));
  names.push_back("etch.custom_vjp");
  for (const auto &entry : autodiff::ruleTable().all()) names.push_back(entry.getKey().str());
  llvm::sort(names);
  return names;
}

}  // namespace etch::passes
