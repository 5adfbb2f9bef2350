// What the constants of a program look like to the C code of the runtime (runtime/executable/abi.h).
#include <catch2/catch.hpp>

#include <cstddef>

#include "codegen/abi/ProgramDescriptor.h"
#include "codegen/cpu/Target.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/LLVMContext.h"
#include "runtime/executable/abi.h"

using namespace etch::codegen;

namespace {

ProgramInfo stepOf(int numVariables) {
  ProgramInfo info;
  info.name = "step";
  for (int i = 0; i < numVariables; ++i) {
    ValueInfo variable;
    variable.type = {etch::DType::f32, {2}};
    variable.isVariable = true;
    info.args.push_back(variable);
    variable.isVariable = false;
    variable.updates = i;
    info.results.push_back(variable);
  }
  return info;
}

}  // namespace

TEST_CASE("a program of 70,000 variables says which of them each result updates") {
  constexpr int kVariables = 70000;
  llvm::LLVMContext context;
  llvm::Module module("step", context);
  const llvm::DataLayout layout = targetMachine("native").createDataLayout();
  module.setDataLayout(layout);
  addProgramDescriptor(module, stepOf(kVariables), "");

  auto *program = llvm::cast<llvm::ConstantStruct>(module.getNamedGlobal("step_program")->getInitializer());
  const llvm::StructLayout *places = layout.getStructLayout(program->getType());
  CHECK(places->getSizeInBytes() == sizeof(etch_program));
  const unsigned results = places->getElementContainingOffset(offsetof(etch_program, results));
  auto *specs = llvm::cast<llvm::GlobalVariable>(program->getOperand(results))->getInitializer();
  auto *last = llvm::cast<llvm::ConstantStruct>(specs->getAggregateElement(kVariables - 1));
  const llvm::StructLayout *members = layout.getStructLayout(last->getType());
  CHECK(members->getSizeInBytes() == sizeof(etch_value_spec));
  const unsigned variable = members->getElementContainingOffset(offsetof(etch_value_spec, variable));
  CHECK(members->getElementOffset(variable).getFixedValue() == offsetof(etch_value_spec, variable));
  CHECK(llvm::cast<llvm::ConstantInt>(last->getOperand(variable))->getSExtValue() == kVariables);
}

TEST_CASE("the C function of a program of many values is not optimized, which would take longer than the rest") {
  for (int variables : {3, 300}) {
    llvm::LLVMContext context;
    llvm::Module module("step", context);
    const ProgramInfo info = stepOf(variables);
    addProgramDescriptor(module, info, "");
    addCFunctions(module, info);
    CHECK(module.getFunction("step")->hasOptNone() == (variables > 256));
  }
}
