// Attention over 2,048 positions, and a transformer block: attention with 8 heads and a layer of 4 d, each after a
// layer norm, with residuals.

#include "train.h"

namespace etch::bench {
namespace {

Tensor layer_norm(const Tensor &x, const Tensor &gain, const Tensor &bias) {
  Tensor centered = x - mean(x, -1, true);
  return centered * rsqrt(mean(square(centered), -1, true) + 1e-5f) * gain + bias;
}

// Parameters: gain1, bias1, wqkv, wo, gain2, bias2, w1, b1, w2, b2.
Tensor block(const std::vector<Tensor> &p, const Tensor &x, int64_t heads) {
  const int64_t batch = x.shape()[0], length = x.shape()[1], d = x.shape()[2];
  Tensor qkv = reshape(matmul(layer_norm(x, p[0], p[1]), p[2]), {batch, length, 3, heads, d / heads});
  qkv = transpose(qkv, {2, 0, 3, 1, 4});
  Tensor mixed = transpose(dot_product_attention(qkv[0], qkv[1], qkv[2]), {0, 2, 1, 3});
  Tensor y = x + matmul(reshape(mixed, {batch, length, d}), p[3]);
  Tensor h = matmul(layer_norm(y, p[4], p[5]), p[6]) + p[7];
  return y + matmul(0.5f * h * (1.f + erf(h * 0.70710678f)), p[8]) + p[9];
}

void add_attention(std::vector<Workload> &list, bool tiny) {
  const int64_t heads = tiny ? 2 : 8, length = tiny ? 37 : 2048, size = tiny ? 8 : 64;
  const Shape shape{1, heads, length, size};
  auto operand = [&](const char *name) { return Input{name, shape, Input::Fill::normal, 0, 1}; };
  const double bytes = 4.0 * static_cast<double>(heads * length * size);
  const double product = 2.0 * static_cast<double>(heads * length * length * size);
  list.push_back({.name = "attention 8x2048x64",
                  .family = "transformer",
                  .kind = "attention",
                  .sizes = {{"size", size}},
                  .inputs = {operand("q"), operand("k"), operand("v")},
                  .flops = 2 * product,
                  .reads = 3 * bytes,
                  .writes = bytes,
                  .atol = 2e-6,
                  .prepare = compiled([](Tensor q, Tensor k, Tensor v) { return dot_product_attention(q, k, v); })});
  // Forward, scores again, and four products of the derivatives.
  list.push_back({.name = "attention 8x2048x64, gradients",
                  .family = "transformer",
                  .kind = "attention_gradients",
                  .sizes = {{"size", size}},
                  .inputs = {{"qkv", {3, 1, heads, length, size}, Input::Fill::normal, 0, 1}, operand("g")},
                  .flops = 7 * product,
                  .reads = 4 * bytes,
                  .writes = 3 * bytes,
                  .atol = 4e-6,  // sums over 2,048 positions, in another order
                  .prepare = compiled([](Tensor qkv, Tensor g) {
                    return grad([g](const Tensor &x) { return sum(g * dot_product_attention(x[0], x[1], x[2])); })(qkv);
                  })});
}

}  // namespace

void add_transformer(std::vector<Workload> &list, bool tiny) {
  add_attention(list, tiny);
  const int64_t d = tiny ? 16 : 256, heads = tiny ? 2 : 8, length = tiny ? 5 : 128, batch = tiny ? 2 : 8;
  const std::vector<Input> inputs = {{"gain1", {d}, Input::Fill::uniform, 0.5, 1.5},
                                     bias("bias1", d),
                                     weight("wqkv", {d, 3 * d}),
                                     weight("wo", {d, d}),
                                     {"gain2", {d}, Input::Fill::uniform, 0.5, 1.5},
                                     bias("bias2", d),
                                     weight("w1", {d, 4 * d}),
                                     bias("b1", 4 * d),
                                     weight("w2", {4 * d, d}),
                                     bias("b2", d),
                                     {"x", {batch, length, d}}};
  const double tokens = static_cast<double>(batch * length);
  const double flops = 2 * tokens * static_cast<double>(12 * d * d + 2 * length * d);
  const double weights = 4.0 * 12 * static_cast<double>(d * d);
  list.push_back({.name = "transformer block d=256, forward",
                  .family = "transformer",
                  .kind = "transformer",
                  .sizes = {{"heads", heads}},
                  .inputs = inputs,
                  .flops = flops,
                  .reads = weights + 4 * tokens * static_cast<double>(d),
                  .writes = 4 * tokens * static_cast<double>(d),
                  .atol = 2e-5,  // sums of up to 1,024 products, one after the other
                  .prepare = [heads](const std::vector<Tensor> &inputs) {
                    auto f = function("block", [heads](std::vector<Tensor> parameters, Tensor x) {
                      return block(parameters, x, heads);
                    });
                    std::vector<Tensor> parameters(inputs.begin(), inputs.end() - 1);
                    Prepared prepared = repeat([f, parameters, x = inputs.back()] { return f(parameters, x); });
                    prepared.memory = [f, parameters, x = inputs.back()] {
                      return f.get_concrete_function(parameters, x).memory_stats();
                    };
                    return prepared;
                  }});
  list.push_back({.name = "transformer block d=256, training step, Adam",
                  .family = "transformer",
                  .kind = "transformer_training",
                  .sizes = {{"heads", heads}},
                  .inputs = inputs,
                  .flops = 3 * flops,
                  .reads = 3 * weights,
                  .writes = 3 * weights,
                  .rtol = 2e-4,
                  .checked_steps = 5,
                  .prepare = [heads](const std::vector<Tensor> &inputs) {
                    return train(inputs, 10, Optimizer::adam, 0.001,
                                 [heads](const Parameters &p, const std::vector<Tensor> &batch) {
                                   return mean(square(block({p.begin(), p.end()}, batch[0], heads)));
                                 });
                  }});
}

}  // namespace etch::bench
