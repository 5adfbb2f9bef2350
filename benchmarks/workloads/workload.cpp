#include "workload.h"

namespace etch::bench {

std::vector<Workload> all_workloads(bool tiny) {
  std::vector<Workload> list;
  add_elementwise(list, tiny);
  add_rows(list, tiny);
  add_products(list, tiny);
  add_convolutions(list, tiny);
  add_training(list, tiny);
  add_transformer(list, tiny);
  add_science(list, tiny);
  add_loops(list, tiny);
  add_calls(list, tiny);
  return list;
}

std::vector<Tensor> make_inputs(const Workload &workload) {
  Generator generator(12345);
  std::vector<Tensor> tensors;
  for (const Input &input : workload.inputs) {
    switch (input.fill) {
      case Input::Fill::uniform:
        tensors.push_back(cast(generator.uniform(input.shape, input.low, input.high), input.dtype));
        break;
      case Input::Fill::normal:
        tensors.push_back(cast(generator.normal(input.shape, input.low, input.high), input.dtype));
        break;
      case Input::Fill::integers:
        tensors.push_back(cast(
            generator.integers(input.shape, static_cast<int64_t>(input.low), static_cast<int64_t>(input.high)), i32));
    }
  }
  return tensors;
}

void write_json(std::ostream &os, const std::vector<Workload> &workloads) {
  const char *separator = "[";
  for (const Workload &workload : workloads) {
    os << separator << "\n {\"name\": \"" << workload.name << "\", \"family\": \"" << workload.family
       << "\", \"kind\": \"" << workload.kind << "\", \"sizes\": {";
    const char *comma = "";
    for (const auto &[name, size] : workload.sizes) {
      os << comma << '"' << name << "\": " << size;
      comma = ", ";
    }
    os << "}, \"inputs\": [";
    comma = "";
    for (const Input &input : workload.inputs) {
      os << comma << '"' << input.name << '"';
      comma = ", ";
    }
    os << "], \"flops\": " << workload.flops << ", \"reads\": " << workload.reads << ", \"writes\": " << workload.writes
       << ", \"rtol\": " << workload.rtol << ", \"atol\": " << workload.atol
       << ", \"checked_steps\": " << workload.checked_steps << "}";
    separator = ",";
  }
  os << "\n]\n";
}

}  // namespace etch::bench
