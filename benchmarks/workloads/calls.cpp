// What a call costs when it computes next to nothing.

#include "workload.h"

namespace etch::bench {

void add_calls(std::vector<Workload> &list, bool) {
  const std::vector<Input> three = {{"a", {8}}, {"b", {8}}, {"c", {8}}};
  list.push_back({.name = "compiled a * b + c, f32[8]",
                  .family = "calls",
                  .kind = "call",
                  .inputs = three,
                  .prepare = compiled([](Tensor a, Tensor b, Tensor c) { return a * b + c; })});
  list.push_back({.name = "compiled update of 20 variables f32[8]",
                  .family = "calls",
                  .kind = "update_variables",
                  .inputs = {{"x", {8}}},
                  .checked_steps = 2,
                  .prepare = [](const std::vector<Tensor> &inputs) {
                    auto variables = std::make_shared<std::vector<Variable>>();
                    for (int i = 0; i < 20; ++i) variables->push_back(Variable(zeros({8})));
                    auto f = function("update", [variables](Tensor x) {
                      for (Variable &variable : *variables) variable.assign_add(x);
                      return variables->back().read();
                    });
                    return repeat([f, x = inputs[0]] { return f(x); });
                  }});
  list.push_back({.name = "eager a + b, f32[8]",
                  .family = "calls",
                  .kind = "eager_add",
                  .inputs = {{"a", {8}}, {"b", {8}}},
                  .prepare = [](const std::vector<Tensor> &inputs) {
                    return repeat([a = inputs[0], b = inputs[1]] { return a + b; });
                  }});
  list.push_back({.name = "eager matmul f32[4,4]",
                  .family = "calls",
                  .kind = "eager_matmul",
                  .inputs = {{"a", {4, 4}}, {"b", {4, 4}}},
                  .prepare = [](const std::vector<Tensor> &inputs) {
                    return repeat([a = inputs[0], b = inputs[1]] { return matmul(a, b); });
                  }});
}

}  // namespace etch::bench
