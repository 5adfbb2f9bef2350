#include "machine.h"

#include <ctime>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace etch::bench {
namespace {

std::string output_of(const char *command) {
  std::string text;
  if (FILE *pipe = popen(command, "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, pipe)) text += line;
    pclose(pipe);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  std::string line, family, model;
  std::string name = "unknown";
  while (std::getline(file, line) && !line.empty()) {
    auto value = [&] { return line.substr(line.find(':') + 2); };
    if (line.starts_with("model name")) name = value();
    if (line.starts_with("cpu family")) family = value();
    if (line.starts_with("model\t")) model = value();
  }
  return name + " (family " + family + ", model " + model + ")";
}

#if defined(__x86_64__)
// Enough independent sums to hide the latency of an FMA on two ports.
__attribute__((target("avx512f"))) double fma_avx512(long rounds) {
  __m512 sums[16];
  const __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(1e-3f);
  for (__m512 &sum : sums) sum = b;
  for (long i = 0; i < rounds; ++i) {
#pragma clang loop unroll(full)
    for (__m512 &sum : sums) sum = _mm512_fmadd_ps(sum, a, b);
  }
  for (int i = 1; i < 16; ++i) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  volatile float sink = _mm512_reduce_add_ps(sums[0]);
  (void)sink;
  return 2.0 * 16 * 16 * static_cast<double>(rounds);
}
__attribute__((target("avx2,fma"))) double fma_avx2(long rounds) {
  __m256 sums[12];
  const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1e-3f);
  for (__m256 &sum : sums) sum = b;
  for (long i = 0; i < rounds; ++i) {
#pragma clang loop unroll(full)
    for (__m256 &sum : sums) sum = _mm256_fmadd_ps(sum, a, b);
  }
  for (int i = 1; i < 12; ++i) sums[0] = _mm256_add_ps(sums[0], sums[i]);
  volatile float sink = _mm256_cvtss_f32(sums[0]);
  (void)sink;
  return 2.0 * 8 * 12 * static_cast<double>(rounds);
}
const char *isa() {
  return __builtin_cpu_supports("avx512f")                                 ? "AVX-512"
         : __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2") ? "AVX2"
                                                                           : "no FMA";
}
#else
const char *isa() { return "not x86-64"; }
#endif

}  // namespace

double run_fma([[maybe_unused]] long rounds) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return fma_avx512(rounds);
  if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2")) return fma_avx2(rounds);
#endif
  return 0;
}

Machine this_machine(int threads) {
  Machine machine;
  machine.cpu = cpu_model();
  machine.isa = isa();
  machine.cores = static_cast<int>(std::thread::hardware_concurrency());
  machine.threads = threads;
  machine.commit = output_of("git -C '" ETCH_SOURCE_DIR "' rev-parse --short HEAD 2>/dev/null");
  if (machine.commit.empty()) machine.commit = "unknown";
  if (!output_of("git -C '" ETCH_SOURCE_DIR "' status --porcelain -uno 2>/dev/null").empty())
    machine.commit += " with local changes";
  char date[32];
  std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  machine.date = date;
  std::ifstream("/proc/loadavg") >> machine.load;
  machine.clock = threads == 1 ? "times are CPU time of the measuring thread, so that other programs disturb them less"
                               : "times are wall-clock";
  return machine;
}

}  // namespace etch::bench
