// etch-bench-worker: the workloads in Etch, for the comparison with peers (benchmarks/peers/compare.py).

#include <cstring>
#include <filesystem>

#include "benchmarks/machine.h"
#include "limit.h"
#include "line_protocol.h"
#include "runtime/cpu/parallel_for.h"
#include "workload.h"

namespace {
using namespace etch::bench;

constexpr const char *kUsage = R"(usage: etch-bench-worker [--tiny] [--threads N] [--list | --machine]
Runs workloads as it is told on standard input; benchmarks/workloads/line_protocol.h says how. Besides:
  inputs FOLDER JSON      writes the inputs of a workload: FOLDER/in_0.npy, ...
  limit JSON              "ok seconds seconds": to move its bytes, to do its flops
flags
  --list      writes the table of workloads as JSON
  --machine   writes what this machine is as JSON
  --tiny      the same workloads on sizes that take no time
  --threads N compiled loops use N threads (1)
)";

const Workload &find(const std::vector<Workload> &list, const std::string &name) {
  for (const Workload &workload : list)
    if (workload.name == name) return workload;
  throw std::runtime_error("there is no workload '" + name + "'");
}

std::string digits(double value) {
  std::ostringstream text;
  text.precision(9);
  text << value;
  return text.str();
}

std::string file(const std::string &folder, const char *stem, size_t i) {
  return folder + "/" + stem + "_" + std::to_string(i) + ".npy";
}

class Worker {
 public:
  Worker(bool tiny, int threads) : list_(all_workloads(tiny)), threads_(threads) {}

  std::string answer(const std::string &command, std::istringstream &words) {
    std::string folder, json;
    if (command == "sample") {
      long steps = 0;
      words >> steps;
      const double start = seconds_now();
      ready().run(steps);
      return "ok " + digits(seconds_now() - start);
    }
    if (command == "check") {
      long steps = 0;
      words >> steps >> folder;
      size_t written = 0;
      for (long i = 0; i < steps; ++i) {
        ready().run(1);
        for (const etch::Tensor &result : ready().results()) etch::save_npy(file(folder, "out", written++), result);
      }
      return "ok " + std::to_string(written);
    }
    if (command != "limit") words >> folder;
    std::getline(words, json);
    const Workload &workload = find(list_, string_in(json, "name"));
    if (command == "limit") {
      const Limit limit = measure_limit(workload.reads, workload.writes, workload.flops, threads_);
      return "ok " + digits(limit.memory) + " " + digits(limit.arithmetic);
    }
    if (command == "inputs") {
      std::filesystem::create_directories(folder);
      size_t written = 0;
      for (const etch::Tensor &input : make_inputs(workload)) etch::save_npy(file(folder, "in", written++), input);
      return "ok";
    }
    if (command == "prepare" || command == "plan") {
      prepared_ = {};
      std::vector<etch::Tensor> inputs;
      for (size_t i = 0; i < workload.inputs.size(); ++i) inputs.push_back(etch::load_npy(file(folder, "in", i)));
      prepared_ = workload.prepare(inputs);
      if (command == "prepare") return "ok";
      if (!prepared_.memory) return "skip a step is not one compiled function";
      const etch::MemoryStats memory = prepared_.memory();
      return "ok " + std::to_string(memory.arena_bytes + memory.output_bytes - memory.donated_bytes);
    }
    throw std::runtime_error("there is no command '" + command + "'");
  }

 private:
  const Prepared &ready() const {
    if (!prepared_.run) throw std::runtime_error("no workload is prepared");
    return prepared_;
  }

  std::vector<Workload> list_;
  int threads_;
  Prepared prepared_;
};

}  // namespace

int main(int argc, char **argv) {
  bool tiny = false, list = false, machine = false;
  int threads = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--tiny") {
      tiny = true;
    } else if (flag == "--list") {
      list = true;
    } else if (flag == "--machine") {
      machine = true;
    } else if (flag == "--threads" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      threads = std::atoi(argv[++i]);
    } else {
      std::cerr << kUsage;
      return flag == "--help" ? 0 : 2;
    }
  }
  etch::runtime::set_num_threads(threads);
  if (list) {
    write_json(std::cout, all_workloads(tiny));
  } else if (machine) {
    const Machine here = this_machine(threads);
    std::cout << "{\"cpu\": \"" << here.cpu << "\", \"isa\": \"" << here.isa << "\", \"cores\": " << here.cores
              << ", \"commit\": \"" << here.commit << "\", \"date\": \"" << here.date << "\", \"load\": \"" << here.load
              << "\"}\n";
  } else {
    Worker worker(tiny, threads);
    std::cout << "ok Etch" << std::endl;  // which commit says --machine: asking git would count as our start
    serve([&](const std::string &command, std::istringstream &words) { return worker.answer(command, words); });
  }
  return 0;
}
