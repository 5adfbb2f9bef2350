// etch-run: compiles a module and runs it on .npy files.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "Arguments.h"
#include "codegen/Compiler.h"
#include "codegen/aot/ModuleFile.h"
#include "frontend/io/npy.h"
#include "runtime/base/format.h"
#include "tools/ExitCode.h"
#include "tools/OutputFile.h"

namespace etch::tools {

namespace {

constexpr const char *kExamples = R"(Examples:
  etch-run model.mlir --input x.npy
      compiles the public function of model.mlir, runs it on x.npy and prints its results

  etch-run model.mlir --input x.npy w.npy --output-dir out
      one .npy file for each argument, in order; results go to out/0.npy, out/1.npy, ...
      Save inputs with numpy.save("x.npy", x.astype("float32")), read results with numpy.load("out/0.npy").

  etch-run train.mlir --entry step --input x.npy w.npy --output-dir out
      compiles @step of a file with several functions. An argument that is a variable is an input too, unless the
      variables have initial values to start from (ConcreteFunction::save writes them); its new value is written
      with the other results.

  etch-run model.mlir --input x.npy --repeat 1000
      runs 1000 times on the same input and prints the fastest and the median time

  etch-run model.mlir --stop-after=fused
      runs nothing and prints the module at the end of a stage: trace, grad, tensor, fused, buffers, kernels,
      target, or llvm (LLVM IR), asm (assembly). -o FILE writes it to a file.

Environment: ETCH_TIMING=1 prints the time of each stage; ETCH_DUMP=DIR writes the module after each; ETCH_NUM_THREADS
limits the threads.
)";

struct Options {
  std::string file, entry, outputDir, stopAfter, output = "-";
  std::vector<std::string> inputs;
  int repeat = 1;
  bool strict = false;
};

double millisecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void printStage(mlir::ModuleOp module, const codegen::CompileOptions &compileOptions, const Options &options) {
  writeText(options.output, codegen::irText(module, compileOptions, options.stopAfter), "-o");
}

void createDirectory(const std::string &path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw UserError("--output-dir: cannot create " + path + ": " + error.message());
}

std::string resultFile(const std::string &directory, size_t i) {
  return std::filesystem::path(directory) / (std::to_string(i) + ".npy");
}

/// No result may be written over an input.
void requireApart(const etch_program &program, const Options &options) {
  for (size_t i = 0; i < program.num_results; ++i)
    for (const std::string &input : options.inputs)
      if (areSameFile(resultFile(options.outputDir, i), input))
        throw UserError("--output-dir: " + resultFile(options.outputDir, i) +
                        " is also an input and would be written over; give another directory");
}

void showResults(const etch_program &program, const std::vector<HostArray> &results, const std::string &directory) {
  for (size_t i = 0; i < results.size(); ++i) {
    const TensorType &type = results[i].type;
    int variable = program.results[i].variable - 1;
    std::string what = (variable >= 0 ? "new value of " + nameOf(program.args[variable], "variable", variable)
                                      : nameOf(program.results[i], "result", i)) +
                       " " + to_string(type);
    if (directory.empty()) {
      std::printf("%zu: %s\n%s\n", i, what.c_str(),
                  format_tensor({type.dtype, type.shape.dims(), results[i].data->data()}).c_str());
      continue;
    }
    const std::string path = resultFile(directory, i);
    write_npy(path, results[i]);
    std::printf("%s: %s\n", path.c_str(), what.c_str());
  }
}

void run(const Options &options) {
  auto context = codegen::createContext();
  auto module = codegen::loadModuleFile(options.file, options.entry, *context);
  codegen::CompileOptions compileOptions;
  compileOptions.name = codegen::entryOf(*module).getName().str();
  compileOptions.policy = options.strict ? codegen::Policy::strict : codegen::policyOf(*module);
  if (!options.stopAfter.empty()) return printStage(*module, compileOptions, options);

  codegen::refuseHostCalls(*module, "cannot be called here");
  auto start = std::chrono::steady_clock::now();
  codegen::CompiledObject compiled = codegen::compileModule(*module, compileOptions);
  auto executable = runtime::load_program(compiled, compileOptions.name);
  double compileTime = millisecondsSince(start);

  Arguments arguments(*executable, options.inputs);
  if (!options.outputDir.empty()) {
    requireApart(executable->program(), options);
    createDirectory(options.outputDir);
  }
  std::vector<double> times;
  for (int i = 0; i < options.repeat; ++i) {
    arguments.reset();
    start = std::chrono::steady_clock::now();
    arguments.run();
    times.push_back(millisecondsSince(start));
  }
  showResults(executable->program(), arguments.results(), options.outputDir);
  size_t bytes = 0;
  for (const std::string &object : compiled.objects) bytes += object.size();
  std::printf("compiled @%s in %.3f ms: %zu kernels, %zu bytes\n", compileOptions.name.c_str(), compileTime,
              compiled.kernels.size(), bytes);
  std::sort(times.begin(), times.end());
  if (times.size() == 1)
    std::printf("ran in %.4f ms\n", times[0]);
  else
    std::printf("ran %zu times: min %.4f ms, median %.4f ms\n", times.size(), times[0], times[times.size() / 2]);
}

}  // namespace

}  // namespace etch::tools

int main(int argc, char **argv) {
  using namespace etch::tools;
  Options options;
  CLI::App app("etch-run - compiles an etch module and runs it on .npy files");
  app.option_defaults()->always_capture_default(false);
  app.get_formatter()->column_width(28);
  app.add_option("FILE", options.file, "module in MLIR's text form, as ConcreteFunction::save writes it");
  app.add_option("--entry", options.entry, "function to run (default: the public one)")->type_name("NAME");
  CLI::Option *stopAfter =
      app.add_option("--stop-after", options.stopAfter, "prints the module at the end of STAGE and runs nothing")
          ->type_name("STAGE");
  app.add_option("-o", options.output, "file for --stop-after (default: stdout)")->type_name("FILE")->needs(stopAfter);
  app.add_option("-i,--input", options.inputs, "one file for each argument, in order; may be repeated")
      ->type_name("FILE.npy")
      ->excludes(stopAfter);
  app.add_option("--output-dir", options.outputDir, "where results go as 0.npy, 1.npy, ... (default: printed)")
      ->type_name("DIR")
      ->excludes(stopAfter);
  app.add_option("--repeat", options.repeat, "runs N times and prints times (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000000))
      ->excludes(stopAfter);
  app.add_flag("--strict", options.strict, "bit for bit what eager code computes: no multiply-add is contracted");
  app.footer(std::string(kExamples) + "\n" + kExitCodes);
  try {
    app.parse(argc, argv);
    // --input takes every word after it; a module among them is the one that is missing.
    auto isModule = [](const std::string &word) { return word.ends_with(".mlir"); };
    if (auto found = std::find_if(options.inputs.begin(), options.inputs.end(), isModule);
        options.file.empty() && found != options.inputs.end()) {
      options.file = *found;
      options.inputs.erase(found);
    }
    if (options.file.empty()) throw CLI::RequiredError("FILE.mlir");
  } catch (const CLI::CallForHelp &help) {
    return app.exit(help);
  } catch (const CLI::ParseError &error) {
    std::cerr << "etch-run: " << error.what() << "\netch-run --help shows how it is used\n";
    return kBadInput;
  }
  return guarded("etch-run", [&] { run(options); });
}
