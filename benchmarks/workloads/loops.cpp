// Compiled loops: what a simulation, a filter or a controller steps through. Their bodies are short, so that what
// lies between the operations decides.

#include "workload.h"

namespace etch::bench {
namespace {

double bytes(int64_t elements) { return 4.0 * static_cast<double>(elements); }

Tensor lorenz_slope(const Tensor &s) {
  Tensor x = s[0], y = s[1], z = s[2];
  return stack({10.f * (y - x), x * (28.f - z) - y, x * y - 2.6666667f * z});
}

// So short a time that rounding is not yet what decides: the system is chaotic.
constexpr float kStep = 2e-4f;

Tensor lorenz_step(const Tensor &s) {
  Tensor k1 = lorenz_slope(s), k2 = lorenz_slope(s + 0.5f * kStep * k1);
  Tensor k3 = lorenz_slope(s + 0.5f * kStep * k2), k4 = lorenz_slope(s + kStep * k3);
  return s + kStep / 6.f * (k1 + 2.f * k2 + 2.f * k3 + k4);
}

void lorenz(std::vector<Workload> &list, bool tiny) {
  for (int64_t states : {1, 1000}) {
    const int64_t steps = tiny ? 5 : states == 1 ? 10'000 : 1'000;
    list.push_back(
        {.name = states == 1 ? "Lorenz, rk4, 10,000 steps, one state" : "Lorenz, rk4, 1,000 steps, 1,000 states",
         .family = "loops",
         .kind = "lorenz",
         .sizes = {{"steps", steps}},
         .inputs = {{"state", states == 1 ? Shape{3} : Shape{3, tiny ? 7 : states}, Input::Fill::uniform, 1, 2}},
         .flops = 59.0 * static_cast<double>(states * steps),
         .atol = 2e-4,  // chaotic: what is rounded grows
         .prepare = compiled([steps](Tensor state) {
           return for_range(0, steps, state, [](Tensor, Tensor s) { return lorenz_step(s); });
         })});
  }
}

// Two poles and two zeros, the state of which each sample changes.
void biquad(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 20 : 48'000;
  list.push_back({.name = "biquad filter, 48,000 samples",
                  .family = "loops",
                  .kind = "biquad",
                  .inputs = {{"samples", {n}}},
                  .reads = bytes(n),
                  .writes = bytes(n),
                  .prepare = compiled([](Tensor samples) {
                    auto step = [](std::pair<Tensor, Tensor> state, Tensor x) {
                      auto [a, b] = state;
                      Tensor y = 0.2f * x + a;
                      return std::pair{std::pair{0.4f * x + 0.37f * y + b, 0.2f * x - 0.2f * y}, y};
                    };
                    return scan(step, std::pair{constant(0.f), constant(0.f)}, samples).second;
                  })});
}

constexpr int64_t kTaps = 16;

void fir(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 20 : 48'000;
  list.push_back({.name = "FIR filter with 16 taps, sample by sample, 48,000",
                  .family = "loops",
                  .kind = "fir",
                  .inputs = {{"samples", {n}}, {"taps", {kTaps}}},
                  .flops = 2.0 * static_cast<double>(n * kTaps),
                  .reads = bytes(n),
                  .writes = bytes(n),
                  .atol = of_products(kTaps),
                  .prepare = compiled([](Tensor samples, Tensor taps) {
                    auto step = [taps](Tensor last, Tensor x) {
                      Tensor line = concatenate({expand_dims(x, 0), last[{Range(0, kTaps - 1)}]});
                      return std::pair{line, sum(line * taps)};
                    };
                    return scan(step, zeros({kTaps}), samples).second;
                  })});
}

// The force of springs along `axis` on the masses at both ends.
Tensor spring_force(const Tensor &p, int64_t axis) {
  const int64_t n = p.shape()[axis];
  std::vector<Range> behind(3), before(3);
  behind[static_cast<size_t>(axis)] = Range(1, n), before[static_cast<size_t>(axis)] = Range(0, n - 1);
  Tensor apart = slice(p, behind) - slice(p, before);
  Tensor length = sqrt(sum(square(apart), 0, true));
  Tensor pull = 50.f * (length - 1.f) / length * apart;
  std::vector<Padding> first(3), last(3);
  first[static_cast<size_t>(axis)].high = 1, last[static_cast<size_t>(axis)].low = 1;
  return pad(pull, first) - pad(pull, last);
}

void cloth(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 4 : 32, steps = tiny ? 3 : 500;
  list.push_back({.name = "cloth, 32x32 masses, 500 steps",
                  .family = "loops",
                  .kind = "cloth",
                  .sizes = {{"steps", steps}},
                  .inputs = {{"state", {6, n, n}, Input::Fill::normal, 0, 1}},
                  .flops = 50.0 * static_cast<double>(n * n * steps),
                  .atol = 2e-4,  // forces are 50 times differences of numbers of up to 26
                  .prepare = compiled([steps](Tensor state) {
                    return for_range(0, steps, state, [](Tensor, Tensor s) {
                      Tensor p = s[{Range(0, 3)}], v = s[{Range(3, 6)}];
                      Tensor moved = 0.999f * (v + 1e-3f * (spring_force(p, 1) + spring_force(p, 2)));
                      return concatenate({p + 1e-3f * moved, moved});
                    });
                  })});
}

}  // namespace

void add_loops(std::vector<Workload> &list, bool tiny) {
  lorenz(list, tiny);
  biquad(list, tiny);
  fir(list, tiny);
  cloth(list, tiny);
}

}  // namespace etch::bench
