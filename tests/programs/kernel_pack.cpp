// The code of common ops that comes with Etch: no compiler in the process, and the compiler's bits.
#include "frontend/function/kernel_pack.h"

#include <catch2/catch.hpp>

#include "tests/programs/cache_client/client.h"
#include "tests/unit/io_temporary.h"

using namespace etch::test;
using etch::detail::KernelPack;

namespace {

constexpr const char *kCompiled = "ETCH_CACHE=0 ETCH_KERNEL_PACK=";

std::string pack_setting(const std::string &target) {
  return "ETCH_CACHE_DIR= ETCH_KERNEL_PACK=" + std::string(ETCH_PACK_DIR) + "/" + KernelPack::file_name(target);
}

/// What a client said of routines.
std::vector<std::string> routines(const std::string &output) {
  static constexpr std::string_view kBegin = "routine: ";
  std::vector<std::string> names;
  for (size_t at = output.find(kBegin); at != std::string::npos; at = output.find(kBegin, at)) {
    at += kBegin.size();
    names.push_back(output.substr(at, output.find('\n', at) - at));
  }
  return names;
}

}  // namespace

TEST_CASE("every op of the packs gives the bits that the compiler's code gives, without the compiler") {
  const std::string compiled = client(kCompiled, "ops");
  CHECK(has(compiled, "llvm: loaded"));
  for (std::string target : {"x86-64-v3", "x86-64-v4"}) {
    if (!KernelPack::runs_here(target)) {
      WARN("this machine cannot run the pack for " << target);
      continue;
    }
    const std::string packed = client(pack_setting(target), "ops");
    CHECK(has(packed, "llvm: not loaded"));
    CHECK(results(packed) == results(compiled));
  }
}

TEST_CASE("the pack beside libetch is found") { CHECK(has(client("ETCH_CACHE_DIR=", "ops"), "llvm: not loaded")); }

TEST_CASE("programs that are compiled call the routines of the best pack; their bits are those of the compiler's") {
  const std::string compiled = client(kCompiled, "routines");
  for (std::string name : routines(compiled)) CHECK_FALSE(has(name, "x86-64"));
  bool is_best = true;
  for (std::string target : {"x86-64-v4", "x86-64-v3"}) {
    if (!KernelPack::runs_here(target)) continue;
    const std::string output = client(pack_setting(target), "routines");
    CHECK(routines(output).size() > 60);  // a product, and math functions in several widths
    for (std::string name : routines(output))
      if (!name.ends_with("_amx")) CHECK(has(name, "-") == is_best);  // the pack has no products with AMX
    CHECK(results(output) == results(compiled));
    is_best = false;
  }
}

TEST_CASE("ETCH_CACHE=0 compiles programs, which call the routines of the pack") {
  if (!KernelPack::runs_here("x86-64-v3")) return;
  const std::string output = client("ETCH_CACHE=0", "gemm");
  CHECK(has(output, "llvm: loaded"));
  CHECK(results(output) == results(client(kCompiled, "gemm")));
  CHECK(has(client("ETCH_CACHE=0", "routines"), "routine: etch_shared_gemm_i32-x86-64-v"));
}

TEST_CASE("without a pack, and with a file that is none, ops are compiled") {
  TemporaryDirectory folder;
  const std::string expected = results(client(kCompiled, "gemm"));
  for (std::string pack : {std::string(), std::string("/no/such/file"), folder.write("pack", "no pack").string()}) {
    const std::string output = client("ETCH_CACHE_DIR= ETCH_KERNEL_PACK=" + pack, "gemm");
    CHECK(has(output, "llvm: loaded"));
    CHECK(results(output) == expected);
  }
}

TEST_CASE("a pack finds what was written into it") {
  TemporaryDirectory folder;
  const std::map<std::string, std::string> values = {{"a", "one"}, {"b", ""}, {std::string("\0c", 2), "three"}};
  const std::string bytes = KernelPack::write("x86-64-v3", values);
  auto pack = KernelPack::open(folder.write("pack", bytes).string());
  REQUIRE(pack);
  CHECK(pack->target() == "x86-64-v3");
  CHECK(pack->size() == 3);
  CHECK(pack->longest_key() == 2);
  for (const auto &[key, value] : values) CHECK(pack->find(key) == value);
  CHECK_FALSE(pack->find("c"));
  // Cut off, it has less or is none.
  for (size_t size = 0; size < bytes.size(); ++size) {
    auto part = KernelPack::open(folder.write("part", bytes.substr(0, size)).string());
    if (!part) continue;
    for (const auto &[key, value] : values)
      if (auto found = part->find(key)) CHECK(*found == value);
  }
}
