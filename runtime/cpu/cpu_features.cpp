#include "runtime/cpu/cpu_features.h"

#include <algorithm>
#include <cstdint>

#include "runtime/base/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace etch::runtime {
namespace {

#if defined(__x86_64__)

// The registers CPUID fills, and those of its leaves that the table below asks for.
enum Register : uint8_t { eax, ebx, ecx, edx };
enum Leaf : uint8_t { basic, extended7, extended7_1, xsave_1, trace, amd, amd_sizes, num_leaves };
// Which registers the operating system must save on a context switch.
enum State : uint8_t { none, ymm, zmm, tile };

struct Feature {
  std::string_view name;
  Leaf leaf;
  Register reg;
  uint8_t bit;
  State state;
};

// Intel SDM volume 2A (CPUID) and AMD APM volume 3 appendix E; names as LLVM spells them.
constexpr Feature kFeatures[] = {
    {"sse3", basic, ecx, 0, none},
    {"pclmul", basic, ecx, 1, none},
    {"ssse3", basic, ecx, 9, none},
    {"fma", basic, ecx, 12, ymm},
    {"cx16", basic, ecx, 13, none},
    {"sse4.1", basic, ecx, 19, none},
    {"sse4.2", basic, ecx, 20, none},
    {"crc32", basic, ecx, 20, none},
    {"movbe", basic, ecx, 22, none},
    {"popcnt", basic, ecx, 23, none},
    {"aes", basic, ecx, 25, none},
    {"xsave", basic, ecx, 26, none},
    {"avx", basic, ecx, 28, ymm},
    {"f16c", basic, ecx, 29, ymm},
    {"rdrnd", basic, ecx, 30, none},
    {"cx8", basic, edx, 8, none},
    {"cmov", basic, edx, 15, none},
    {"mmx", basic, edx, 23, none},
    {"fxsr", basic, edx, 24, none},
    {"sse", basic, edx, 25, none},
    {"sse2", basic, edx, 26, none},
    {"fsgsbase", extended7, ebx, 0, none},
    {"bmi", extended7, ebx, 3, none},
    {"avx2", extended7, ebx, 5, ymm},
    {"bmi2", extended7, ebx, 8, none},
    {"invpcid", extended7, ebx, 10, none},
    {"rtm", extended7, ebx, 11, none},
    {"avx512f", extended7, ebx, 16, zmm},
    {"avx512dq", extended7, ebx, 17, zmm},
    {"rdseed", extended7, ebx, 18, none},
    {"adx", extended7, ebx, 19, none},
    {"avx512ifma", extended7, ebx, 21, zmm},
    {"clflushopt", extended7, ebx, 23, none},
    {"clwb", extended7, ebx, 24, none},
    {"avx512cd", extended7, ebx, 28, zmm},
    {"sha", extended7, ebx, 29, none},
    {"avx512bw", extended7, ebx, 30, zmm},
    {"avx512vl", extended7, ebx, 31, zmm},
    {"avx512vbmi", extended7, ecx, 1, zmm},
    {"pku", extended7, ecx, 4, none},  // OSPKE: usable, not merely present
    {"waitpkg", extended7, ecx, 5, none},
    {"avx512vbmi2", extended7, ecx, 6, zmm},
    {"shstk", extended7, ecx, 7, none},
    {"gfni", extended7, ecx, 8, none},
    {"vaes", extended7, ecx, 9, ymm},
    {"vpclmulqdq", extended7, ecx, 10, ymm},
    {"avx512vnni", extended7, ecx, 11, zmm},
    {"avx512bitalg", extended7, ecx, 12, zmm},
    {"avx512vpopcntdq", extended7, ecx, 14, zmm},
    {"rdpid", extended7, ecx, 22, none},
    {"cldemote", extended7, ecx, 25, none},
    {"movdiri", extended7, ecx, 27, none},
    {"movdir64b", extended7, ecx, 28, none},
    {"enqcmd", extended7, ecx, 29, none},
    {"uintr", extended7, edx, 5, none},
    {"avx512vp2intersect", extended7, edx, 8, zmm},
    {"serialize", extended7, edx, 14, none},
    {"tsxldtrk", extended7, edx, 16, none},
    {"pconfig", extended7, edx, 18, none},
    {"amx-bf16", extended7, edx, 22, tile},
    {"avx512fp16", extended7, edx, 23, zmm},
    {"amx-tile", extended7, edx, 24, tile},
    {"amx-int8", extended7, edx, 25, tile},
    {"sha512", extended7_1, eax, 0, ymm},
    {"sm3", extended7_1, eax, 1, ymm},
    {"sm4", extended7_1, eax, 2, ymm},
    {"avxvnni", extended7_1, eax, 4, ymm},
    {"avx512bf16", extended7_1, eax, 5, zmm},
    {"cmpccxadd", extended7_1, eax, 7, none},
    {"amx-fp16", extended7_1, eax, 21, tile},
    {"hreset", extended7_1, eax, 22, none},
    {"avxifma", extended7_1, eax, 23, ymm},
    {"avxvnniint8", extended7_1, edx, 4, ymm},
    {"avxneconvert", extended7_1, edx, 5, ymm},
    {"amx-complex", extended7_1, edx, 8, tile},
    {"avxvnniint16", extended7_1, edx, 10, ymm},
    {"prefetchi", extended7_1, edx, 14, none},
    {"ptwrite", trace, ebx, 4, none},
    {"kl", extended7, ecx, 23, none},
    {"xsaveopt", xsave_1, eax, 0, none},
    {"xsavec", xsave_1, eax, 1, none},
    {"xsaves", xsave_1, eax, 3, none},
    {"sahf", amd, ecx, 0, none},
    {"lzcnt", amd, ecx, 5, none},
    {"sse4a", amd, ecx, 6, none},
    {"prfchw", amd, ecx, 8, none},
    {"xop", amd, ecx, 11, ymm},
    {"lwp", amd, ecx, 15, none},
    {"fma4", amd, ecx, 16, ymm},
    {"tbm", amd, ecx, 21, none},
    {"mwaitx", amd, ecx, 29, none},
    {"clzero", amd_sizes, ebx, 0, none},
    {"rdpru", amd_sizes, ebx, 4, none},
    {"wbnoinvd", amd_sizes, ebx, 9, none},
};

// Linux saves tiles for processes that asked for them (Documentation/arch/x86/xstate.rst).
#if defined(__linux__)
constexpr long kTileData = 18, kGetSupported = 0x1021, kRequestPermission = 0x1023;
bool system_knows_tiles() {
  uint64_t supported = 0;
  return syscall(SYS_arch_prctl, kGetSupported, &supported) == 0 && (supported >> kTileData & 1);
}
bool permits_tiles() {
  static const bool permitted = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return permitted;
}
#else
bool system_knows_tiles() { return false; }
bool permits_tiles() { return false; }
#endif

struct Machine {
  uint32_t registers[num_leaves][4] = {};
  bool saves[4] = {true, false, false, false};  // by State

  Machine() {
    read(basic, 1, 0);
    read(extended7, 7, 0);
    if (registers[extended7][eax] >= 1) read(extended7_1, 7, 1);
    read(xsave_1, 13, 1);
    read(trace, 20, 0);
    read(amd, 0x80000001u, 0);
    read(amd_sizes, 0x80000008u, 0);
    const bool os_uses_xsave = registers[basic][ecx] >> 27 & 1;
    if (!os_uses_xsave) return;
    uint32_t low = 0, high = 0;
    asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    saves[ymm] = (low & 0x6u) == 0x6u;
    saves[zmm] = (low & 0xe6u) == 0xe6u;
    saves[tile] = (low & 0x60000u) == 0x60000u && system_knows_tiles();
  }

  void read(Leaf leaf, uint32_t number, uint32_t subleaf) {
    uint32_t *r = registers[leaf];
    if (!__get_cpuid_count(number, subleaf, &r[eax], &r[ebx], &r[ecx], &r[edx])) std::fill_n(r, 4, 0u);
  }

  bool has(const Feature &feature) const {
    return (registers[feature.leaf][feature.reg] >> feature.bit & 1) && saves[feature.state];
  }
};

// Names that LLVM keeps in the same list but that never make an instruction illegal.
bool is_tuning(std::string_view name) {
  for (std::string_view prefix :
       {"prefer-", "fast-", "slow-",   "tuning-", "use-",   "no-",     "false-deps-", "idivl-",    "idivq-",  "lea-",
        "pad-",    "sbb-",  "faster-", "inc-",    "allow-", "branch-", "lvi-",        "retpoline", "harden-", "seses"})
    if (name.starts_with(prefix)) return true;
  for (std::string_view word :
       {"64bit", "64bit-mode", "x87", "evex512", "macrofusion", "branchfusion", "ermsb", "fsrm", "vzeroupper", "nopl"})
    if (name == word) return true;
  return false;
}

const Machine &machine() {
  static const Machine machine;
  return machine;
}

bool is_known(std::string_view name) {
  for (const Feature &feature : kFeatures)
    if (feature.name == name) return machine().has(feature);
  return is_tuning(name);
}

bool is_available(std::string_view name) { return is_known(name) && (!name.starts_with("amx-") || permits_tiles()); }

std::string identity() {
  std::string bytes;
  auto add = [&](uint32_t word) { bytes.append(reinterpret_cast<const char *>(&word), sizeof(word)); };
  uint32_t r[4] = {};
  __get_cpuid(0, &r[eax], &r[ebx], &r[ecx], &r[edx]);  // the maker's name
  for (Register reg : {ebx, ecx, edx}) add(r[reg]);
  for (int leaf = 0; leaf < num_leaves; ++leaf)
    for (Register reg : {eax, ebx, ecx, edx})
      // Says on which core it was asked.
      if (leaf != basic || reg != ebx) add(machine().registers[leaf][reg]);
  for (bool saved : machine().saves) add(saved);
  return bytes;
}

#else

bool is_known(std::string_view) { return true; }
bool is_available(std::string_view) { return true; }
std::string identity() { return {}; }

#endif

}  // namespace

bool knows_cpu_feature(std::string_view name) { return is_known(name); }

const std::string &cpu_identity() {
  static const std::string bytes = identity();
  return bytes;
}

std::string_view first_missing_cpu_feature(std::string_view features) {
  while (!features.empty()) {
    const size_t comma = std::min(features.find(','), features.size());
    std::string_view name = features.substr(0, comma);
    features.remove_prefix(std::min(comma + 1, features.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.empty() || name.front() == '-') continue;
    if (name.front() == '+') name.remove_prefix(1);
    if (!is_available(name)) return name;
  }
  return {};
}

void require_cpu_features(std::string_view features, std::string_view program) {
  const std::string_view missing = first_missing_cpu_feature(features);
  if (missing.empty()) return;
  throw UserError("program '" + std::string(program) + "' was compiled for CPU features [" + std::string(features) +
                  "], but this machine lacks '" + std::string(missing) + "'; compile it for an older CPU");
}

}  // namespace etch::runtime
