// Training steps of recurrent nets, of the family "training".

#include "train.h"

namespace etch::bench {
namespace {

Input classes(int64_t batch) { return {"labels", {batch}, Input::Fill::integers, 0, 10}; }

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
  list.push_back(sgd_step({.name = "LSTM 256 units, 40 steps, batch 50",
                           .kind = "lstm",
                           .parameters = {weight("wx", {width, 4 * units}), weight("wh", {units, 4 * units}),
                                          bias("b", 4 * units), weight("wo", {units, 10}), bias("bo", 10)},
                           .batch = {{"x", {steps, batch, width}}, classes(batch)},
                           .rows = steps * batch,
                           .weights = (width + units) * 4 * units,
                           .weights_of_inputs = width * 4 * units,
                           .loss = [](const Parameters &p, const std::vector<Tensor> &batch) {
                             Tensor h = lstm_last(batch[0], p[0], p[1], p[2]);
                             return mean(sparse_softmax_cross_entropy(matmul(h, p[3]) + p[4], batch[1]));
                           }}));
}

// Both directions have weights of their own, and nothing to wait for but themselves.
void lstm_of_both_directions(std::vector<Workload> &list, bool tiny) {
  const int64_t steps = tiny ? 3 : 40, batch = tiny ? 2 : 32, width = tiny ? 5 : 64, units = tiny ? 4 : 128;
  std::vector<Input> parameters;
  for (const char *direction : {"forwards", "backwards"}) {
    const std::string name = direction;
    parameters.push_back(weight("wx " + name, {width, 4 * units}));
    parameters.push_back(weight("wh " + name, {units, 4 * units}));
    parameters.push_back(bias("b " + name, 4 * units));
    parameters.push_back(weight("wo " + name, {units, 10}));
  }
  parameters.push_back(bias("bo", 10));
  list.push_back(sgd_step({.name = "LSTM of both directions, 128 units, 40 steps, batch 32",
                           .kind = "lstm_of_both_directions",
                           .parameters = parameters,
                           .batch = {{"x", {steps, batch, width}}, classes(batch)},
                           .rows = steps * batch,
                           .weights = 2 * (width + units) * 4 * units,
                           .weights_of_inputs = 2 * width * 4 * units,
                           .loss = [](const Parameters &p, const std::vector<Tensor> &batch) {
                             Tensor forwards = lstm_last(batch[0], p[0], p[1], p[2]),
                                    backwards = lstm_last(reverse(batch[0], {0}), p[4], p[5], p[6]);
                             Tensor logits = matmul(forwards, p[3]) + matmul(backwards, p[7]) + p[8];
                             return mean(sparse_softmax_cross_entropy(logits, batch[1]));
                           }}));
}

// The states after all steps. Gates in the order reset, update, candidate.
Tensor gru_states(const Tensor &x, const Tensor &wx, const Tensor &wh, const Tensor &b) {
  const int64_t batch = x.shape()[1], units = wh.shape()[0];
  auto [last, states] = scan(
      [&](Tensor h, Tensor now) {
        Tensor before = matmul(h, wh);
        auto gate = [&](const Tensor &t, int64_t i) { return t[{{}, {i * units, (i + 1) * units}}]; };
        Tensor reset = sigmoid(gate(now, 0) + gate(before, 0));
        Tensor update = sigmoid(gate(now, 1) + gate(before, 1));
        Tensor candidate = tanh(gate(now, 2) + reset * gate(before, 2));
        Tensor next = candidate + update * (h - candidate);
        return std::pair(next, next);
      },
      zeros({batch, units}), matmul(x, wx) + b);
  return states;
}

// A value after every step: the gradient runs back through all of them.
void gru_sequence(std::vector<Workload> &list, bool tiny, int64_t steps) {
  const int64_t batch = tiny ? 2 : 16, width = tiny ? 5 : 32, units = tiny ? 4 : 64, outputs = tiny ? 2 : 8;
  list.push_back(sgd_step({.name = "GRU 64 units, all of " + std::to_string(steps) + " steps, batch 16",
                           .kind = "gru_sequence",
                           .parameters = {weight("wx", {width, 3 * units}), weight("wh", {units, 3 * units}),
                                          bias("b", 3 * units), weight("wo", {units, outputs})},
                           .batch = {{"x", {steps, batch, width}}, {"y", {steps, batch, outputs}}},
                           .rows = steps * batch,
                           .weights = (width + units) * 3 * units + units * outputs,
                           .weights_of_inputs = width * 3 * units,
                           .loss = [](const Parameters &p, const std::vector<Tensor> &batch) {
                             Tensor states = gru_states(batch[0], p[0], p[1], p[2]);
                             return mse(matmul(states, p[3]), batch[1]);
                           }}));
}

}  // namespace

void add_recurrent(std::vector<Workload> &list, bool tiny) {
  lstm(list, tiny);
  lstm_of_both_directions(list, tiny);
  for (int64_t steps : tiny ? std::vector<int64_t>{3} : std::vector<int64_t>{40, 1000}) gru_sequence(list, tiny, steps);
}

}  // namespace etch::bench
