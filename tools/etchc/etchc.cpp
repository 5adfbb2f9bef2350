// etchc: compiles a module to a native object with a C header.

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <utility>
#include <vector>

#include "codegen/Compiler.h"
#include "codegen/aot/Export.h"
#include "codegen/aot/ModuleFile.h"
#include "passes/pipeline/Pipeline.h"
#include "tools/ExitCode.h"
#include "tools/OutputFile.h"

namespace etch::tools {

namespace {

constexpr const char *kExamples = R"(Examples:
  etchc model.mlir -o model.o --header=model.h
      compiles the public function, say @predict, to an object with the C function
      int32_t predict(const float *x, float *result), declared and explained in model.h.
      Build a program from it without LLVM:  cc main.c model.o -letch_runtime -ltbb -lstdc++ -lm -lpthread

  etchc train.mlir --entry step -o step.o --header=step.h --target-cpu=x86-64-v3
      exports @step of a file with several functions, for every machine with AVX2. The default is this machine,
      whose instructions others may lack: the program then says so instead of crashing.

  etchc model.mlir --name=my_model -o my_model.o --header=my_model.h
      calls the C function my_model, whatever the module calls it

  etchc model.mlir --emit=asm -o model.s
  etchc model.mlir --emit=llvm
  etchc model.mlir --emit=mlir:fused
      assembly, LLVM IR, or the module at the end of a stage: trace, grad, tensor, fused, buffers, kernels, target

A variable is an argument with {etch.kind = "variable"}; the result with {etch.updates = I} is its new value, and the C
function updates it in place. {etch.initial_value = dense<...>} exports what it starts from, as NAME_initial_ARGUMENT.
One input gives the same bytes each time, wherever the file lies.
)";

struct Options {
  std::string file, entry, name, output, header, emit = "obj", cpu = "native";
  bool strict = false;
};

/// No output may be written over the module or another output.
void requireApart(const Options &options) {
  const std::vector<std::pair<const char *, std::string>> files = {
      {"FILE", options.file}, {"-o", options.output}, {"--header", options.header}};
  for (size_t i = 1; i < files.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (!files[i].second.empty() && files[i].second != "-" && areSameFile(files[i].second, files[j].second))
        throw UserError(std::string(files[i].first) + ": " + files[i].second + " is also the file of " +
                        files[j].first + " and would be written over; give another name");
}

/// One whose end is IR of MLIR: machine code has kinds of its own.
void requireStage(const std::string &name) {
  std::string names;
  for (passes::Stage stage : passes::allStages()) {
    if (stage == passes::Stage::binary) continue;
    if (name == passes::nameOf(stage)) return;
    names += (names.empty() ? "" : ", ") + passes::nameOf(stage).str();
  }
  throw UserError("--emit: 'mlir:" + name + "' came; expected mlir: and one of " + names);
}

void run(const Options &options) {
  bool stage = options.emit.starts_with("mlir:");
  if (!stage && options.emit != "obj" && options.emit != "asm" && options.emit != "llvm")
    throw UserError("--emit: '" + options.emit + "' came; expected obj, asm, llvm or mlir:STAGE");
  if (stage) requireStage(options.emit.substr(5));
  bool object = options.emit == "obj";
  if (object && options.output.empty())
    throw UserError("-o is missing: an object file needs a name, for instance -o model.o");
  if (object && options.header.empty())
    std::cerr << "etchc: note: without --header=FILE.h nothing tells C code how to call this object\n";
  requireApart(options);
  if (stage && !options.header.empty()) throw UserError("--header: an export has a header, --emit=mlir:STAGE has none");

  auto context = codegen::createContext();
  auto module = codegen::loadModuleFile(options.file, options.entry, *context);
  codegen::CompileOptions compileOptions;
  compileOptions.name = options.name.empty() ? codegen::entryOf(*module).getName().str() : options.name;
  compileOptions.policy = options.strict ? codegen::Policy::strict : codegen::policyOf(*module);
  std::string output = options.output.empty() ? "-" : options.output;
  if (stage) {
    compileOptions.cpu = options.cpu;
    return writeText(output, codegen::irText(*module, compileOptions, options.emit.substr(5)), "-o");
  }
  auto format = object                  ? codegen::ExportFormat::object
                : options.emit == "asm" ? codegen::ExportFormat::assembly
                                        : codegen::ExportFormat::llvm;
  codegen::Exported exported = codegen::exportModule(*module, compileOptions, options.cpu, format);
  writeFile(output, exported.code, "-o");
  if (!options.header.empty()) writeFile(options.header, exported.header, "--header");
}

}  // namespace

}  // namespace etch::tools

int main(int argc, char **argv) {
  using namespace etch::tools;
  Options options;
  CLI::App app("etchc - compiles an etch module to a native object that C and C++ programs call");
  app.get_formatter()->column_width(28);
  app.add_option("FILE", options.file, "module in MLIR's text form, as ConcreteFunction::save writes it");
  app.add_option("-o", options.output, "where the output goes (default for text: stdout)")->type_name("FILE");
  app.add_option("--header", options.header, "writes the C header there")->type_name("FILE.h");
  app.add_option("--emit", options.emit, "obj, asm, llvm or mlir:STAGE (default: obj)")->type_name("KIND");
  app.add_option("--target-cpu", options.cpu,
                 "native, or LLVM's name: x86-64-v3, x86-64-v4, znver4, ... (default: native)")
      ->type_name("CPU");
  app.add_option("--entry", options.entry, "function to export (default: the public one)")->type_name("NAME");
  app.add_option("--name", options.name, "name of the C function (default: the entry's)")->type_name("NAME");
  app.add_flag("--strict", options.strict, "bit for bit what eager code computes: no multiply-add is contracted");
  app.footer(std::string(kExamples) + "\n" + kExitCodes);
  try {
    app.parse(argc, argv);
    if (options.file.empty()) throw CLI::RequiredError("FILE");  // behind words that were not expected
  } catch (const CLI::CallForHelp &help) {
    return app.exit(help);
  } catch (const CLI::ParseError &error) {
    std::cerr << "etchc: " << error.what() << "\netchc --help shows how it is used\n";
    return kBadInput;
  }
  return guarded("etchc", [&] { run(options); });
}
