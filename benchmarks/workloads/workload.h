#pragma once
// What is measured beside the peers: each computation once, with what it reads, what it costs and how exact it must be.

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "etch/etch.h"

namespace etch::bench {

/// A tensor that every implementation gets. Filled from a fixed seed, so each run of each program sees the same.
struct Input {
  enum class Fill : uint8_t { uniform, normal, integers };
  std::string name;
  Shape shape;
  Fill fill = Fill::uniform;
  double low = -1,
         high = 1;    ///< uniform in [low, high); normal: mean low, deviation high; integers: i32 in [low, high)
  DType dtype = f32;  ///< of numbers that are not integers
};

/// A computation that is ready to run.
struct Prepared {
  std::function<void(long)> run;                 ///< so many steps, one after the other
  std::function<std::vector<Tensor>()> results;  ///< of the last step
  std::function<MemoryStats()> memory = {};      ///< of a step, where it is one compiled function
};

using Sizes = std::map<std::string, int64_t>;

struct Workload {
  std::string name;    ///< "softmax 4096x1024": unique
  std::string family;  ///< "rows": rows of the report stand together
  std::string kind;    ///< "softmax": peers have a function of this name
  Sizes sizes = {};    ///< what that function is told besides its inputs
  std::vector<Input> inputs;
  double flops = 0;  ///< of matrix products and the like, those of f64 twice; 0 where memory or functions are the limit
  double reads = 0, writes = 0;  ///< bytes that must cross the border of the core at least once
  /// Each element x may be off by atol + rtol |x|. Where the default is replaced, what is added up decides: rounding is
  /// of the size of the terms, however small their sum.
  double rtol = 1e-5, atol = 1e-6;
  int checked_steps = 1;  ///< their results are compared; training steps must agree for several
  std::function<Prepared(const std::vector<Tensor> &)> prepare;
};

/// Every workload; `tiny`: the same computations on sizes that take no time.
std::vector<Workload> all_workloads(bool tiny);
/// The inputs, the same for the same workload everywhere.
std::vector<Tensor> make_inputs(const Workload &workload);
/// The table that peers read.
void write_json(std::ostream &os, const std::vector<Workload> &workloads);

// The families, each in a file of its own.
void add_elementwise(std::vector<Workload> &list, bool tiny);
void add_rows(std::vector<Workload> &list, bool tiny);
void add_products(std::vector<Workload> &list, bool tiny);
void add_convolutions(std::vector<Workload> &list, bool tiny);
void add_training(std::vector<Workload> &list, bool tiny);
void add_recurrent(std::vector<Workload> &list, bool tiny);  // of the family "training"
void add_transformer(std::vector<Workload> &list, bool tiny);
void add_science(std::vector<Workload> &list, bool tiny);
void add_loops(std::vector<Workload> &list, bool tiny);
void add_calls(std::vector<Workload> &list, bool tiny);

/// What a sum of products of numbers of size 1 may be off by, in f32: half a bit for each addition, and twice that for
/// luck.
inline double of_products(int64_t count) { return 1e-6 + 2e-7 * static_cast<double>(count); }

/// A step that is a callable without arguments; it returns a structure of tensors. The results of the step before are
/// given up first, so that all implementations find as much of their memory in the caches as oneDNN, which writes the
/// same results again and again.
template <class F> Prepared repeat(F step) {
  using Results = decltype(step());
  auto last = std::make_shared<Results>();
  return {[step, last](long count) {
            for (long i = 0; i < count; ++i) *last = Results(), *last = step();
          },
          [last] { return detail::tensors_of(*last); }};
}
template <class R, class... A> std::index_sequence_for<A...> inputs_of(R (*)(A...)) { return {}; }
/// A compiled function of the inputs, in order.
template <class F> std::function<Prepared(const std::vector<Tensor> &)> compiled(F body) {
  return [body](const std::vector<Tensor> &inputs) {
    return [&]<class R, class... A, size_t... I>(Function<R(A...)> f, std::index_sequence<I...>) {
      Prepared prepared = repeat([f, ... given = inputs[I]] { return f(given...); });
      prepared.memory = [f, ... given = inputs[I]] { return f.get_concrete_function(given...).memory_stats(); };
      return prepared;
    }(function(body), inputs_of(static_cast<detail::signature_of<F> *>(nullptr)));
  };
}

}  // namespace etch::bench
