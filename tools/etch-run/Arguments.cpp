#include "Arguments.h"

#include <cstring>

#include "frontend/io/npy.h"
#include "runtime/base/error.h"

namespace etch::tools {

namespace {

/// "argument 1 f32[2,3]"
std::string describe(const etch_value_spec &spec, size_t index) {
  return nameOf(spec, "argument", index) + " " + to_string(runtime::type_of(spec));
}

std::string signatureOf(const etch_program &program) {
  std::string text;
  for (uint32_t i = 0; i < program.num_args; ++i)
    text +=
        "\n  " + std::to_string(i) + ": " + describe(program.args[i], i) +
        (program.args[i].variable ? program.args[i].initial_value ? " (variable with an initial value)" : " (variable)"
                                  : "");
  return text.empty() ? "\n  (none)" : text;
}

std::string numpyDtype(DType dtype) {
  switch (dtype) {
    case DType::boolean: return "bool";
    case DType::u8: return "uint8";
    case DType::i32: return "int32";
    case DType::i64: return "int64";
    case DType::f16: return "float16";
    case DType::f32: return "float32";
    case DType::f64: return "float64";
    case DType::bf16: return "bfloat16";
  }
  return "?";
}

void check(const std::string &file, const TensorType &actual, const etch_value_spec &spec, size_t index) {
  TensorType expected = runtime::type_of(spec);
  std::string start = "input " + std::to_string(index) + ", " + file + ", holds " + to_string(actual) +
                      ", but the program expects " + describe(spec, index);
  if (actual.dtype != expected.dtype)
    throw UserError(start + "; convert it with array.astype(\"" + numpyDtype(expected.dtype) + "\")");
  if (is_compatible(expected.shape, actual.shape) && expected.shape.rank() == actual.shape.rank()) return;
  throw UserError(start + (expected.shape.is_static() ? "; reshape it, or give the inputs in the program's order"
                                                      : "; any extent may stand for ?, the others must be as shown"));
}

}  // namespace

std::string nameOf(const etch_value_spec &spec, const char *kind, size_t index) {
  return spec.name && *spec.name ? std::string("'") + spec.name + "'" : kind + (" " + std::to_string(index));
}

Arguments::Arguments(const runtime::Executable &executable, const std::vector<std::string> &files)
    : executable(executable) {
  read(files);
  allocateResults();
}

void Arguments::read(const std::vector<std::string> &files) {
  const etch_program &program = executable.program();
  size_t numWithout = 0;
  for (uint32_t i = 0; i < program.num_args; ++i) numWithout += !program.args[i].initial_value;
  if (files.size() != program.num_args && files.size() != numWithout)
    throw UserError(std::to_string(files.size()) + " inputs came, but @" + program.name + " takes " +
                    std::to_string(program.num_args) + ":" + signatureOf(program) +
                    "\ngive one --input FILE.npy for each, in this order" +
                    (numWithout == program.num_args ? "" : ", or leave out all that have an initial value"));
  const bool startsFresh = files.size() != program.num_args;
  size_t next = 0;
  for (size_t i = 0; i < program.num_args; ++i) {
    if (startsFresh && program.args[i].initial_value) {
      inputs.push_back(HostArray::allocate(runtime::type_of(program.args[i])));
      std::memcpy(inputs[i].data->data(), program.args[i].initial_value, inputs[i].bytes());
    } else {
      const std::string &file = files[next++];
      inputs.push_back(read_npy(file));
      check(file, inputs[i].type, program.args[i], i);
    }
    argPointers.push_back(inputs[i].data->data());
    for (int axis = 0; axis < program.args[i].rank; ++axis)
      if (program.args[i].dims[axis] == kDynamic) dims.push_back(inputs[i].type.shape[axis]);
  }
}

void Arguments::allocateResults() {
  const etch_program &program = executable.program();
  std::vector<Shape> shapes;
  executable.result_shapes(dims.data(), shapes);
  for (uint32_t r = 0; r < program.num_results; ++r) {
    if (!shapes[r].is_static()) {
      resultArrays.emplace_back();
      resultPointers.push_back(nullptr);
      updatedInput.push_back(-1);
      continue;
    }
    resultArrays.push_back(HostArray::allocate({static_cast<DType>(program.results[r].dtype), shapes[r]}));
    resultPointers.push_back(resultArrays[r].data->data());
    updatedInput.push_back(program.results[r].variable - 1);
    if (updatedInput[r] < 0) continue;
    // A variable is one buffer, read as the argument and written as the result.
    if (resultArrays[r].type != inputs[updatedInput[r]].type)
      throw UserError("result " + std::to_string(r) + " has type " + to_string(resultArrays[r].type) +
                      " in this call, but the variable that it updates has " + to_string(inputs[updatedInput[r]].type));
    argPointers[updatedInput[r]] = resultPointers[r];
  }
  reset();
}

void Arguments::run() {
  std::vector<runtime::RunTimeResult> made;
  executable.run(argPointers.data(), dims.data(), resultPointers.data(), &made);
  for (runtime::RunTimeResult &result : made) {
    const auto dtype = static_cast<DType>(executable.program().results[result.index].dtype);
    resultArrays[static_cast<size_t>(result.index)] = {{dtype, result.shape}, result.data};
  }
}

void Arguments::reset() {
  for (size_t r = 0; r < resultArrays.size(); ++r)
    if (updatedInput[r] >= 0)
      std::memcpy(resultPointers[r], inputs[updatedInput[r]].data->data(), resultArrays[r].bytes());
}

}  // namespace etch::tools
