// Bodies that are translated through the table become the LLVM IR that MLIR's translation makes of them.
#include <catch2/catch.hpp>

#include "codegen/Pipeline.h"
#include "codegen/cpu/TranslateBodies.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"

using namespace etch::codegen;

namespace {

constexpr const char *kIntegers = R"(
  llvm.func @integers(%i: i64, %j: i64, %v: vector<4xi32>) -> i64 attributes {passthrough = ["stackrealign"], sym_visibility = "private"} {
    %c = llvm.mlir.constant(3 : i64) : i64
    %true = llvm.mlir.constant(true) : i1
    %0 = llvm.add %i, %j overflow<nsw> : i64
    %1 = llvm.sub %0, %c overflow<nuw> : i64
    %2 = llvm.mul %1, %j overflow<nsw, nuw> : i64
    %3 = llvm.sdiv exact %2, %c : i64
    %4 = llvm.udiv %3, %c : i64
    %5 = llvm.srem %4, %j : i64
    %6 = llvm.urem %5, %j : i64
    %7 = llvm.and %6, %i : i64
    %8 = llvm.or disjoint %7, %i : i64
    %9 = llvm.xor %8, %c : i64
    %10 = llvm.shl %9, %c overflow<nsw> : i64
    %11 = llvm.lshr exact %10, %c : i64
    %12 = llvm.ashr %11, %c : i64
    %13 = llvm.intr.smax(%12, %i) : (i64, i64) -> i64
    %14 = llvm.intr.smin(%13, %i) : (i64, i64) -> i64
    %15 = llvm.intr.umax(%14, %i) : (i64, i64) -> i64
    %16 = llvm.intr.umin(%15, %i) : (i64, i64) -> i64
    %17 = llvm.intr.ctpop(%16) : (i64) -> i64
    %18 = llvm.trunc %17 overflow<nuw> : i64 to i8
    %19 = llvm.sext %18 : i8 to i32
    %20 = llvm.zext nneg %19 : i32 to i64
    %21 = llvm.icmp "ult" %20, %i : i64
    %22 = llvm.and %21, %true : i1
    %23 = llvm.select %22, %20, %c : i1, i64
    %24 = llvm.add %c, %c : i64
    %25 = llvm.add %23, %24 : i64
    %w = llvm.mlir.constant(dense<[1, 2, -3, 4]> : vector<4xi32>) : vector<4xi32>
    %s = llvm.mlir.constant(dense<7> : vector<4xi32>) : vector<4xi32>
    %26 = llvm.add %v, %w : vector<4xi32>
    %27 = llvm.icmp "sgt" %26, %s : vector<4xi32>
    %28 = llvm.select %27, %26, %s : vector<4xi1>, vector<4xi32>
    %29 = llvm.extractelement %28[%c : i64] : vector<4xi32>
    %30 = llvm.sext %29 : i32 to i64
    %31 = llvm.add %25, %30 : i64
    llvm.return %31 : i64
  }
)";

constexpr const char *kFloats = R"(
  llvm.func @floats(%x: f32, %y: f64, %i: i64, %v: vector<16xf32>) -> vector<16xf32> {
    %c = llvm.mlir.constant(1.5 : f32) : f32
    %0 = llvm.fadd %x, %c {fastmathFlags = #llvm.fastmath<contract>} : f32
    %1 = llvm.fsub %0, %x {fastmathFlags = #llvm.fastmath<fast>} : f32
    %2 = llvm.fmul %1, %x {fastmathFlags = #llvm.fastmath<nnan, ninf, nsz, arcp, afn, reassoc>} : f32
    %3 = llvm.fdiv %2, %x : f32
    %4 = llvm.frem %3, %x : f32
    %5 = llvm.fneg %4 : f32
    %6 = llvm.intr.maximum(%5, %x) {fastmathFlags = #llvm.fastmath<nsz>} : (f32, f32) -> f32
    %7 = llvm.intr.minimum(%6, %x) : (f32, f32) -> f32
    %8 = llvm.intr.fma(%7, %x, %x) : (f32, f32, f32) -> f32
    %9 = llvm.intr.fabs(%8) : (f32) -> f32
    %10 = llvm.intr.copysign(%9, %x) : (f32, f32) -> f32
    %11 = llvm.intr.sqrt(%10) : (f32) -> f32
    %12 = llvm.intr.roundeven(%11) : (f32) -> f32
    %13 = llvm.intr.trunc(%12) : (f32) -> f32
    %14 = llvm.intr.floor(%13) : (f32) -> f32
    %15 = llvm.intr.ceil(%14) : (f32) -> f32
    %16 = llvm.fpext %15 : f32 to f64
    %17 = llvm.fadd %16, %y : f64
    %18 = llvm.fptrunc %17 : f64 to f32
    %19 = llvm.fptosi %18 : f32 to i64
    %20 = llvm.fptoui %18 : f32 to i64
    %21 = llvm.add %19, %20 : i64
    %22 = llvm.sitofp %21 : i64 to f32
    %23 = llvm.uitofp nneg %i : i64 to f32
    %24 = llvm.fcmp "ugt" %22, %23 {fastmathFlags = #llvm.fastmath<contract>} : f32
    %25 = llvm.select %24, %22, %23 {fastmathFlags = #llvm.fastmath<nnan>} : i1, f32
    %p = llvm.mlir.poison : vector<16xf32>
    %u = llvm.mlir.undef : vector<16xf32>
    %z = llvm.mlir.zero : vector<16xf32>
    %l = llvm.mlir.constant(0 : i32) : i32
    %26 = llvm.insertelement %25, %p[%l : i32] : vector<16xf32>
    %27 = llvm.shufflevector %26, %u [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 17] : vector<16xf32>
    %28 = llvm.fadd %27, %z : vector<16xf32>
    %t = llvm.mlir.constant(dense<0xFF800000> : vector<16xf32>) : vector<16xf32>
    %29 = llvm.fadd %28, %t : vector<16xf32>
    %a = llvm.mlir.constant(-1 : i16) : i16
    %r = llvm.mlir.constant(4 : i32) : i32
    %30 = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%29, %v, %29, %a, %r) {fastmathFlags = #llvm.fastmath<contract>} : (vector<16xf32>, vector<16xf32>, vector<16xf32>, i16, i32) -> vector<16xf32>
    %31 = llvm.bitcast %30 : vector<16xf32> to vector<16xi32>
    %32 = llvm.bitcast %31 : vector<16xi32> to vector<16xf32>
    llvm.return %32 : vector<16xf32>
  }
)";

constexpr const char *kMemory = R"(
  llvm.mlir.global private constant @table(dense<[1.0, 2.0]> : tensor<2xf32>) : !llvm.array<2 x f32>
  llvm.func @outside(!llvm.ptr, i64) -> f32
  llvm.func @memory(%p: !llvm.ptr, %n: i64, %m: vector<16xi1>) {
    %size = llvm.mlir.constant(64 : i64) : i64
    %a = llvm.alloca %size x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
    %0 = llvm.getelementptr %p[%n] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %1 = llvm.getelementptr inbounds %p[0, 1] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(ptr, i64)>
    %2 = llvm.load %1 invariant {alignment = 8 : i64} : !llvm.ptr -> i64
    %3 = llvm.load %0 {alignment = 4 : i64, nontemporal} : !llvm.ptr -> vector<16xf32>
    %4 = llvm.load %0 : !llvm.ptr -> f32
    %5 = llvm.intr.masked.load %0, %m, %3 {alignment = 4 : i32} : (!llvm.ptr, vector<16xi1>, vector<16xf32>) -> vector<16xf32>
    llvm.intr.masked.store %5, %a, %m {alignment = 4 : i32} : vector<16xf32>, vector<16xi1> into !llvm.ptr
    llvm.store %3, %0 {alignment = 4 : i64, nontemporal} : vector<16xf32>, !llvm.ptr
    llvm.store %4, %p : f32, !llvm.ptr
    %6 = llvm.mlir.addressof @table : !llvm.ptr
    %7 = llvm.mlir.addressof @memory : !llvm.ptr
    %8 = llvm.ptrtoint %7 : !llvm.ptr to i64
    %9 = llvm.call @outside(%6, %8) : (!llvm.ptr, i64) -> f32
    llvm.store %9, %p : f32, !llvm.ptr
    llvm.call @memory(%6, %2, %m) : (!llvm.ptr, i64, vector<16xi1>) -> ()
    llvm.return
  }
)";

// The block behind the loop is written before it, and one block passes its argument on to two.
constexpr const char *kBlocks = R"(
  llvm.func @blocks(%p: !llvm.ptr, %n: i64) -> i64 {
    %zero = llvm.mlir.constant(0 : i64) : i64
    %one = llvm.mlir.constant(1 : i64) : i64
    llvm.br ^head(%zero, %n : i64, i64)
  ^end(%result: i64):
    llvm.return %result : i64
  ^head(%i: i64, %s: i64):
    %more = llvm.icmp "slt" %i, %n : i64
    llvm.cond_br %more, ^body(%s : i64), ^end(%s : i64)
  ^body(%t: i64):
    %next = llvm.add %i, %one : i64
    %sum = llvm.add %t, %i : i64
    llvm.br ^head(%next, %sum : i64, i64)
  }
)";

// What the table leaves to MLIR: orders of memory, promises of calls, one block twice behind a branch, ops that few
// programs have.
constexpr const char *kOthers[] = {R"(
  llvm.func @other(%p: !llvm.ptr) -> i64 {
    %0 = llvm.load %p atomic monotonic {alignment = 8 : i64} : !llvm.ptr -> i64
    llvm.return %0 : i64
  })",
                                   R"(
  llvm.func @other(%p: !llvm.ptr, %x: i64) {
    llvm.store volatile %x, %p : i64, !llvm.ptr
    llvm.return
  })",
                                   R"(
  llvm.func @other(%p: !llvm.ptr) {
    llvm.call @other(%p) {no_unwind} : (!llvm.ptr) -> ()
    llvm.return
  })",
                                   R"(
  llvm.func @other(%p: !llvm.ptr) {
    llvm.call %p() : !llvm.ptr, () -> ()
    llvm.return
  })",
                                   R"(
  llvm.func @other(%c: i1, %x: i64, %y: i64) -> i64 {
    llvm.cond_br %c, ^end(%x : i64), ^end(%y : i64)
  ^end(%z: i64):
    llvm.return %z : i64
  })",
                                   R"(
  llvm.func @other(%p: !llvm.ptr, %q: !llvm.ptr, %n: i64) {
    "llvm.intr.memcpy"(%p, %q, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
    llvm.return
  })",
                                   R"(
  llvm.func @other(%p: !llvm.ptr) attributes {section = "here"} {
    llvm.return
  })"};

using Translate = std::unique_ptr<llvm::Module> (*)(mlir::ModuleOp, llvm::LLVMContext &);

std::string translated(mlir::ModuleOp module, Translate translate) {
  llvm::LLVMContext context;
  auto ir = translate(module, context);
  REQUIRE(ir);
  std::string text;
  llvm::raw_string_ostream os(text);
  ir->print(os, nullptr);
  return text;
}

std::unique_ptr<llvm::Module> byMLIR(mlir::ModuleOp module, llvm::LLVMContext &context) {
  return mlir::translateModuleToLLVMIR(module, context, "etch");
}

}  // namespace

TEST_CASE("bodies of ops in the table become what MLIR's translation makes of them") {
  auto context = createContext();
  for (const char *text : {kIntegers, kFloats, kMemory, kBlocks}) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
    REQUIRE(module);
    for (auto function : module->getOps<mlir::LLVM::LLVMFuncOp>())
      CHECK(isTranslatedByTable(function) == !function.isExternal());
    const std::string expected = translated(*module, byMLIR);
    CHECK(translated(*module, translateToLLVMIR) == expected);
    CHECK(translated(*module, byMLIR) == expected);  // the module is as it was
  }
}

TEST_CASE("bodies with other ops and attributes are left to MLIR") {
  auto context = createContext();
  for (const char *text : kOthers) {
    INFO(text);
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
    REQUIRE(module);
    CHECK_FALSE(isTranslatedByTable(*module->getOps<mlir::LLVM::LLVMFuncOp>().begin()));
    CHECK(translated(*module, translateToLLVMIR) == translated(*module, byMLIR));
  }
}
