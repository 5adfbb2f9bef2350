#include "codegen/abi/ProgramDescriptor.h"

#include "llvm/IR/IRBuilder.h"

#include "runtime/executable/abi.h"

namespace etch::codegen {

namespace {

/// Constants of C structs, member by member in the order of abi.h.
class DescriptorBuilder {
 public:
  explicit DescriptorBuilder(llvm::Module &module)
      : module(module), context(module.getContext()), pointer(llvm::PointerType::get(context, 0)) {}

  llvm::Constant *i8(uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt8Ty(context), value); }
  llvm::Constant *i16(uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt16Ty(context), value); }
  llvm::Constant *i32(uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value); }
  llvm::Constant *i64(uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value); }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }

  llvm::Constant *text(const std::string &value) { return place(llvm::ConstantDataArray::getString(context, value)); }
  llvm::Constant *extents(const Shape &shape) {
    if (shape.rank() == 0) return null();
    std::vector<uint64_t> values(shape.begin(), shape.end());
    return place(llvm::ConstantDataArray::get(context, values));
  }
  llvm::Constant *function(const std::string &name) {
    llvm::Function *found = module.getFunction(name);
    return found ? static_cast<llvm::Constant *>(found) : null();
  }

  llvm::Constant *valueSpec(const ValueInfo &value) {
    uint64_t variable = value.isVariable ? 1 : value.updates >= 0 ? value.updates + 1 : 0;
    return llvm::ConstantStruct::getAnon({text(value.name), extents(value.type.shape), i8(static_cast<uint64_t>(value.type.dtype)),
                                          i8(value.type.shape.rank()), i16(variable), null()});
  }
  llvm::Constant *valueSpecs(const std::vector<ValueInfo> &values) {
    if (values.empty()) return null();
    std::vector<llvm::Constant *> specs;
    for (const ValueInfo &value : values) specs.push_back(valueSpec(value));
    return place(llvm::ConstantArray::get(llvm::ArrayType::get(specs[0]->getType(), specs.size()), specs));
  }

 private:
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;

  llvm::Constant *place(llvm::Constant *value) {
    auto *global = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true, llvm::GlobalValue::PrivateLinkage, value, "describe");
    return global;
  }
};

uint64_t unknownExtents(const std::vector<ValueInfo> &values) {
  uint64_t count = 0;
  for (const ValueInfo &value : values) count += value.type.shape.num_dynamic();
  return count;
}

}  // namespace

void addProgramDescriptor(llvm::Module &module, const ProgramInfo &info, const std::string &cpuFeatures) {
  DescriptorBuilder d(module);
  uint64_t flags = (info.canFail ? ETCH_PROGRAM_CAN_FAIL : 0) | (info.hasHostCall ? ETCH_PROGRAM_HAS_HOST_CALL : 0);
  // Padding of the C struct falls out of natural alignment: six 32-bit members, then pointers and 64-bit ones.
  llvm::Constant *program = llvm::ConstantStruct::getAnon(
      {d.i32(ETCH_ABI_VERSION), d.i32(info.args.size()), d.i32(info.results.size()), d.i32(unknownExtents(info.args)),
       d.i32(unknownExtents(info.results)), d.i32(flags), d.text(info.name), d.text(cpuFeatures), d.valueSpecs(info.args),
       d.valueSpecs(info.results), d.i64(info.arenaBytes), d.function(info.name + "_entry"), d.function(info.name + "_shapes")});
  new llvm::GlobalVariable(module, program->getType(), true, llvm::GlobalValue::ExternalLinkage, program, info.name + "_program");
}

void addCFunction(llvm::Module &module, const ProgramInfo &info) {
  llvm::LLVMContext &context = module.getContext();
  auto *pointer = llvm::PointerType::get(context, 0);
  llvm::SmallVector<llvm::Type *> types(info.args.size(), pointer);
  for (const ValueInfo &result : info.results)
    if (result.updates < 0) types.push_back(pointer);
  auto *status = llvm::Type::getInt32Ty(context);
  auto *function = llvm::Function::Create(llvm::FunctionType::get(status, types, false), llvm::Function::ExternalLinkage, info.name, module);
  llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "entry", function));
  auto array = [&](size_t size) { return b.CreateAlloca(llvm::ArrayType::get(pointer, std::max<size_t>(1, size))); };
  llvm::Value *args = array(info.args.size()), *results = array(info.results.size());
  auto put = [&](llvm::Value *base, size_t i, llvm::Value *value) { b.CreateStore(value, b.CreateConstGEP1_64(pointer, base, i)); };
  for (size_t i = 0; i < info.args.size(); ++i) put(args, i, function->getArg(i));
  size_t next = info.args.size();
  for (size_t i = 0; i < info.results.size(); ++i)
    put(results, i, function->getArg(info.results[i].updates >= 0 ? info.results[i].updates : next++));
  llvm::FunctionCallee run = module.getOrInsertFunction("etch_run_program", llvm::FunctionType::get(status, {pointer, pointer, pointer}, false));
  b.CreateRet(b.CreateCall(run, {module.getNamedGlobal(info.name + "_program"), args, results}));
}

}  // namespace etch::codegen
