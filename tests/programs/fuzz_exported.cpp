// Random programs saved, compiled by etchc to objects, linked into a C program and run there: the bits of the function
// that was saved, results and variables. (fuzz_graphs.cpp tells how to run more of them, or one again.)
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/programs/random/check.h"

using namespace etch;
using namespace random_program;

namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string bytes_of(const Tensor &x) {
  return {static_cast<const char *>(x.data()), static_cast<size_t>(x.size()) * size_of(x.dtype())};
}

void run_command(const std::string &command, const fs::path &folder) {
  const std::string all = "cd " + folder.string() + " && " + command + " > log 2>&1";
  if (std::system(all.c_str()) != 0) throw UserError(command + ": " + contents(folder / "log"));
}

/// What the header says of one parameter of the C function.
struct Parameter {
  std::string name, kind;  // in, out or in-out
  size_t bytes;
};

std::vector<Parameter> parameters_of(const std::string &header) {
  std::vector<Parameter> parameters;
  const std::regex line(R"(^\s*\*?\s*(\w+)\s+(in|out|in-out)\s+\w+\[[^\]]*\]\s+(\d+) bytes)");
  std::istringstream lines(header);
  std::smatch match;
  for (std::string text; std::getline(lines, text);)
    if (std::regex_search(text, match, line)) parameters.push_back({match[1], match[2], std::stoul(match[3])});
  return parameters;
}

/// A C program that calls function f with the bytes of file "in" and writes what it made to file "out".
std::string caller(const std::vector<Parameter> &parameters) {
  std::string text = "#include <stdint.h>\n#include <stdio.h>\nconst char *etch_last_error(void);\nint32_t f(", call,
              read, write;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = "p" + std::to_string(i), bytes = std::to_string(parameters[i].bytes);
    text += i ? ", void *" : "void *";
    call += (i ? ", " : "") + name;
    read += "  static _Alignas(8) char " + name + "[" + bytes + " + 1];\n";
    if (parameters[i].kind != "out")
      read += "  if (fread(" + name + ", 1, " + bytes + ", in) != " + bytes + ") return 2;\n";
    if (parameters[i].kind != "in") write += "  fwrite(" + name + ", 1, " + bytes + ", out);\n";
  }
  return text + ");\nint main(void) {\n  FILE *in = fopen(\"in\", \"rb\"), *out = fopen(\"out\", \"wb\");\n" + read +
         "  if (f(" + call + ")) {\n    puts(etch_last_error());\n    return 3;\n  }\n" + write +
         "  return fclose(out);\n}\n";
}

std::string check_exported(const Program &program, const fs::path &folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  State state;
  for (size_t i = 0; i < program.initial.size(); ++i)
    state.variables.emplace_back(program.initial[i], "v" + std::to_string(i));
  auto concrete = etch::function([&](Values inputs) { return program.block.run(inputs, state); }, strict_options())
                      .get_concrete_function(program.inputs);
  concrete.save((folder / "program.mlir").string());
  run_command(std::string(ETCHC) + " program.mlir -o program.o --header=program.h --name=f --strict", folder);
  const auto parameters = parameters_of(contents(folder / "program.h"));
  std::ofstream(folder / "main.c") << caller(parameters);
  run_command(ETCH_C_COMPILER " -std=c11 -c main.c -o main.o && " ETCH_CXX_COMPILER " main.o program.o " ETCH_RUNTIME
                              " -ltbb -lm -lpthread -o main",
              folder);

  // Inputs have names of their parameter and number, variables their own; the rest are results in order.
  auto value_of = [&](const std::string &name) -> Tensor {
    const auto number = std::stoul(name.substr(name.find_last_not_of("0123456789") + 1));
    return name[0] == 'v' ? state.variables.at(number).read() : program.inputs.at(number);
  };
  std::string in;
  for (const Parameter &parameter : parameters)
    if (parameter.kind != "out") in += bytes_of(value_of(parameter.name));
  std::ofstream(folder / "in", std::ios::binary) << in;
  const Values results = concrete(program.inputs);
  run_command("./main", folder);

  const std::string out = contents(folder / "out");
  size_t at = 0, next = 0;
  for (const Parameter &parameter : parameters) {
    if (parameter.kind == "in") continue;
    const Tensor expected = parameter.kind == "out" ? results.at(next++) : value_of(parameter.name);
    Tensor actual = zeros_like(expected);
    std::copy_n(out.data() + at, parameter.bytes, static_cast<char *>(const_cast<void *>(actual.data())));
    at += parameter.bytes;
    if (std::string wrong = difference(expected, actual); !wrong.empty()) return parameter.name + ": " + wrong;
  }
  return at == out.size() ? "" : "there are more bytes of results than expected";
}

}  // namespace

TEST_CASE("random programs give the same bits compiled to objects for C", "[fuzz]") {
  Kinds kinds;
  kinds.variables = kinds.control_flow = true;
  const fs::path folder = fs::temp_directory_path() / ("etch-fuzz-exported-" + std::to_string(std::rand()));
  fuzz("exported", 5, [&](uint64_t seed, std::string &text) {
    return check_program(make_program(seed, kinds, 20), text,
                         [&](const Program &program) { return check_exported(program, folder); });
  });
  fs::remove_all(folder);
}
