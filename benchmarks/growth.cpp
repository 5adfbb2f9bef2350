// What an op costs in a first call of small and of large functions, for many kinds of graphs: it must stay the same.

#include "etch/etch.h"
#include "harness.h"

namespace etch::bench {
namespace {

using Values = std::vector<Tensor>;

/// A graph of about n ops over arguments that may depend on n.
struct Kind {
  const char *name;
  Values (*arguments)(int n);
  Values (*graph)(const Values &in, int n);
};

Values row(int) { return {full({1024}, 0.5f), full({1024}, 0.25f)}; }
Values square(int) { return {full({64, 64}, 0.01f), full({64, 64}, 0.02f)}; }
template <int kOps> Values rows(int n) { return Values(static_cast<size_t>(n / kOps), full({64}, 0.5f)); }
Values pieces(int n) { return Values(static_cast<size_t>(n / 3), full({30}, 0.5f)); }

/// State of a loop, each value made of itself by a few ops.
Values states(const Values &in, int) {
  return for_range(0, 3, in, [](Tensor, Values state) {
    for (Tensor &x : state) x = flip(x) * 0.5f - x;
    return state;
  });
}

Tensor recurrent(const Tensor &weights, const Tensor &sequence, int steps) {
  Tensor h = sequence[0];
  for (int i = 0; i < steps; ++i) h = tanh(matmul(h, weights) + sequence[i % 8]);
  return sum(h);
}

constexpr Kind kKinds[] = {
    {"elementwise, of two rows", row,
     [](const Values &in, int n) {
       Tensor z = in[0];
       for (int i = 0; i < n; ++i) z = i % 7 % 3 == 0 ? z * in[1] : z + in[i % 2];
       return Values{z};
     }},
    {"a tree of sums", rows<20>,
     [](const Values &in, int n) {
       Values level;
       for (int i = 0; i < n / 2; ++i) level.push_back(in[static_cast<size_t>(i) % in.size()] * static_cast<float>(i));
       for (; level.size() > 1; level.resize((level.size() + 1) / 2))
         for (size_t i = 0; i + 1 < level.size(); i += 2) level[i / 2] = level[i] + level[i + 1];
       return level;
     }},
    {"results of one row", row,
     [](const Values &in, int n) {
       Values out;
       for (int i = 0; i < n; ++i) out.push_back(in[0] * static_cast<float>(i));
       return out;
     }},
    {"results, each made of the one before it", row,
     [](const Values &in, int n) {
       Values out{in[0]};
       for (int i = 0; i < n / 2; ++i) out.push_back(out.back() * 0.9f + in[1]);
       return out;
     }},
    {"the sum of all arguments", rows<1>,
     [](const Values &in, int) {
       Tensor z = in[0];
       for (const Tensor &x : in) z = z + x;
       return Values{z};
     }},
    {"a result for each argument", rows<1>,
     [](const Values &in, int) {
       Values out;
       for (const Tensor &x : in) out.push_back(x * 2.f);
       return out;
     }},
    {"a concatenation of computed pieces", pieces,
     [](const Values &in, int) {
       Values parts;
       for (const Tensor &x : in) parts.push_back(x * 2.f + 1.f);
       return Values{concatenate(parts) * 3.f};
     }},
    {"slices of one tensor", [](int n) { return Values{full({n / 2, 64}, 0.1f)}; },
     [](const Values &in, int n) {
       Tensor z = in[0][0];
       for (int i = 1; i < n / 3; ++i) z = z * 0.5f + in[0][i];
       return Values{z};
     }},
    {"reductions", square,
     [](const Values &in, int n) {
       Tensor z = in[0];
       for (int i = 0; i < n / 5; ++i) z = z - mean(z, {1}, true) * 0.5f;
       return Values{z};
     }},
    {"layers with dots", square,
     [](const Values &in, int n) {
       Tensor z = in[0];
       for (int i = 0; i < n / 5; ++i) z = relu(matmul(z, in[1]) + in[0]) * 0.5f + z;
       return Values{z};
     }},
    {"an unrolled recurrent net and its gradient", square,
     [](const Values &in, int n) {
       Tensor sequence = reshape(in[0], {8, 8, 64});
       return Values{grad([&](Tensor w) { return recurrent(w, sequence, n / 12); })(in[1])};
     }},
    {"branches", row,
     [](const Values &in, int n) {
       Tensor z = in[0];
       for (int i = 0; i < n / 4; ++i)
         z = cond(z[0] > static_cast<float>(i), [&] { return z * 2.f; }, [&] { return z + in[1]; });
       return Values{z};
     }},
    {"loops", row,
     [](const Values &in, int n) {
       Tensor z = in[0];
       for (int i = 0; i < n / 4; ++i) z = for_range(0, 3, z, [&](Tensor, Tensor q) { return q * 0.5f + in[1]; });
       return Values{z};
     }},
    {"the body of a loop", row,
     [](const Values &in, int n) {
       return Values{for_range(0, 3, in[0], [&](Tensor, Tensor q) {
         for (int i = 0; i < n; ++i) q = i % 2 ? q * 0.5f : q + in[1];
         return q;
       })};
     }},
    {"states of a loop", rows<3>, states},
};

/// Microseconds of a first call for each op.
double microseconds(Bench &bench, const Kind &kind, int n) {
  const Values in = kind.arguments(n);
  return bench.time_once(
             [&](int) {
               auto f = function("graph", [&](const Values &in) { return kind.graph(in, n); });
               keep(f(in));
             },
             n >= 10000 ? 0 : 1, n >= 10000 ? 1 : 3) *
         1e6 / n;
}

}  // namespace

void bench_growth(Bench &bench) {
  bench.begin_topic("First calls of large functions, compiler warm: time for each op");
  const int few = bench.settings().smoke ? 20 : 1000, many = bench.settings().smoke ? 40 : 10000;
  for (const Kind &kind : kKinds) {
    const double reference = microseconds(bench, kind, few), each = microseconds(bench, kind, many);
    bench.add({.what = std::to_string(many) + " ops: " + kind.name,
               .value = each,
               .unit = "us",
               .reference = "with " + std::to_string(few),
               .reference_value = reference,
               .judged_name = "x of it",
               .judged = each / reference,
               .budget = 1.3});
  }
}

}  // namespace etch::bench
