// etch-bench: measures Etch against its budgets.

#include <cstdlib>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iostream>

#include "harness.h"
#include "runtime/base/error.h"
#include "runtime/cpu/parallel_for.h"

namespace {

constexpr const char *kUsage = R"(usage: etch-bench [flags] [topic...]
Measures Etch against its budgets and against limits of this machine that are measured in the same run.

topics (default: all)
  calls          a cached call, a call with variables, eager ops: cost over the compiled code
  first-calls    trace + compile + run of small and large functions, stage by stage
  growth         time for each op in first calls of 1,000 and of 10,000 ops, for many kinds of graphs
  start-up       whole processes that find their code on disk, over an empty one
  training       10,000 steps of a tiny net; the MNIST training step, compiled and eager
  kernels        matrix products against FMA peak, elementwise, softmax and sums against memcpy
  convolutions   three directions of typical layers against FMA peak and, where it is installed, oneDNN
  pooling        maxima and means of windows and their gradients, against memcpy and oneDNN
  gemm           matrix products of many shapes, against oneDNN where it is installed

flags
  --markdown FILE   write a table
  --json FILE       write the same for machines
  --threads N       threads of compiled loops (1); with 1, times are CPU time of the thread
  --samples N       medians are over N samples (15)
  --check           exit with status 1 when a budget is missed
  --smoke           tiny sizes, one sample: see only that everything runs
  --help            this page

  etch-bench calls --samples 51
  etch-bench --markdown results.md --json results.json
)";

struct Topic {
  const char *name;
  void (*run)(etch::bench::Bench &);
};
constexpr Topic kTopics[] = {{"calls", etch::bench::bench_calls},
                             {"first-calls", etch::bench::bench_first_calls},
                             {"growth", etch::bench::bench_growth},
                             {"start-up", etch::bench::bench_start_up},
                             {"training", etch::bench::bench_training},
                             {"kernels", etch::bench::bench_kernels},
                             {"convolutions", etch::bench::bench_convolutions},
                             {"pooling", etch::bench::bench_pooling},
                             {"gemm", etch::bench::bench_gemm}};

int positive(const std::string &flag, const char *text) {
  int value = 0;
  auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error != std::errc() || *end || value < 1)
    throw etch::UserError(flag + " takes a positive number, not '" + text + "'");
  return value;
}

int run(int argc, char **argv) {
  using namespace etch::bench;
  Settings settings;
  std::string markdown, json;
  bool check = false;
  std::vector<const Topic *> topics;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    auto value = [&] {
      if (i + 1 == argc) throw etch::UserError(argument + " needs a value");
      return argv[++i];
    };
    if (argument == "--help" || argument == "-h") {
      std::cout << kUsage;
      return 0;
    }
    if (argument == "--markdown") {
      markdown = value();
    } else if (argument == "--json") {
      json = value();
    } else if (argument == "--threads") {
      settings.threads = positive(argument, value());
    } else if (argument == "--samples") {
      settings.samples = positive(argument, value());
    } else if (argument == "--check") {
      check = true;
    } else if (argument == "--smoke") {
      settings = {.threads = settings.threads, .samples = 1, .sample_seconds = 1e-5, .smoke = true};
    } else {
      const Topic *found = nullptr;
      for (const Topic &topic : kTopics)
        if (argument == topic.name) found = &topic;
      if (!found) throw etch::UserError("there is no flag or topic '" + argument + "'; see --help");
      topics.push_back(found);
    }
  }
  if (topics.empty())
    for (const Topic &topic : kTopics) topics.push_back(&topic);

  etch::runtime::set_num_threads(settings.threads);
  Report report{this_machine(settings.threads), {}};
  const Machine &machine = report.machine;
  std::cout << machine.cpu << ", " << machine.isa << ", " << machine.threads << " of " << machine.cores
            << " cores, load " << machine.load << "\ncommit " << machine.commit << ", " << machine.date << "; "
            << machine.clock << "\n";
  Bench bench(settings, report);
  for (const Topic *topic : topics) topic->run(bench);

  int missed = 0, budgets = 0;
  for (const Figure &figure : report.figures) {
    budgets += figure.budget.has_value();
    missed += !figure.within_budget();
  }
  std::cout << "\n" << budgets - missed << " of " << budgets << " budgets kept\n";
  auto write = [&](const std::string &path, void (*writer)(std::ostream &, const Report &)) {
    if (path.empty()) return;
    std::ofstream file(path);
    writer(file, report);
    file.close();
    if (!file) throw etch::UserError("cannot write '" + path + "'");
  };
  write(markdown, write_markdown);
  write(json, write_json);
  return check && missed ? 1 : 0;
}

}  // namespace

int main(int argc, char **argv) {
  setenv("ETCH_CACHE_DIR", "", /*overwrite=*/0);  // first calls compile
  setenv("ETCH_LOG", "error", /*overwrite=*/0);   // many signatures and unrolled loops are measured on purpose
  try {
    return run(argc, argv);
  } catch (const std::exception &error) {
    std::cerr << "etch-bench: " << error.what() << "\n";
    return 2;
  }
}
