// etch-bench-products: matrix products beside those of oneDNN 3, both in this process and in turn, on the shapes of the
// table and on 100 random ones. Results are compared before anything is timed.

#include <algorithm>
#include <cmath>
#include <sstream>

#include <oneapi/dnnl/dnnl.hpp>

#include "beside_onednn.h"
#include "etch/etch.h"
#include "product_shapes.h"

namespace etch::bench {
namespace {

constexpr const char *kUsage = R"(usage: etch-bench-products [flags] [what...]
Matrix products beside oneDNN 3 and the FMA peak of the same moment.

what (default: table random)
  table          the shapes of the table
  random         random shapes, their geometric mean, the worst and those under 0.85: sides from 1 to 2048, evenly in
                 their logarithm (half of them below 46)
  random:uniform the same, sides drawn evenly
  bf16, f16      squares and layers of bf16, of f16
  17x9x1078      one shape: rows, columns, depth; 'a' and 'b' behind it: the operand lies transposed
  bf16:random    any of these in bf16 or f16
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
  return add_beside_onednn(bench, name, flops, pair);
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

void measure(Bench &bench, std::string what, const BesideOneDnn &options) {
  const bool smoke = bench.settings().smoke;
  DType dtype = f32;
  for (DType narrow : {bf16, f16}) {
    const std::string name(name_of(narrow));
    if (what != name && !what.starts_with(name + ":")) continue;
    dtype = narrow;
    what = what == name ? "layers" : what.substr(name.size() + 1);
  }
  const bool is_random = what == "random" || what == "random:uniform";
  std::vector<Product> list;
  if (what == "table") {
    list = smoke ? std::vector<Product>{{16, 16, 16}} : product_table();
  } else if (is_random) {
    list = random_products(smoke ? 3 : options.count, options.seed,
                           what == "random" ? Sides::logarithmic : Sides::uniform);
  } else if (what == "layers") {
    list = {{64, 64, 64}, {64, 784, 512}, {16, 1024, 1024}, {256, 256, 256}};
    if (!smoke) list.insert(list.end(), {{512, 512, 512}, {128, 3072, 768}, {1024, 1024, 1024}, {2048, 2048, 2048}});
  } else {
    list = {product_from(what)};
  }
  std::vector<Ratio> ratios;
  for (const Product &p : list) ratios.push_back(compare(bench, p, dtype));
  if (is_random) summarize(bench, std::string(name_of(dtype)) + " " + what + " products", ratios);
}

}  // namespace
}  // namespace etch::bench

int main(int argc, char **argv) {
  using namespace etch::bench;
  return run_beside_onednn(argc, argv, "etch-bench-products", kUsage, "Matrix products", {"table", "random"}, measure);
}
