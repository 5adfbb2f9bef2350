#include "frontend/function/code_source.h"

#include <algorithm>
#include <cstdlib>

#include "frontend/function/compiler_identity.h"
#include "frontend/function/disk_cache.h"
#include "ir/tape/tape_key.h"
#include "runtime/base/byte_stream.h"
#include "runtime/base/log.h"
#include "runtime/cpu/cpu_features.h"

namespace etch::detail {

namespace {

using codegen::Compiled;
using codegen::CompiledObject;
using codegen::CompileOptions;

/// Of the layout of keys and values below.
constexpr uint64_t kFormat = 1;

/// Everything that decides what the compiler would make: who compiles, for which machine, with which options, and what.
std::string key_of(const ir::TapeKey &tape, const CompileOptions &options) {
  static_assert(sizeof(CompileOptions) == sizeof(std::string) + 8, "a new option belongs into the key");
  ByteWriter key;
  key.number(kFormat);
  key.number(ETCH_ABI_VERSION);
  key.text(compiler_identity());
  key.text(runtime::cpu_identity());
  key.text(options.name);
  key.number(static_cast<uint64_t>(options.policy));
  key.text(tape.bytes);
  return key.take();
}

/// Lines as their numbers in the key; nothing for code with a line that the tape does not have.
std::optional<std::string> to_bytes(const CompiledObject &code, const ir::TapeKey &tape) {
  ByteWriter bytes;
  bytes.text(code.object);
  bytes.number(code.routines.size());
  for (const runtime::Routine &routine : code.routines) {
    bytes.text(routine.name);
    bytes.text(*routine.object);
  }
  bytes.number(code.sites.size());
  for (const Location &site : code.sites) {
    const auto line = std::find(tape.lines.begin(), tape.lines.end(), site);
    if (line == tape.lines.end()) return std::nullopt;
    bytes.number(static_cast<uint64_t>(line - tape.lines.begin()));
  }
  bytes.number(code.kernels.size());
  for (const codegen::KernelSummary &kernel : code.kernels) {
    bytes.text(kernel.name);
    bytes.text(kernel.kind);
    bytes.text(kernel.ops);
    bytes.number(static_cast<uint64_t>(kernel.launches));
  }
  return bytes.take();
}

std::optional<CompiledObject> from_bytes(std::string_view bytes, const ir::TapeKey &tape) {
  ByteReader reader(bytes);
  CompiledObject code;
  code.object = reader.text();
  for (uint64_t i = reader.number(); i > 0 && reader.ok(); --i) {
    std::string name(reader.text());
    code.routines.push_back({std::move(name), std::make_shared<const std::string>(reader.text())});
  }
  for (uint64_t i = reader.number(); i > 0 && reader.ok(); --i) {
    const uint64_t line = reader.number();
    if (line >= tape.lines.size()) return std::nullopt;
    code.sites.push_back(tape.lines[line]);
  }
  for (uint64_t i = reader.number(); i > 0 && reader.ok(); --i) {
    codegen::KernelSummary kernel;
    kernel.name = reader.text();
    kernel.kind = reader.text();
    kernel.ops = reader.text();
    kernel.launches = static_cast<int>(reader.number());
    code.kernels.push_back(std::move(kernel));
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return code;
}

Compiled load(CompiledObject code, const CompileOptions &options, codegen::CodeSource source) {
  Compiled compiled;
  compiled.executable = runtime::load_program(code.object, options.name, code.routines, code.sites);
  compiled.timings = std::move(code.timings);
  compiled.kernels = std::move(code.kernels);
  compiled.code_bytes = code.object.size();
  compiled.source = source;
  return compiled;
}

/// Who asks how the compiler works wants to see it work.
bool compiler_is_watched() {
  const char *dump = std::getenv("ETCH_DUMP"), *timing = std::getenv("ETCH_TIMING");
  return (dump && *dump) || (timing && *timing);
}

}  // namespace

Compiled obtain_code(const ir::Tape &tape, const CompileOptions &options) {
  const DiskCache *cache = DiskCache::of_process();
  if (!cache || compiler_identity().empty())
    return load(codegen::compiler().compile(tape, options), options, codegen::CodeSource::compiler);
  const ir::TapeKey tape_key = ir::key_of(tape);
  const std::string key = key_of(tape_key, options);
  if (!compiler_is_watched())
    if (auto bytes = cache->find(key))
      if (auto code = from_bytes(*bytes, tape_key)) {
        try {
          return load(std::move(*code), options, codegen::CodeSource::disk);
        } catch (const Error &error) {
          log(LogLevel::debug, "disk cache: compiling '" + options.name + "' again: " + error.what());
        }
      }
  CompiledObject code = codegen::compiler().compile(tape, options);
  if (auto bytes = to_bytes(code, tape_key)) cache->store(key, *bytes);
  return load(std::move(code), options, codegen::CodeSource::compiler);
}

}  // namespace etch::detail
