// etch-pack OUTPUT_DIR: writes the kernel packs, which libetch reads before it asks the compiler.
//
// Runs the common ops as a program would, and takes note of what libetch asks the compiler for: keys that a program
// will look for are made by the code that will look for them.

#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "frontend/function/code_source.h"
#include "frontend/function/kernel_pack.h"
#include "frontend/function/pack_routines.h"
#include "frontend/function/stored_code.h"
#include "runtime/base/whole_file.h"
#include "tools/etch-pack/CommonOps.h"

namespace etch::pack {

namespace {

constexpr const char *kTargets[] = {"x86-64-v3", "x86-64-v4"};

/// A processor of a target's level whose products of bf16 are a routine of their own (gemmName), for which others of
/// its kind ask the target's pack. The one for AMX takes a tenth of a second to compile and is not kept.
constexpr const char *kWithPairs = "cooperlake", *kTargetOfPairs = "x86-64-v4";

/// Running processes may have mapped the pack that is there: it stays theirs.
void writePack(const std::filesystem::path &path, const std::string &bytes) {
  const std::string reason = write_whole_file(path, bytes);
  if (!reason.empty()) throw UserError("cannot write " + path.string() + ": " + reason);
}

void writePacks(const std::filesystem::path &directory) {
  std::map<std::string, std::map<std::string, std::string>> packs;
  std::map<std::string, detail::PackRoutines> routines;
  bool keepsPrograms = true, multipliesPairs = false;
  auto compileFor = [](const ir::Tape &tape, codegen::CompileOptions options, const char *cpu) {
    options.cpu = cpu;
    return codegen::compiler().compile(tape, options, codegen::Kernels::own);
  };
  detail::set_code_provider([&](const ir::Tape &tape, const codegen::CompileOptions &options) {
    const ir::TapeKey key = ir::key_of(tape);
    std::optional<codegen::CompiledObject> runnable;
    for (const char *target : kTargets) {
      codegen::CompiledObject code = compileFor(tape, options, target);
      if (detail::KernelPack::runs_here(target)) runnable = code;
      routines[target].take_from(code);
      if (!keepsPrograms) continue;
      if (auto bytes = detail::code_to_bytes(code, key))
        packs[target].emplace(detail::code_key(key, options, target), std::move(*bytes));
    }
    if (multipliesPairs) {
      codegen::CompiledObject code = compileFor(tape, options, kWithPairs);
      routines[kTargetOfPairs].take_from(code);
    }
    // The op is run, whatever this machine is.
    return runnable ? *std::move(runnable) : codegen::compiler().compile(tape, options, codegen::Kernels::own);
  });
  for (const CommonOp &op : commonOps()) op.run();
  // Of these only the routines that every other program will call: math functions in all their widths, products.
  keepsPrograms = false;
  for (DType dtype : {f32, f64})
    for (int64_t count : {16, 32, 64}) callMathFunctions(dtype, count);
  for (DType dtype : {f32, f64, f16, bf16}) multiply(dtype, Policy::strict);
  for (DType dtype : {f16, u8}) multiply(dtype, Policy::standard);
  multipliesPairs = true;
  multiply(bf16, Policy::standard);
  for (auto &[target, values] : packs) {
    values.insert(routines[target].entry(target));
    const std::string bytes = detail::KernelPack::write(target, values);
    writePack(directory / detail::KernelPack::file_name(target), bytes);
    std::printf("%s: %zu entries, %zu KiB\n", target.c_str(), values.size(), bytes.size() >> 10);
  }
}

}  // namespace

}  // namespace etch::pack

int main(int argc, char **argv) {
  if (argc != 2 || argv[1][0] == '-') {
    std::fprintf(stderr, "usage: etch-pack OUTPUT_DIR\n");
    return 2;
  }
  try {
    etch::pack::writePacks(argv[1]);
    return 0;
  } catch (const etch::UserError &error) {
    std::fprintf(stderr, "etch-pack: %s\n", error.what());
    return 2;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "etch-pack: %s\n", error.what());
    return 1;
  }
}
