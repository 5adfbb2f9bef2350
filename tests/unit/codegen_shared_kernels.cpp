// The names by which programs find each other's kernels.
#include <catch2/catch.hpp>

#include "codegen/cpu/SharedKernels.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace etch::codegen;

TEST_CASE("kernels of one name are one function, which all launches call") {
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  auto module = llvm::parseAssemblyString(R"(
    declare void @mul(ptr, i64, i64)
    declare void @mul_1(ptr, i64, i64)
    declare void @add(ptr, i64, i64)
    define void @f_entry(ptr %p) {
      call void @mul(ptr %p, i64 0, i64 -1)
      call void @mul_1(ptr %p, i64 0, i64 -1)
      call void @add(ptr %p, i64 0, i64 -1)
      ret void
    })",
                                          error, context);
  REQUIRE(module);
  KernelSharing sharing;
  sharing.symbols["mul"] = sharing.symbols["mul_1"] = "etch_kernel_mul_0";
  sharing.symbols["add"] = "etch_kernel_add_1";
  nameSharedKernels(*module, sharing);
  REQUIRE(module->size() == 3);
  CHECK(module->getFunction("etch_kernel_mul_0")->getNumUses() == 2);
  CHECK(module->getFunction("etch_kernel_add_1")->getNumUses() == 1);
}
