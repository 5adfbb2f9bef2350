// One tensor in, one of its size out: memory is the limit where the functions are cheap.

#include "workload.h"

namespace etch::bench {
namespace {

struct Shared {
  std::vector<Workload> &list;
  int64_t n;
  std::string size;

  template <class F> void add(const std::string &kind, const std::string &what, F body, double atol = 1e-6) {
    const double bytes = 4.0 * static_cast<double>(n);
    list.push_back({.name = what + " " + size,
                    .family = "elementwise",
                    .kind = kind,
                    .inputs = {{.name = "x", .shape = {n}, .low = -3, .high = 3}},
                    .reads = bytes,
                    .writes = bytes,
                    .atol = atol,
                    .prepare = compiled(body)});
  }
};

}  // namespace

void add_elementwise(std::vector<Workload> &list, bool tiny) {
  for (bool large : {false, true}) {
    Shared shared{list, tiny ? (large ? 1000 : 37) : int64_t{1} << (large ? 24 : 16), large ? "16M" : "64k"};
    shared.add("chain", "relu(2x + 1)", [](Tensor x) { return relu(x * 2.f + 1.f); });
    shared.add("tanh_sigmoid", "tanh * sigmoid", [](Tensor x) { return tanh(x) * sigmoid(x); });
    // What two numbers of size 1 leave, 1 and erf(x), times 3.
    shared.add("gelu", "gelu", [](Tensor x) { return 0.5f * x * (1.f + erf(x * 0.70710678f)); }, 3e-6);
  }
}

}  // namespace etch::bench
