#pragma once
// Numerics policy: how far the compiler may move away from the arithmetic as written.

#include <cstdint>

namespace etch {

enum class Policy : uint8_t {
  /// No contraction, no reassociation: bit for bit the same eagerly, compiled and exported.
  strict,
  /// A multiplication and an addition may become one fused operation. Rows of f32 that are divided by one number take
  /// its reciprocal and one correction, a unit in the last place off at most, near the least normal number. Products
  /// of bf16 use AMX where there is, which treats subnormals as 0 and adds in another order.
  standard,
};

/// The policy of this thread, for eager ops and for functions that do not state one. `standard` at the start.
Policy policy();
/// Sets it; returns the previous one. Functions keep a separate trace for each policy.
Policy set_policy(Policy policy);

/// Sets the policy for a block.
///
///     etch::PolicyScope strict(etch::Policy::strict);
class PolicyScope {
 public:
  explicit PolicyScope(Policy policy) : previous_(set_policy(policy)) {}
  ~PolicyScope() { set_policy(previous_); }
  PolicyScope(const PolicyScope &) = delete;
  PolicyScope &operator=(const PolicyScope &) = delete;

 private:
  Policy previous_;
};

}  // namespace etch
