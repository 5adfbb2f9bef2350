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
                  .tolerance = 1e-3,
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
                  .tolerance = 1e-3,
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
                  .tolerance = 2e-4,
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

// Gates in the order input, forget, candidate, output; the products with the inputs of all steps are made at once.
Tensor lstm_last(const Tensor &x, const Tensor &wx, const Tensor &wh, const Tensor &b) {
  const int64_t batch = x.shape()[1], units = wh.shape()[0];
  Tensor projected = matmul(x, wx) + b;
  Tensor zero = zeros({batch, units});
  auto [last, unused] = scan(
      [&](std::tuple<Tensor, Tensor> state, Tensor now) {
        auto [h, c] = state;
        Tensor gates = now + matmul(h, wh);
        auto gate = [&](int64_t i) { return gates[{{}, {i * units, (i + 1) * units}}]; };
        Tensor next = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2));
        Tensor out = sigmoid(gate(3)) * tanh(next);
        return std::pair(std::tuple(out, next), std::vector<Tensor>{});
      },
      std::tuple(zero, zero), projected);
  return std::get<0>(last);
}

void lstm(std::vector<Workload> &list, bool tiny) {
  const int64_t steps = tiny ? 3 : 40, batch = tiny ? 2 : 50, width = tiny ? 5 : 64, units = tiny ? 4 : 256;
  const int64_t weights = (width + units) * 4 * units;
  list.push_back(
      {.name = "LSTM 256 units, 40 steps, batch 50",
       .family = "training",
       .kind = "lstm",
       .inputs = {weight("wx", {width, 4 * units}),
                  weight("wh", {units, 4 * units}),
                  bias("b", 4 * units),
                  weight("wo", {units, 10}),
                  bias("bo", 10),
                  {"x", {steps, batch, width}},
                  {"labels", {batch}, Input::Fill::integers, 0, 10}},
       .flops = 2.0 * static_cast<double>(steps * batch) * static_cast<double>(3 * weights - width * 4 * units),
       .reads = bytes(2 * weights),
       .writes = bytes(weights),
       .tolerance = 1e-3,
       .checked_steps = 5,
       .prepare = [](const std::vector<Tensor> &inputs) {
         return train(inputs, 5, Optimizer::sgd, 0.1, [](const Parameters &p, const std::vector<Tensor> &batch) {
           Tensor h = lstm_last(batch[0], p[0], p[1], p[2]);
           return mean(sparse_softmax_cross_entropy(matmul(h, p[3]) + p[4], batch[1]));
         });
       }});
}

// Both directions have weights of their own, and nothing to wait for but themselves.
void lstm_of_both_directions(std::vector<Workload> &list, bool tiny) {
  const int64_t steps = tiny ? 3 : 40, batch = tiny ? 2 : 32, width = tiny ? 5 : 64, units = tiny ? 4 : 128;
  const int64_t weights = 2 * (width + units) * 4 * units;
  std::vector<Input> inputs;
  for (const char *direction : {"forwards", "backwards"}) {
    const std::string name = direction;
    inputs.push_back(weight("wx " + name, {width, 4 * units}));
    inputs.push_back(weight("wh " + name, {units, 4 * units}));
    inputs.push_back(bias("b " + name, 4 * units));
    inputs.push_back(weight("wo " + name, {units, 10}));
  }
  inputs.push_back(bias("bo", 10));
  inputs.push_back({"x", {steps, batch, width}});
  inputs.push_back({"labels", {batch}, Input::Fill::integers, 0, 10});
  list.push_back(
      {.name = "LSTM of both directions, 128 units, 40 steps, batch 32",
       .family = "training",
       .kind = "lstm_of_both_directions",
       .inputs = inputs,
       .flops = 2.0 * static_cast<double>(steps * batch) * static_cast<double>(3 * weights - 2 * width * 4 * units),
       .reads = bytes(2 * weights),
       .writes = bytes(weights),
       .tolerance = 1e-3,
       .checked_steps = 5,
       .prepare = [](const std::vector<Tensor> &inputs) {
         return train(inputs, 9, Optimizer::sgd, 0.1, [](const Parameters &p, const std::vector<Tensor> &batch) {
           Tensor forwards = lstm_last(batch[0], p[0], p[1], p[2]),
                  backwards = lstm_last(reverse(batch[0], {0}), p[4], p[5], p[6]);
           Tensor logits = matmul(forwards, p[3]) + matmul(backwards, p[7]) + p[8];
           return mean(sparse_softmax_cross_entropy(logits, batch[1]));
         });
       }});
}

// A value after every step: the gradient runs back through all of them. Gates in the order reset, update, candidate.
void gru_sequence(std::vector<Workload> &list, bool tiny, int64_t steps) {
  const int64_t batch = tiny ? 2 : 16, width = tiny ? 5 : 32, units = tiny ? 4 : 64, outputs = tiny ? 2 : 8;
  const int64_t weights = (width + units) * 3 * units + units * outputs;
  list.push_back(
      {.name = "GRU 64 units, all of " + std::to_string(steps) + " steps, batch 16",
       .family = "training",
       .kind = "gru_sequence",
       .inputs = {weight("wx", {width, 3 * units}),
                  weight("wh", {units, 3 * units}),
                  bias("b", 3 * units),
                  weight("wo", {units, outputs}),
                  {"x", {steps, batch, width}},
                  {"y", {steps, batch, outputs}}},
       .flops = 2.0 * static_cast<double>(steps * batch) * static_cast<double>(3 * weights - width * 3 * units),
       .reads = bytes(2 * weights),
       .writes = bytes(weights),
       .tolerance = 1e-3,
       .checked_steps = 5,
       .prepare = [](const std::vector<Tensor> &inputs) {
         return train(inputs, 4, Optimizer::sgd, 0.1, [](const Parameters &p, const std::vector<Tensor> &batch) {
           const Tensor &x = batch[0];
           const int64_t units = p[1].shape()[0];
           auto [last, states] = scan(
               [&](Tensor h, Tensor now) {
                 Tensor before = matmul(h, p[1]);
                 auto gate = [&](const Tensor &t, int64_t i) { return t[{{}, {i * units, (i + 1) * units}}]; };
                 Tensor reset = sigmoid(gate(now, 0) + gate(before, 0));
                 Tensor update = sigmoid(gate(now, 1) + gate(before, 1));
                 Tensor candidate = tanh(gate(now, 2) + reset * gate(before, 2));
                 Tensor next = candidate + update * (h - candidate);
                 return std::pair(next, next);
               },
               zeros({x.shape()[1], units}), matmul(x, p[0]) + p[2]);
           return mse(matmul(states, p[3]), batch[1]);
         });
       }});
}

// Each of them is too small to keep two threads busy.
void ensemble(std::vector<Workload> &list, bool tiny) {
  const int64_t width = tiny ? 5 : 64, outputs = tiny ? 2 : 8, batch = tiny ? 3 : 64, nets = tiny ? 2 : 8;
  const int64_t weights = nets * (2 * width * width + width * outputs);
  std::vector<Input> inputs;
  for (int64_t net = 0; net < nets; ++net) {
    const std::string name = std::to_string(net);
    inputs.push_back(weight("u" + name, {width, width}));
    inputs.push_back(weight("v" + name, {width, width}));
    inputs.push_back(weight("w" + name, {width, outputs}));
  }
  inputs.push_back({"x", {batch, width}});
  inputs.push_back({"y", {batch, outputs}});
  list.push_back({.name = "8 nets 64-64-64-8, SGD, batch 64",
                  .family = "training",
                  .kind = "ensemble",
                  .sizes = {{"nets", nets}},
                  .inputs = inputs,
                  .flops = 2.0 * static_cast<double>(batch) * static_cast<double>(3 * weights - nets * width * width),
                  .reads = bytes(2 * weights),
                  .writes = bytes(weights),
                  .tolerance = 1e-3,
                  .checked_steps = 5,
                  .prepare = [nets](const std::vector<Tensor> &inputs) {
                    const auto count = static_cast<size_t>(3 * nets);
                    return train(inputs, count, Optimizer::sgd, 0.1,
                                 [count](const Parameters &p, const std::vector<Tensor> &batch) {
                                   Tensor total;
                                   for (size_t i = 0; i < count; i += 3) {
                                     Tensor h = tanh(matmul(tanh(matmul(batch[0], p[i])), p[i + 1]));
                                     Tensor loss = mse(matmul(h, p[i + 2]), batch[1]);
                                     total = i ? total + loss : loss;
                                   }
                                   return total;
                                 });
                  }});
}

}  // namespace

void add_training(std::vector<Workload> &list, bool tiny) {
  seed_net(list, tiny);
  mlp(list, tiny);
  lstm(list, tiny);
  lstm_of_both_directions(list, tiny);
  for (int64_t steps : tiny ? std::vector<int64_t>{3} : std::vector<int64_t>{40, 1000}) gru_sequence(list, tiny, steps);
  ensemble(list, tiny);
}

}  // namespace etch::bench
