// etch-bench-products: matrix products beside those of oneDNN 3, both in this process and in turn, on the shapes of the
// table and on 100 random ones. Results are compared before anything is timed.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include <tbb/global_control.h>

#include <oneapi/dnnl/dnnl.hpp>

#include "etch/etch.h"
#include "harness.h"
#include "product_shapes.h"
#include "runtime/cpu/parallel_for.h"

namespace etch::bench {
namespace {

constexpr const char *kUsage = R"(usage: etch-bench-products [flags] [what...]
Matrix products beside oneDNN 3 and the FMA peak of the same moment.

what (default: table random)
  table          the shapes of the table
  random         100 random shapes, their geometric mean, the worst and those under 0.85
  bf16, f16      squares and layers of bf16, of f16
  17x9x1078      one shape: rows, columns, depth; 'a' and 'b' behind it: the operand lies transposed
  bf16:random    any of these in bf16 or f16

flags
  --threads N    threads of both (1); with 1, times are CPU time of the thread
  --seed N       of the random shapes (2026)
  --samples N    medians are over N samples of at least 5 ms each (9)
  --markdown F   write a table
  --json F       write the same for machines
  --smoke        one sample of few shapes: see only that everything runs
)";

/// A product by oneDNN, on the elements of the operands where they lie.
class Peer {
 public:
  Peer(const Product &p, const Tensor &a, const Tensor &b) {
    using namespace dnnl;
    const auto type = a.dtype() == bf16  ? memory::data_type::bf16
                      : a.dtype() == f16 ? memory::data_type::f16
                                         : memory::data_type::f32;
    auto desc = [&](int64_t rows, int64_t columns, bool transposed) {
      return memory::desc({rows, columns}, type, transposed ? memory::dims{1, rows} : memory::dims{columns, 1});
    };
    const memory::desc left = desc(p.m, p.k, p.transpose_a), right = desc(p.k, p.n, p.transpose_b),
                       result = desc(p.m, p.n, false);
    results_ = memory(result, engine_);
    auto bind = [&](const memory::desc &desc, const void *data) {
      return memory(desc, engine_, const_cast<void *>(data));
    };
    arguments_ = {
        {DNNL_ARG_SRC, bind(left, a.data())}, {DNNL_ARG_WEIGHTS, bind(right, b.data())}, {DNNL_ARG_DST, results_}};
    product_ = dnnl::matmul(dnnl::matmul::primitive_desc(engine_, left, right, result));
  }
  void run() {
    product_.execute(stream_, arguments_);
    stream_.wait();
  }
  std::vector<float> results() {
    const dnnl::memory::dims dims = results_.get_desc().get_dims();
    std::vector<float> numbers(static_cast<size_t>(dims[0] * dims[1]));
    dnnl::memory wide({dims, dnnl::memory::data_type::f32, {dims[1], 1}}, engine_, numbers.data());
    dnnl::reorder(results_, wide).execute(stream_, results_, wide);
    stream_.wait();
    return numbers;
  }

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::memory results_;
  std::unordered_map<int, dnnl::memory> arguments_;
  dnnl::matmul product_;
};

void require_equal(const Product &p, const Tensor &got, const std::vector<float> &expected, DType dtype) {
  const Tensor numbers = cast(got, f32);
  const auto *values = static_cast<const float *>(numbers.data());
  for (size_t i = 0; i < expected.size(); ++i) {
    // Sums of f32 differ by their order, and may be rounded to neighbours in bf16 and f16.
    const float rounding = dtype == bf16 ? std::abs(expected[i]) / 64 : dtype == f16 ? std::abs(expected[i]) / 512 : 0;
    if (!(std::abs(values[i] - expected[i]) <= 1e-5f * static_cast<float>(p.k + 10) + rounding))
      throw UserError("product " + name_of(p) + " differs from oneDNN's at " + std::to_string(i));
  }
}

struct Ratio {
  std::string name;
  double ratio;
};

Ratio compare(Bench &bench, const Product &p, DType dtype) {
  Generator generator(3);
  const Tensor a = cast(generator.uniform(p.transpose_a ? Shape{p.k, p.m} : Shape{p.m, p.k}, -1, 1), dtype);
  const Tensor b = cast(generator.uniform(p.transpose_b ? Shape{p.n, p.k} : Shape{p.k, p.n}, -1, 1), dtype);
  auto f = function("product", [&](Tensor a, Tensor b) { return matmul(a, b, p.transpose_a, p.transpose_b); });
  Peer peer(p, a, b);
  peer.run();
  require_equal(p, f(a, b), peer.results(), dtype);
  const double flops = 2.0 * static_cast<double>(p.m * p.n * p.k);
  const Bench::Pair pair = bench.time([&] { keep(f(a, b)); }, [&] { peer.run(); });
  const std::string name = std::string(name_of(dtype)) + " " + name_of(p);
  Figure figure{.what = name, .value = flops / pair.seconds * 1e-9, .unit = "GFLOP/s"};
  figure.reference = "oneDNN";
  figure.reference_value = flops / pair.reference_seconds * 1e-9;
  figure.judged_name = "x of it";
  figure.judged = 1 / pair.ratio;
  figure.budget = 1.0;
  figure.at_least = true;
  bench.add(figure);
  return {name, figure.judged};
}

void summarize(Bench &bench, const std::vector<Ratio> &ratios, DType dtype) {
  double logarithms = 0, worst = INFINITY;
  std::string behind;
  int slower = 0;
  for (const Ratio &each : ratios) {
    logarithms += std::log(each.ratio);
    worst = std::min(worst, each.ratio);
    slower += each.ratio < 1;
    if (each.ratio < 0.85) behind += (behind.empty() ? "" : "; ") + each.name;
  }
  auto add = [&](const std::string &what, double value, double budget, const std::string &note) {
    bench.add({.what = std::string(name_of(dtype)) + " random products, " + what,
               .value = value,
               .unit = "x",
               .judged_name = "x of it",
               .judged = value,
               .budget = budget,
               .at_least = true,
               .note = note});
  };
  add("geometric mean over oneDNN", std::exp(logarithms / static_cast<double>(ratios.size())), 1.0,
      std::to_string(slower) + " of " + std::to_string(ratios.size()) + " slower");
  add("the worst over oneDNN", worst, 0.85, behind.empty() ? "" : "under 0.85: " + behind);
}

/// A shape as kUsage writes it.
Product product_from(const std::string &what) {
  Product p{};
  char x = 0, y = 0;
  std::istringstream text(what);
  if (!(text >> p.m >> x >> p.n >> y >> p.k) || x != 'x' || y != 'x' || std::min({p.m, p.n, p.k}) < 1)
    throw UserError("there is no shape or list '" + what + "'; see --help");
  for (char c; text >> c;) {
    if (c != 'a' && c != 'b') throw UserError("'" + what + "' ends with something else than a or b");
    (c == 'a' ? p.transpose_a : p.transpose_b) = true;
  }
  return p;
}

void measure(Bench &bench, std::string what, unsigned seed) {
  const bool smoke = bench.settings().smoke;
  DType dtype = f32;
  for (DType narrow : {bf16, f16}) {
    const std::string name(name_of(narrow));
    if (what != name && !what.starts_with(name + ":")) continue;
    dtype = narrow;
    what = what == name ? "layers" : what.substr(name.size() + 1);
  }
  std::vector<Product> list;
  if (what == "table") {
    list = smoke ? std::vector<Product>{{16, 16, 16}} : product_table();
  } else if (what == "random") {
    list = random_products(smoke ? 3 : 100, seed);
  } else if (what == "layers") {
    list = {{64, 64, 64}, {64, 784, 512}, {16, 1024, 1024}, {256, 256, 256}};
    if (!smoke) list.insert(list.end(), {{512, 512, 512}, {128, 3072, 768}, {1024, 1024, 1024}, {2048, 2048, 2048}});
  } else {
    list = {product_from(what)};
  }
  std::vector<Ratio> ratios;
  for (const Product &p : list) ratios.push_back(compare(bench, p, dtype));
  if (what == "random") summarize(bench, ratios, dtype);
}

int run(int argc, char **argv) {
  Settings settings{.samples = 9, .sample_seconds = 0.005};
  unsigned seed = 2026;
  std::vector<std::string> wanted;
  std::string markdown, json;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    auto value = [&]() -> std::string {
      if (i + 1 == argc) throw UserError(argument + " needs a value");
      return argv[++i];
    };
    auto positive = [&] {
      const std::string text = value();
      const int number = std::atoi(text.c_str());
      if (number < 1) throw UserError(argument + " takes a positive number, not '" + text + "'");
      return number;
    };
    if (argument == "--help" || argument == "-h") {
      std::cout << kUsage;
      return 0;
    }
    if (argument == "--threads")
      settings.threads = positive();
    else if (argument == "--seed")
      seed = static_cast<unsigned>(positive());
    else if (argument == "--samples")
      settings.samples = positive();
    else if (argument == "--markdown")
      markdown = value();
    else if (argument == "--json")
      json = value();
    else if (argument == "--smoke")
      settings.smoke = true, settings.samples = 1, settings.sample_seconds = 1e-5;
    else if (argument.starts_with("-"))
      throw UserError("there is no flag '" + argument + "'; see --help");
    else
      wanted.push_back(argument);
  }
  if (wanted.empty()) wanted = {"table", "random"};
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(settings.threads));
  runtime::set_num_threads(settings.threads);
  Report report{this_machine(settings.threads), {}};
  const dnnl_version_t *version = dnnl_version();
  std::cout << report.machine.cpu << ", " << settings.threads << " thread(s), load " << report.machine.load
            << "; oneDNN " << version->major << "." << version->minor << "." << version->patch << "\n";
  Bench bench(settings, report);
  bench.begin_topic("Matrix products beside oneDNN " + std::to_string(version->major));
  for (const std::string &what : wanted) measure(bench, what, seed);
  auto write = [&](const std::string &path, void (*writer)(std::ostream &, const Report &)) {
    if (path.empty()) return;
    std::ofstream file(path);
    writer(file, report);
    file.close();
    if (!file) throw UserError("cannot write '" + path + "'");
  };
  write(markdown, write_markdown);
  write(json, write_json);
  return 0;
}

}  // namespace
}  // namespace etch::bench

int main(int argc, char **argv) {
  try {
    return etch::bench::run(argc, argv);
  } catch (const std::exception &error) {
    std::cerr << "etch-bench-products: " << error.what() << "\n";
    return 2;
  }
}
