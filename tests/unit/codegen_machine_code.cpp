// Which of LLVM's passes run for a first call, and which for code that is kept.
#include <catch2/catch.hpp>

#include "codegen/cpu/MachineCode.h"
#include "codegen/cpu/Target.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Pass.h"
#include "llvm/Support/raw_ostream.h"

using namespace etch::codegen;

namespace {

/// The names of the passes that LLVM's code generator has.
struct Names : llvm::legacy::PassManagerBase {
  std::vector<std::string> all;
  std::vector<std::unique_ptr<llvm::Pass>> passes;
  explicit Names(llvm::TargetMachine &machine) {
    llvm::MCContext *context = nullptr;
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    REQUIRE_FALSE(machine.addPassesToEmitMC(*this, context, stream, true));
  }
  void add(llvm::Pass *pass) override {
    all.push_back(pass->getPassName().str());
    passes.emplace_back(pass);
  }
};

/// The object of a function that multiplies a vector by a constant, made in a context of its own.
std::string objectOf(const std::string &name, float factor, ObjectEmitter &emitter) {
  llvm::LLVMContext context;
  llvm::Module module(name, context);
  llvm::TargetMachine &machine = targetMachine("native");
  module.setDataLayout(machine.createDataLayout());
  module.setTargetTriple(machine.getTargetTriple());
  llvm::Type *vector = llvm::FixedVectorType::get(llvm::Type::getFloatTy(context), 4);
  auto *function = llvm::Function::Create(llvm::FunctionType::get(vector, {vector}, false),
                                          llvm::Function::ExternalLinkage, name, module);
  llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "entry", function));
  b.CreateRet(b.CreateFMul(function->getArg(0), llvm::ConstantFP::get(vector, factor)));
  return emitter.emit(module);
}

}  // namespace

TEST_CASE("a first call does without schedulers and loop strength reduction, code that is kept has them") {
  Names names(targetMachine("native"));
  std::vector<std::string> leftOut;
  for (const std::string &name : names.all) {
    CHECK(runs(name, Effort::whole));
    if (!runs(name, Effort::firstCall)) leftOut.push_back(name);
  }
  CHECK(leftOut == std::vector<std::string>{"Canonicalize Freeze Instructions in Loops", "Loop Strength Reduction",
                                            "Machine Instruction Scheduler",
                                            "Post RA top-down list latency scheduler"});
}

TEST_CASE("of the passes over LLVM IR a first call does without the last two") {
  const std::string first = irPasses(Effort::firstCall), all = irPasses(Effort::whole);
  CHECK(all == first + ",early-cse,simplifycfg");
}

TEST_CASE("code for other processors and functions that ask for it have all passes") {
  llvm::LLVMContext context;
  llvm::Module module("kernels", context);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  auto *kernel = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "kernel", module);
  CHECK(effortFor(module, "native") == Effort::firstCall);
  CHECK(effortFor(module, "x86-64-v3") == Effort::whole);
  kernel->addFnAttr(kWholeEffort);
  CHECK(effortFor(module, "native") == Effort::whole);
}

TEST_CASE("hundreds of stores in a row are made without the passes that they are too much for, launches with them") {
  llvm::LLVMContext context;
  llvm::Module module("program", context);
  llvm::IRBuilder<> b(context);
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {b.getPtrTy()}, false);
  auto *kernel = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "kernel", module);
  auto *entry = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "entry", module);
  entry->addFnAttr(kWholeEffort);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "body", entry));
  for (int launch = 0; launch < 2000; ++launch) {
    for (int i = 0; i < 10; ++i) b.CreateStore(b.getInt32(i), entry->getArg(0));
    b.CreateCall(kernel, {entry->getArg(0)});
  }
  CHECK(effortFor(module, "native") == Effort::whole);
  for (int i = 0; i < 30; ++i)  // four vectors each
    b.CreateMemCpy(entry->getArg(0), llvm::MaybeAlign(4), entry->getArg(0), llvm::MaybeAlign(4), 256);
  CHECK(effortFor(module, "native") == Effort::whole);
  for (int i = 0; i < 30; ++i) b.CreateStore(b.getInt32(i), entry->getArg(0));
  CHECK(effortFor(module, "native") == Effort::firstCall);
  CHECK(effortFor(module, "x86-64-v3") == Effort::whole);
}

TEST_CASE("an emitter makes of each module what it would of the first") {
  ObjectEmitter kept(targetMachine("native"), Effort::firstCall);
  const std::string first = objectOf("f", 2, kept);
  objectOf("another", 3, kept);
  CHECK(objectOf("f", 2, kept) == first);
  CHECK(objectOf("f", 3, kept) != first);
  ObjectEmitter fresh(targetMachine("native"), Effort::firstCall);
  CHECK(objectOf("f", 2, fresh) == first);
  CHECK(&objectEmitter("native", Effort::whole) == &objectEmitter("native", Effort::whole));
  CHECK(&objectEmitter("native", Effort::whole) != &objectEmitter("native", Effort::firstCall));
}
