// Loops, and ops with a counterpart in the LLVM dialect, become what MLIR's own conversions make of them.
#include <catch2/catch.hpp>

#include "codegen/Pipeline.h"
#include "codegen/cpu/LowerLoops.h"
#include "codegen/cpu/LowerPlainOps.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace etch::codegen;

namespace {

constexpr const char *kNumbers = R"(
  func.func private @numbers(%p: !llvm.ptr, %i: i64, %j: i64, %x: f32, %y: f64) -> i64 attributes {passthrough = ["stackrealign"]} {
    %c = arith.constant 3 : i64
    %0 = arith.addi %i, %j overflow<nsw> : i64
    %1 = arith.subi %0, %c : i64
    %2 = arith.muli %1, %j overflow<nsw, nuw> : i64
    %3 = arith.divsi %2, %c : i64
    %4 = arith.divui %3, %c : i64
    %5 = arith.remsi %4, %j : i64
    %6 = arith.remui %5, %j : i64
    %7 = arith.andi %6, %i : i64
    %8 = arith.ori %7, %i : i64
    %9 = arith.xori %8, %i : i64
    %10 = arith.shli %9, %c : i64
    %11 = arith.shrui %10, %c : i64
    %12 = arith.shrsi %11, %c : i64
    %13 = arith.maxsi %12, %i : i64
    %14 = arith.minsi %13, %i : i64
    %15 = arith.maxui %14, %i : i64
    %16 = arith.minui %15, %i : i64
    %17 = math.ctpop %16 : i64
    %18 = arith.trunci %17 : i64 to i8
    %19 = arith.extsi %18 : i8 to i32
    %20 = arith.extui %19 : i32 to i64
    %21 = arith.sitofp %20 : i64 to f32
    %22 = arith.uitofp %20 : i64 to f32
    %23 = arith.addf %21, %22 fastmath<contract> : f32
    %24 = arith.subf %23, %x : f32
    %25 = arith.mulf %24, %x fastmath<contract,nsz> : f32
    %26 = arith.divf %25, %x : f32
    %27 = arith.remf %26, %x : f32
    %28 = arith.negf %27 : f32
    %29 = arith.maximumf %28, %x fastmath<nsz> : f32
    %30 = arith.minimumf %29, %x : f32
    %31 = math.fma %30, %x, %x : f32
    %32 = math.absf %31 : f32
    %33 = math.copysign %32, %x : f32
    %34 = math.sqrt %33 : f32
    %35 = math.roundeven %34 : f32
    %36 = math.trunc %35 : f32
    %37 = math.floor %36 : f32
    %38 = math.ceil %37 : f32
    %39 = arith.extf %38 : f32 to f64
    %40 = arith.addf %39, %y : f64
    %41 = arith.truncf %40 : f64 to f32
    %42 = arith.fptosi %41 : f32 to i32
    %43 = arith.fptoui %41 : f32 to i32
    %44 = arith.bitcast %43 : i32 to f32
    %45 = arith.cmpf une, %44, %x : f32
    %46 = arith.cmpf ugt, %44, %x fastmath<contract> : f32
    %47 = arith.ori %45, %46 : i1
    %48 = arith.select %47, %42, %43 : i32
    %49 = arith.extsi %48 : i32 to i64
    return %49 : i64
  }
)";

constexpr const char *kVectors = R"(
  func.func private @vectors(%p: !llvm.ptr, %x: f32, %i: i32, %v: vector<4xf32>) {
    %d = arith.constant dense<7> : vector<4xi32>
    %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : vector<4xf32>
    %0 = vector.broadcast %x : f32 to vector<4xf32>
    %1 = arith.mulf %0, %c fastmath<contract> : vector<4xf32>
    %2 = vector.shuffle %1, %0 [0, 5, 2, 7] : vector<4xf32>, vector<4xf32>
    %3 = vector.extract %v[1] : f32 from vector<4xf32>
    %4 = vector.insert %3, %2 [0] : f32 into vector<4xf32>
    %5 = vector.broadcast %i : i32 to vector<4xi32>
    %6 = arith.cmpi sgt, %5, %d : vector<4xi32>
    %7 = arith.cmpi ult, %5, %d : vector<4xi32>
    %8 = arith.andi %6, %7 : vector<4xi1>
    %9 = arith.select %8, %4, %c : vector<4xi1>, vector<4xf32>
    llvm.store %9, %p {alignment = 4 : i64} : vector<4xf32>, !llvm.ptr
    return
  }
)";

constexpr const char *kControl = R"(
  func.func private @split((!llvm.ptr, i64, i64) -> (), !llvm.ptr, i64)
  func.func private @kernel(%p: !llvm.ptr, %first: i64, %last: i64) {
    %one = arith.constant 1 : i64
    cf.br ^head(%first : i64)
  ^head(%i: i64):
    %more = arith.cmpi slt, %i, %last : i64
    cf.cond_br %more, ^body, ^end
  ^body:
    %next = arith.addi %i, %one : i64
    cf.br ^head(%next : i64)
  ^end:
    return
  }
  func.func @entry(%p: !llvm.ptr, %n: i64) -> i32 {
    %zero = arith.constant 0 : i64
    %f = func.constant @kernel : (!llvm.ptr, i64, i64) -> ()
    call @split(%f, %p, %n) : ((!llvm.ptr, i64, i64) -> (), !llvm.ptr, i64) -> ()
    %g = builtin.unrealized_conversion_cast %f : (!llvm.ptr, i64, i64) -> () to !llvm.ptr
    llvm.store %g, %p : !llvm.ptr, !llvm.ptr
    call @kernel(%p, %zero, %n) : (!llvm.ptr, i64, i64) -> ()
    %r = arith.constant 0 : i32
    return %r : i32
  }
)";

constexpr const char *kLoops = R"(
  func.func private @sum(%p: !llvm.ptr, %n: i64, %more: i1) -> f32 {
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %nothing = arith.constant 0.0 : f32
    %sum, %last = scf.for %i = %zero to %n step %one iter_args(%s = %nothing, %l = %zero) -> (f32, i64) : i64 {
      %inner = scf.for %j = %i to %n step %one iter_args(%t = %s) -> (f32) : i64 {
        scf.if %more {
          llvm.store %t, %p : f32, !llvm.ptr
        } else {
          llvm.store %l, %p : i64, !llvm.ptr
        }
        scf.if %more {
          llvm.store %j, %p : i64, !llvm.ptr
        }
        %x = llvm.load %p : !llvm.ptr -> f32
        %next = arith.addf %t, %x : f32
        scf.yield %next : f32
      }
      scf.yield %inner, %i : f32, i64
    }
    return %sum : f32
  }
)";

mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string &text, mlir::MLIRContext &context) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  REQUIRE(module);
  return module;
}

std::string textOf(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  return text;
}

/// In LLVM IR, where constants have no place of their own.
std::string translated(mlir::ModuleOp module) {
  llvm::LLVMContext context;
  auto ir = mlir::translateModuleToLLVMIR(module, context);
  REQUIRE(ir);
  std::string text;
  llvm::raw_string_ostream os(text);
  ir->print(os, nullptr);
  return text;
}

/// By MLIR's conversions.
std::string converted(const std::string &text, mlir::MLIRContext &context) {
  auto module = parse(text, context);
  mlir::PassManager manager(&context);
  manager.addPass(mlir::createSCFToControlFlowPass());
  manager.addPass(mlir::createArithToLLVMConversionPass());
  manager.addPass(mlir::createConvertMathToLLVMPass());
  manager.addPass(mlir::createConvertVectorToLLVMPass());
  manager.addPass(mlir::createConvertControlFlowToLLVMPass());
  manager.addPass(mlir::createConvertFuncToLLVMPass());
  manager.addPass(mlir::createReconcileUnrealizedCastsPass());
  REQUIRE(succeeded(manager.run(*module)));
  return translated(*module);
}

}  // namespace

TEST_CASE("loops and plain ops become what MLIR's conversions make of them, and nothing is left for those") {
  auto context = createContext();
  for (const char *text : {kNumbers, kVectors, kControl, kLoops}) {
    auto module = parse(text, *context);
    CHECK_FALSE(isLowered(*module));
    lowerLoops(*module);
    lowerPlainOps(*module);
    CHECK(isLowered(*module));
    CHECK(translated(*module) == converted(text, *context));
  }
}

TEST_CASE("a choice with results meets in a block that has them as arguments") {
  auto context = createContext();
  auto module = parse(
      "func.func private @f(%more: i1, %x: f32, %y: f32) -> f32 {\n"
      "  %0 = scf.if %more -> f32 {\n    scf.yield %x : f32\n  } else {\n    scf.yield %y : f32\n  }\n"
      "  return %0 : f32\n}\n",
      *context);
  lowerLoops(*module);
  lowerPlainOps(*module);
  CHECK(isLowered(*module));
  CHECK(translated(*module).find("= phi float [ %") != std::string::npos);
}

TEST_CASE("a constant is made once a function, and so is a number in all lanes") {
  auto context = createContext();
  auto module = parse(
      "func.func private @f(%x: vector<4xf32>) -> vector<4xf32> {\n"
      "  %0 = arith.constant 2.0 : f32\n  %1 = arith.constant 2.0 : f32\n"
      "  %2 = vector.broadcast %0 : f32 to vector<4xf32>\n"
      "  %3 = arith.constant dense<2.0> : vector<4xf32>\n"
      "  %4 = arith.addf %x, %2 : vector<4xf32>\n  %5 = arith.mulf %4, %3 : vector<4xf32>\n"
      "  return %5 : vector<4xf32>\n}\n",
      *context);
  lowerPlainOps(*module);
  const std::string text = textOf(*module);
  const std::string constant = "llvm.mlir.constant(dense<2.0";
  CHECK(text.find(constant) == text.rfind(constant));
  CHECK(text.find(constant) != std::string::npos);
  CHECK(text.find("llvm.shufflevector") == std::string::npos);
}

TEST_CASE("functions with values of other types are left as they are, and so are ops without a counterpart") {
  auto context = createContext();
  const std::string twoAxes =
      "func.func private @f(%x: vector<2x4xf32>) -> vector<2x4xf32> {\n"
      "  %0 = arith.addf %x, %x : vector<2x4xf32>\n  return %0 : vector<2x4xf32>\n}\n";
  auto module = parse(twoAxes, *context);
  const std::string before = textOf(*module);
  lowerPlainOps(*module);
  CHECK(textOf(*module) == before);
  auto sum = parse(
      "func.func private @f(%x: vector<4xf32>) -> f32 {\n"
      "  %0 = vector.reduction <add>, %x : vector<4xf32> into f32\n  return %0 : f32\n}\n",
      *context);
  lowerPlainOps(*sum);
  CHECK_FALSE(isLowered(*sum));
  CHECK(textOf(*sum).find("llvm.return") != std::string::npos);
}
