#include "beside_onednn.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <tbb/global_control.h>

#include <oneapi/dnnl/dnnl.hpp>

#include "etch/etch.h"
#include "runtime/cpu/parallel_for.h"

namespace etch::bench {

Ratio add_beside_onednn(Bench &bench, const std::string &name, double flops, const Bench::Pair &pair,
                        const std::string &note) {
  Figure figure{.what = name, .value = flops / pair.seconds * 1e-9, .unit = "GFLOP/s"};
  figure.reference = "oneDNN";
  figure.reference_value = flops / pair.reference_seconds * 1e-9;
  figure.judged_name = "x of it";
  figure.judged = 1 / pair.ratio;
  figure.budget = 1.0;
  figure.at_least = true;
  figure.note = note;
  bench.add(figure);
  return {name, figure.judged};
}

void summarize(Bench &bench, const std::string &what, const std::vector<Ratio> &ratios) {
  double logarithms = 0, worst = INFINITY;
  std::string behind;
  int slower = 0;
  for (const Ratio &each : ratios) {
    logarithms += std::log(each.ratio);
    worst = std::min(worst, each.ratio);
    slower += each.ratio < 1;
    if (each.ratio < 0.85) behind += (behind.empty() ? "" : "; ") + each.name;
  }
  auto add = [&](const std::string &which, double value, double budget, const std::string &note) {
    bench.add({.what = what + ", " + which,
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

namespace {

constexpr const char *kFlags = R"(
flags
  --threads N    threads of both (1); with 1, times are CPU time of the thread
  --seed N       of the random shapes (2026)
  --count N      random shapes (100)
  --samples N    medians are over N samples of at least 5 ms each (9)
  --markdown F   write a table
  --json F       write the same for machines
  --smoke        one sample of few shapes: see only that everything runs
)";

int run(int argc, char **argv, const char *usage, const std::string &ops, std::vector<std::string> wanted,
        MeasureBeside measure) {
  BesideOneDnn options;
  Settings &settings = options.settings;
  const std::vector<std::string> usual = std::move(wanted);
  wanted.clear();
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
      std::cout << usage << kFlags;
      return 0;
    }
    if (argument == "--threads")
      settings.threads = positive();
    else if (argument == "--seed")
      options.seed = static_cast<unsigned>(positive());
    else if (argument == "--count")
      options.count = positive();
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
  if (wanted.empty()) wanted = usual;
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(settings.threads));
  runtime::set_num_threads(settings.threads);
  Report report{this_machine(settings.threads), {}};
  const dnnl_version_t *version = dnnl_version();
  std::cout << report.machine.cpu << ", " << settings.threads << " thread(s), load " << report.machine.load
            << "; oneDNN " << version->major << "." << version->minor << "." << version->patch << "\n";
  Bench bench(settings, report);
  bench.begin_topic(ops + " beside oneDNN " + std::to_string(version->major));
  for (const std::string &what : wanted) measure(bench, what, options);
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

int run_beside_onednn(int argc, char **argv, const std::string &program, const char *usage, const std::string &ops,
                      std::vector<std::string> usual, MeasureBeside measure) {
  try {
    return run(argc, argv, usage, ops, std::move(usual), measure);
  } catch (const std::exception &error) {
    std::cerr << program << ": " << error.what() << "\n";
    return 2;
  }
}

}  // namespace etch::bench
