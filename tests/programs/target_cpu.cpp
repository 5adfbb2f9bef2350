// ETCH_TARGET_CPU: a machine that computes what a smaller one would.
#include <catch2/catch.hpp>

#include "frontend/function/kernel_pack.h"
#include "tests/programs/cache_client/client.h"
#include "tests/unit/io_temporary.h"

using namespace etch::test;
using etch::detail::KernelPack;

TEST_CASE("code for another processor is kept apart on disk", "[target_cpu]") {
  TemporaryDirectory folder;
  const std::string here = in(folder.path()) + " ETCH_KERNEL_PACK=", there = here + " ETCH_TARGET_CPU=x86-64-v2";
  const std::string native = client(here, "gemm");
  CHECK(has(native, "source: compiler"));
  const std::string small = client(there, "gemm");
  CHECK(has(small, "source: compiler"));
  CHECK(has(client(there, "gemm"), "source: disk"));
  CHECK(has(client(here, "gemm"), "source: disk"));
  CHECK(results(small) == results(native));  // whole numbers
}

TEST_CASE("the kernel pack is the one for the chosen processor", "[target_cpu]") {
  for (std::string target : {"x86-64-v3", "x86-64-v4"}) {
    if (!KernelPack::runs_here(target)) continue;
    const std::string setting = "ETCH_CACHE_DIR= ETCH_TARGET_CPU=" + target;
    CHECK(has(client(setting, "ops"), "llvm: not loaded"));
    const std::string output = client(setting, "routines");
    CHECK(has(output, "routine: "));
    CHECK(has(output, "-" + target + "\n"));
  }
  // No pack is made for others.
  CHECK(has(client("ETCH_CACHE_DIR= ETCH_TARGET_CPU=x86-64-v2", "gemm"), "llvm: loaded"));
}

TEST_CASE("what is no processor, and one with more than this machine has, are refused", "[target_cpu]") {
  CHECK(has(client("ETCH_CACHE_DIR= ETCH_TARGET_CPU=pentium9", "gemm || true"),
            "ETCH_TARGET_CPU: unknown CPU 'pentium9'"));
  CHECK(has(client("ETCH_CACHE_DIR= ETCH_TARGET_CPU=i386", "gemm || true"),
            "ETCH_TARGET_CPU: the CPU 'i386' runs no code of 64 bits"));
  // The last of a line whose instructions nothing else ever had.
  CHECK(has(client("ETCH_CACHE_DIR= ETCH_TARGET_CPU=bdver4", "gemm || true"),
            "ETCH_TARGET_CPU: code for 'bdver4' needs '"));
}
