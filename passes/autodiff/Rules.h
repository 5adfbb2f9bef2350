#pragma once
// The table of derivative rules: one entry an op, in the file of its family.
//
// `reverse` adds the cotangents of operands, given those of results; `forward` returns the tangents of results, given
// those of operands. A null value stands for zero, and rules are called only when something is not zero. Ops with
// regions and stacks are not in the table: the walks handle them (ReverseMode.h, ForwardMode.cpp).

#include <functional>
#include <string>
#include <vector>

#include "llvm/ADT/StringMap.h"

#include "passes/autodiff/Activity.h"
#include "passes/autodiff/Builder.h"

namespace etch::passes::autodiff {

/// Cotangents of the values of a region and of those it captures.
class Cotangents {
 public:
  explicit Cotangents(const Activity &activity) : activity_(activity) {}
  /// Whether a cotangent of `primal` is worth computing.
  bool wanted(mlir::Value primal) const { return activity_.isActive(primal); }
  /// What has been added so far; null for nothing.
  mlir::Value lookup(mlir::Value primal) const { return map_.lookup(primal); }
  mlir::Value orZeros(Builder &b, mlir::Value primal) const;
  void add(Builder &b, mlir::Value primal, mlir::Value cotangent);
  /// Replaces what has been added, for rules that accumulate in place.
  void set(Builder &b, mlir::Value primal, mlir::Value cotangent);

 private:
  const Activity &activity_;
  llvm::DenseMap<mlir::Value, mlir::Value> map_;
};

using Tangents = llvm::SmallVector<mlir::Value>;
using ReverseRule =
    std::function<void(mlir::Operation *, llvm::ArrayRef<mlir::Value> cotangents, Cotangents &, Builder &)>;
using ForwardRule = std::function<Tangents(mlir::Operation *, llvm::ArrayRef<mlir::Value> tangents, Builder &)>;

/// The results of an op, computed by other ops that have rules.
using WriteOut = std::function<llvm::SmallVector<mlir::Value>(mlir::Operation *, Builder &)>;

struct Rule {
  ReverseRule reverse;
  ForwardRule forward;
  WriteOut writeOut;  ///< takes the place of a rule that is null: it is applied before the walk begins
};

class RuleTable {
 public:
  template <typename Op>
  void add(ReverseRule reverse, ForwardRule forward) {
    rules_[Op::getOperationName()] = {std::move(reverse), std::move(forward), nullptr};
  }
  /// An op that is linear in all its floating-point operands together: its tangent is the op applied to their tangents.
  template <typename Op>
  void addLinear(std::function<void(Op, mlir::Value cotangent, Cotangents &, Builder &)> reverse) {
    add<Op>([reverse](mlir::Operation *op, llvm::ArrayRef<mlir::Value> g, Cotangents &cotangents,
                      Builder &b) { reverse(llvm::cast<Op>(op), g[0], cotangents, b); },
            applyToTangents);
  }
  /// An op that is linear in each of its two operands: its tangent is the sum of the op applied to one tangent at a
  /// time.
  template <typename Op>
  void addBilinear(std::function<void(Op, mlir::Value cotangent, Cotangents &, Builder &)> reverse) {
    add<Op>([reverse](mlir::Operation *op, llvm::ArrayRef<mlir::Value> g, Cotangents &cotangents,
                      Builder &b) { reverse(llvm::cast<Op>(op), g[0], cotangents, b); },
            applyToOneTangentAtATime);
  }
  /// An op that is differentiated as it is written out, but for the rules it has.
  template <typename Op>
  void addWrittenOut(WriteOut writeOut, ReverseRule reverse = nullptr) {
    rules_[Op::getOperationName()] = {std::move(reverse), nullptr, std::move(writeOut)};
  }
  const Rule *lookup(llvm::StringRef opName) const;
  const llvm::StringMap<Rule> &all() const { return rules_; }

 private:
  static Tangents applyToTangents(mlir::Operation *op, llvm::ArrayRef<mlir::Value> tangents, Builder &b);
  static Tangents applyToOneTangentAtATime(mlir::Operation *op, llvm::ArrayRef<mlir::Value> tangents, Builder &b);
  llvm::StringMap<Rule> rules_;
};

void addElementwiseRules(RuleTable &rules);
void addReductionRules(RuleTable &rules);
void addScanRules(RuleTable &rules);
void addLinearRules(RuleTable &rules);
void addAttentionRules(RuleTable &rules);
void addWindowRules(RuleTable &rules);
void addShapeRules(RuleTable &rules);
void addIndexingRules(RuleTable &rules);

const RuleTable &ruleTable();

/// "etch.host_call has no derivative rule", with the remedy, at the op.
llvm::LogicalResult refuse(mlir::Operation *op);

}  // namespace etch::passes::autodiff
