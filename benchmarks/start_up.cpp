// What it costs to start a process that uses Etch: from its start to its end, the code on disk, over an empty process.

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness.h"

extern char **environ;

namespace etch::bench {
namespace {

double wall_clock() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Seconds of a whole process: of CPU time (one thread) or of the world.
double seconds_of_process(const Bench &bench, const char *program, const char *argument) {
  char *arguments[] = {const_cast<char *>(program), const_cast<char *>(argument), nullptr};
  const double start = wall_clock();
  pid_t child = 0;
  if (posix_spawn(&child, program, nullptr, nullptr, arguments, environ) != 0)
    throw std::runtime_error(std::string("cannot start ") + program);
  int status = 0;
  rusage usage = {};
  wait4(child, &status, 0, &usage);
  if (status != 0) throw std::runtime_error(std::string(program) + " failed");
  if (bench.settings().threads > 1) return wall_clock() - start;
  auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The environment of the processes: a cache in a folder of its own, as many threads as we are told.
class Surroundings {
 public:
  explicit Surroundings(int threads) {
    std::string folder = std::filesystem::temp_directory_path() / "etch-bench-XXXXXX";
    if (!mkdtemp(folder.data())) throw std::runtime_error("cannot make " + folder);
    folder_ = folder;
    if (const char *value = getenv("ETCH_CACHE_DIR")) cache_before_ = value;
    setenv("ETCH_CACHE_DIR", folder.c_str(), /*overwrite=*/1);
    setenv("ETCH_NUM_THREADS", std::to_string(threads).c_str(), /*overwrite=*/1);
  }
  ~Surroundings() {
    setenv("ETCH_CACHE_DIR", cache_before_.c_str(), /*overwrite=*/1);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Surroundings(const Surroundings &) = delete;

 private:
  std::filesystem::path folder_;
  std::string cache_before_;
};

}  // namespace

void bench_start_up(Bench &bench) {
  bench.begin_topic("Whole processes that find their code in the kernel pack or on disk, over an empty one");
  Surroundings surroundings(bench.settings().threads);
  struct Row {
    const char *argument, *reference;  // of the process beside it; null: an empty one
    int parts;
    std::string what, of;
    double budget;
  };
  constexpr int kEagerOps = 11;
  const std::vector<Row> rows = {
      {"nothing", nullptr, 1, "a process that loads libetch", "an empty process", 5},
      {"eager", "nothing", kEagerOps, "first use of an eager op, mean of 11 common ones", "a process without them", 1},
      {"function", nullptr, 1, "relu(2x + 1) of f32[1024]", "an empty process", 5},
      {"training", nullptr, 1, "a net 20-20-10-1: its weights, and a step with Adam", "an empty process", 5},
      {"network", nullptr, 1, "a net 784-512-256-10: its weights, and a step with Adam", "an empty process", 5}};
  const int samples = bench.settings().smoke ? 1 : 50;
  for (const Row &row : rows) {
    seconds_of_process(bench, ETCH_BENCH_PROCESS, row.argument);  // compiles
    std::vector<double> values, references, differences;
    for (int i = 0; i < samples; ++i) {
      values.push_back(seconds_of_process(bench, ETCH_BENCH_PROCESS, row.argument));
      references.push_back(row.reference ? seconds_of_process(bench, ETCH_BENCH_PROCESS, row.reference)
                                         : seconds_of_process(bench, ETCH_BENCH_EMPTY, row.argument));
      differences.push_back((values.back() - references.back()) / row.parts);  // of one op
    }
    bench.add({.what = row.what,
               .value = median(values) * 1e3,
               .unit = "ms",
               .reference = row.of,
               .reference_value = median(references) * 1e3,
               .judged_name = "over",
               .judged = median(differences) * 1e3,
               .budget = row.budget});
  }
}

}  // namespace etch::bench
