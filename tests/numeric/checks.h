#pragma once
// The checks that every row of the numeric table goes through.

#include <functional>
#include <string>
#include <vector>

#include "etch/etch.h"
#include "tests/numeric/reference.h"

namespace numeric {

using Tensors = std::vector<Tensor>;
using Body = std::function<Tensors(const Tensors &)>;

/// Several functions evaluated eagerly under a policy; compiled as one function under a policy.
Tensors run_eager(const Body &body, const Tensors &inputs, etch::Policy policy);
Tensors run_compiled(const Body &body, const Tensors &inputs, etch::Policy policy);

/// Collects what is wrong, so that one test reports every row that fails and not the first only.
class Report {
 public:
  /// A bug that is known and reported: failures whose text begins so do not count, but must occur. Remove it when
  /// fixed.
  void expect_failure(const std::string &prefix) { known_.push_back({prefix, false}); }
  void fail(const std::string &what);
  void require(bool holds, const std::string &what) {
    ++checks_;
    if (!holds) fail(what);
  }
  int failures() const;
  int checks() const { return checks_; }
  /// "n checks, m failures" and the first twenty.
  std::string text() const;

 private:
  struct Known {
    std::string prefix;
    bool seen;
  };
  int failures_ = 0, checks_ = 0;
  std::vector<Known> known_;
  std::string text_;
};

/// Element by element within `ulp` (a function of the position gives another bound; see `bounds`). Exact results, zeros
/// included, must also agree in the sign of zero.
void require_close(Report &report, const std::string &what, const Tensor &actual, const Array &expected, double ulp);
/// |actual - expected| <= bound, element by element.
void require_within(Report &report, const std::string &what, const Tensor &actual, const Array &expected,
                    const Array &bound);
void require_bits(Report &report, const std::string &what, const Tensor &actual, const Tensor &expected);
/// Every result is, bit for bit, what eager execution gives, under policy strict.
void require_same(Report &report, const std::string &what, const Body &body, const Tensors &inputs);

/// Reverse mode, forward mode and, if wanted, the derivative of the derivative of f at f64 inputs against central
/// differences of f itself. f is differentiated with respect to all inputs.
struct GradientChecks {
  bool second_order = true;
  double step = 1e-5;
  double rtol = 1e-6, atol = 1e-7;
};
void require_gradients(Report &report, const std::string &what, const std::function<Tensor(const Tensors &)> &f,
                       const Tensors &inputs, const GradientChecks &checks = {});

}  // namespace numeric

/// Ends a test: shows what was wrong.
#define REQUIRE_CLEAN(report)        \
  do {                               \
    INFO((report).text());           \
    CHECK((report).checks() > 0);    \
    CHECK((report).failures() == 0); \
  } while (false)
