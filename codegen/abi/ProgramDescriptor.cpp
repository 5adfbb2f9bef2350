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

  /// Has a name of its own, by which an export gives it a public one.
  llvm::Constant *initialValue(const ValueInfo &value, const std::string &symbol) {
    if (value.initialValue.empty()) return null();
    auto *data = llvm::ConstantDataArray::getString(context, value.initialValue, /*AddNull=*/false);
    auto *global =
        new llvm::GlobalVariable(module, data->getType(), true, llvm::GlobalValue::InternalLinkage, data, symbol);
    global->setAlignment(llvm::Align(64));
    return global;
  }

  llvm::Constant *valueSpec(const ValueInfo &value, const std::string &initialSymbol) {
    uint64_t variable = value.isVariable ? 1 : value.updates >= 0 ? value.updates + 1 : 0;
    return llvm::ConstantStruct::getAnon({text(value.name), extents(value.type.shape),
                                          i8(static_cast<uint64_t>(value.type.dtype)), i8(value.type.shape.rank()),
                                          i32(variable), initialValue(value, initialSymbol)});
  }
  llvm::Constant *valueSpecs(const std::vector<ValueInfo> &values, const std::string &program) {
    if (values.empty()) return null();
    std::vector<llvm::Constant *> specs;
    for (size_t i = 0; i < values.size(); ++i) specs.push_back(valueSpec(values[i], initialValueSymbol(program, i)));
    return place(llvm::ConstantArray::get(llvm::ArrayType::get(specs[0]->getType(), specs.size()), specs));
  }

  llvm::Constant *weights(const std::vector<etch_weights> &all) {
    if (all.empty()) return null();
    std::vector<llvm::Constant *> specs;
    for (const etch_weights &each : all)
      specs.push_back(llvm::ConstantStruct::getAnon({i32(each.argument), i32(each.group), i64(each.depth),
                                                     i64(each.columns), i64(each.depth_stride), i64(each.column_stride),
                                                     i64(each.width), i64(each.apart), i64(each.elements)}));
    return place(llvm::ConstantArray::get(llvm::ArrayType::get(specs[0]->getType(), specs.size()), specs));
  }

 private:
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;

  llvm::Constant *place(llvm::Constant *value) {
    auto *global = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::PrivateLinkage, value, "describe");
    return global;
  }
};

}  // namespace

int64_t unknownExtents(const std::vector<ValueInfo> &values) {
  int64_t count = 0;
  for (const ValueInfo &value : values) count += value.type.shape.num_dynamic();
  return count;
}

std::string initialValueSymbol(const std::string &program, size_t argument) {
  return program + ".initial." + std::to_string(argument);
}

void addProgramDescriptor(llvm::Module &module, const ProgramInfo &info, const std::string &cpuFeatures) {
  DescriptorBuilder d(module);
  uint64_t flags = (info.canFail ? ETCH_PROGRAM_CAN_FAIL : 0) | (info.hasHostCall ? ETCH_PROGRAM_HAS_HOST_CALL : 0) |
                   (info.hasRunTimeResult ? ETCH_PROGRAM_HAS_RUN_TIME_RESULT : 0);
  // Padding of the C struct falls out of natural alignment: six 32-bit members, then pointers and 64-bit ones.
  llvm::Constant *program = llvm::ConstantStruct::getAnon(
      {d.i32(ETCH_ABI_VERSION), d.i32(info.args.size()), d.i32(info.results.size()), d.i32(unknownExtents(info.args)),
       d.i32(unknownExtents(info.results)), d.i32(flags), d.text(info.name), d.text(cpuFeatures),
       d.valueSpecs(info.args, info.name), d.valueSpecs(info.results, info.name), d.i64(info.arenaBytes),
       d.function(info.name + "_entry"), d.function(info.name + "_shapes"), d.weights(info.weights),
       d.i64(info.weights.size())});
  new llvm::GlobalVariable(module, program->getType(), true, llvm::GlobalValue::ExternalLinkage, program,
                           info.name + "_program");
}

namespace {

/// Parameters that a C function stores at most for LLVM to look into it: schedulers take time that grows with the third
/// power of the stores in a row (30 s for 16,000 results).
constexpr size_t kMostParameters = 256;

/// One of the C functions of a program: binds pointers and hands them to the runtime.
class CFunctionBuilder {
 public:
  CFunctionBuilder(llvm::Module &module, const ProgramInfo &info)
      : module(module), info(info), b(module.getContext()), pointer(llvm::PointerType::get(module.getContext(), 0)) {}

  /// int32_t name(args..., [dims], results..., [result_dims])
  void addRun() {
    begin(info.name, parameterCount());
    llvm::Value *args = array(info.args.size());
    for (size_t i = 0; i < info.args.size(); ++i) put(args, i, nextParameter());
    llvm::Value *dims = info.isStatic ? null() : nextParameter();
    llvm::Value *results = array(info.results.size());
    for (size_t i = 0; i < info.results.size(); ++i) {
      int variable = info.results[i].updates;
      put(results, i, variable >= 0 ? function->getArg(variable) : nextParameter());
    }
    if (info.isStatic) return end("etch_run_program", {args, results});
    end("etch_run_program_dynamic", {args, dims, results, unknownExtents(info.results) ? nextParameter() : null()});
  }

  /// int32_t name_result_dims(dims, result_dims)
  void addResultDims() {
    begin(info.name + "_result_dims", 2);
    llvm::Value *dims = nextParameter(), *resultDims = nextParameter();
    end("etch_run_program_dynamic", {null(), dims, null(), resultDims});
  }

 private:
  llvm::Module &module;
  const ProgramInfo &info;
  llvm::IRBuilder<> b;
  llvm::PointerType *pointer;
  llvm::Function *function = nullptr;
  size_t parameter = 0;

  size_t parameterCount() const {
    size_t count = info.args.size();
    for (const ValueInfo &result : info.results) count += result.updates < 0;
    return count + !info.isStatic + (unknownExtents(info.results) != 0);
  }
  void begin(const std::string &name, size_t parameters) {
    parameter = 0;
    auto *type = llvm::FunctionType::get(b.getInt32Ty(), llvm::SmallVector<llvm::Type *>(parameters, pointer), false);
    function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
    if (parameters > kMostParameters) {
      function->addFnAttr(llvm::Attribute::OptimizeNone);
      function->addFnAttr(llvm::Attribute::NoInline);  // which optnone asks for
    }
    b.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function));
  }
  void end(const char *callee, llvm::SmallVector<llvm::Value *> arguments) {
    arguments.insert(arguments.begin(), module.getNamedGlobal(info.name + "_program"));
    auto *type =
        llvm::FunctionType::get(b.getInt32Ty(), llvm::SmallVector<llvm::Type *>(arguments.size(), pointer), false);
    b.CreateRet(b.CreateCall(module.getOrInsertFunction(callee, type), arguments));
  }
  llvm::Value *nextParameter() { return function->getArg(parameter++); }
  llvm::Value *null() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Value *array(size_t size) { return b.CreateAlloca(llvm::ArrayType::get(pointer, std::max<size_t>(1, size))); }
  void put(llvm::Value *base, size_t i, llvm::Value *value) {
    b.CreateStore(value, b.CreateConstGEP1_64(pointer, base, i));
  }
};

}  // namespace

void addCFunctions(llvm::Module &module, const ProgramInfo &info) {
  CFunctionBuilder builder(module, info);
  builder.addRun();
  if (!info.isStatic && unknownExtents(info.results)) builder.addResultDims();
}

}  // namespace etch::codegen
