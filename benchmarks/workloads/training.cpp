// Training steps of small networks. The result is the loss before the update.

#include "train.h"

namespace etch::bench {
namespace {

double bytes(int64_t elements) { return 4.0 * static_cast<double>(elements); }

Tensor seed_net_loss(const Parameters &p, const Tensor &x, const Tensor &y) {
  Tensor hidden = relu(matmul(relu(matmul(x, p[0]) + p[1]), p[2]) + p[3]);
  return mse(matmul(hidden, p[4]) + p[5], y);
}

// 20-20-10-1 at batch 1: a step is 4 kFLOP, so everything is overhead. One unit runs through all samples.
void seed_net(std::vector<Workload> &list, bool tiny) {
  const std::vector<Input> inputs = {
      weight("w1", {20, 20}), bias("b1", 20), weight("w2", {20, 10}),          bias("b2", 10),
      weight("w3", {10, 1}),  bias("b3", 1),  {"xs", {tiny ? 5 : 10'000, 20}}, {"ys", {tiny ? 5 : 10'000, 1}}};
  const double rate = 0.01;
  list.push_back({.name = "net 20-20-10-1, 10,000 steps of batch 1",
                  .family = "training",
                  .kind = "seed_net",
                  .inputs = inputs,
                  .rtol = 1e-3,
                  .prepare = [rate](const std::vector<Tensor> &inputs) {
                    auto p = std::make_shared<Parameters>(inputs.begin(), inputs.begin() + 6);
                    std::vector<Tensor> xs, ys;
                    for (int64_t i = 0; i < inputs[6].shape()[0]; ++i) {
                      xs.push_back(inputs[6][{{i, i + 1}}]);
                      ys.push_back(inputs[7][{{i, i + 1}}]);
                    }
                    auto sgd = std::make_shared<nn::SGD>(*p, rate);
                    auto step = function("train_step", [p, sgd](Tensor x, Tensor y) {
                      auto [loss, gradients] = value_and_grad(*p, [&] { return seed_net_loss(*p, x, y); });
                      sgd->apply(gradients);
                      return loss;
                    });
                    return repeat([=] {
                      Tensor loss;
                      for (size_t i = 0; i < xs.size(); ++i) loss = step(xs[i], ys[i]);
                      return loss;
                    });
                  }});
  list.push_back({.name = "the same in one compiled loop",
                  .family = "training",
                  .kind = "seed_net_loop",
                  .inputs = inputs,
                  .rtol = 1e-3,
                  .prepare = [rate](const std::vector<Tensor> &inputs) {
                    auto p = std::make_shared<Parameters>(inputs.begin(), inputs.begin() + 6);
                    auto sgd = std::make_shared<nn::SGD>(*p, rate);
                    auto epoch = function("epoch", [p, sgd](Tensor xs, Tensor ys) {
                      return for_range(0, xs.shape()[0], constant(0.f), [&](Tensor i, Tensor) {
                        Tensor x = reshape(take(xs, i), {1, 20}), y = reshape(take(ys, i), {1, 1});
                        auto [loss, gradients] = value_and_grad(*p, [&] { return seed_net_loss(*p, x, y); });
                        sgd->apply(gradients);
                        return loss;
                      });
                    });
                    return repeat([epoch, xs = inputs[6], ys = inputs[7]] { return epoch(xs, ys); });
                  }});
}

void mlp(std::vector<Workload> &list, bool tiny) {
  const int64_t a = tiny ? 20 : 784, b = tiny ? 16 : 512, c = tiny ? 12 : 256, batch = tiny ? 4 : 64;
  const int64_t weights = a * b + b * c + c * 10;
  list.push_back({.name = "MLP 784-512-256-10, Adam, batch 64",
                  .family = "training",
                  .kind = "mlp",
                  .inputs = {weight("w1", {a, b}),
                             bias("b1", b),
                             weight("w2", {b, c}),
                             bias("b2", c),
                             weight("w3", {c, 10}),
                             bias("b3", 10),
                             {"x", {batch, a}},
                             {"labels", {batch}, Input::Fill::integers, 0, 10}},
                  // Forward and both gradients, but no gradient of the pictures.
                  .flops = 2.0 * static_cast<double>(batch) * static_cast<double>(3 * weights - a * b),
                  // Weights and two moments, read and written.
                  .reads = 3 * bytes(weights),
                  .writes = 3 * bytes(weights),
                  .rtol = 2e-4,
                  .checked_steps = 5,
                  .prepare = [](const std::vector<Tensor> &inputs) {
                    return train(inputs, 6, Optimizer::adam, 0.001,
                                 [](const Parameters &p, const std::vector<Tensor> &batch) {
                                   Tensor h = relu(matmul(batch[0], p[0]) + p[1]);
                                   h = relu(matmul(h, p[2]) + p[3]);
                                   return mean(sparse_softmax_cross_entropy(matmul(h, p[4]) + p[5], batch[1]));
                                 });
                  }});
}

// Each of them is too small to keep two threads busy.
void ensemble(std::vector<Workload> &list, bool tiny) {
  const int64_t width = tiny ? 5 : 64, outputs = tiny ? 2 : 8, batch = tiny ? 3 : 64, nets = tiny ? 2 : 8;
  std::vector<Input> parameters;
  for (int64_t net = 0; net < nets; ++net) {
    const std::string name = std::to_string(net);
    parameters.push_back(weight("u" + name, {width, width}));
    parameters.push_back(weight("v" + name, {width, width}));
    parameters.push_back(weight("w" + name, {width, outputs}));
  }
  list.push_back(sgd_step({.name = "8 nets 64-64-64-8, SGD, batch 64",
                           .kind = "ensemble",
                           .sizes = {{"nets", nets}},
                           .parameters = parameters,
                           .batch = {{"x", {batch, width}}, {"y", {batch, outputs}}},
                           .rows = batch,
                           .weights = nets * (2 * width * width + width * outputs),
                           .weights_of_inputs = nets * width * width,
                           .loss = [](const Parameters &p, const std::vector<Tensor> &batch) {
                             Tensor total;
                             for (size_t i = 0; i < p.size(); i += 3) {
                               Tensor h = tanh(matmul(tanh(matmul(batch[0], p[i])), p[i + 1]));
                               Tensor loss = mse(matmul(h, p[i + 2]), batch[1]);
                               total = i ? total + loss : loss;
                             }
                             return total;
                           }}));
}

}  // namespace

void add_training(std::vector<Workload> &list, bool tiny) {
  seed_net(list, tiny);
  mlp(list, tiny);
  add_recurrent(list, tiny);
  ensemble(list, tiny);
}

}  // namespace etch::bench
