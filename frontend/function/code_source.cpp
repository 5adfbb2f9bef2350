#include "frontend/function/code_source.h"

#include <optional>

#include "frontend/function/compiler_identity.h"
#include "frontend/function/disk_cache.h"
#include "frontend/function/kernel_pack.h"
#include "frontend/function/pack_routines.h"
#include "frontend/function/stored_code.h"
#include "runtime/base/env.h"
#include "runtime/base/log.h"
#include "runtime/cpu/cpu_features.h"
#include "runtime/cpu/target_cpu.h"

namespace etch::detail {

namespace {

using codegen::Compiled;
using codegen::CompiledObject;
using codegen::CompileOptions;

Compiled load(CompiledObject code, const CompileOptions &options, codegen::CodeSource source) {
  Compiled compiled;
  compiled.executable = runtime::load_program(code.objects, options.name, code.routines, code.sites);
  compiled.timings = std::move(code.timings);
  compiled.kernels = std::move(code.kernels);
  for (const std::string &object : code.objects) compiled.code_bytes += object.size();
  compiled.source = source;
  return compiled;
}

/// Who asks how the compiler works wants to see it work.
bool compiler_is_watched() {
  return env::text("ETCH_DUMP") || env::text("ETCH_EXPLAIN") || env::flag("ETCH_TIMING", false);
}

/// Null when the bytes are no code, or code that this process cannot load.
std::optional<Compiled> load_stored(std::string_view bytes, const ir::TapeKey &tape, const CompileOptions &options,
                                    codegen::CodeSource source) {
  auto code = code_from_bytes(bytes, tape);
  if (!code || (source == codegen::CodeSource::pack && !complete_from_pack(*code))) return std::nullopt;
  try {
    return load(std::move(*code), options, source);
  } catch (const Error &error) {
    log(LogLevel::debug, "stored code of '" + options.name + "' cannot be loaded: " + error.what());
    return std::nullopt;
  }
}

CodeProvider &code_provider() {
  static CodeProvider provider;
  return provider;
}

}  // namespace

void set_code_provider(CodeProvider provider) { code_provider() = std::move(provider); }

Compiled obtain_code(const ir::Tape &tape, const CompileOptions &options) {
  if (code_provider()) return load(code_provider()(tape, options), options, codegen::CodeSource::compiler);
  const KernelPack *pack = KernelPack::of_programs();
  const DiskCache *cache = DiskCache::of_process();
  if ((!pack && !cache) || compiler_identity().empty())
    return load(codegen::compiler().compile(tape, options), options, codegen::CodeSource::compiler);
  const ir::TapeKey tape_key = ir::key_of(tape);
  const bool may_look = !compiler_is_watched();
  if (pack && may_look && tape_key.bytes.size() <= pack->longest_key())
    if (auto bytes = pack->find(code_key(tape_key, options, pack->target())))
      if (auto compiled = load_stored(*bytes, tape_key, options, codegen::CodeSource::pack))
        return *std::move(compiled);
  const std::string key =
      cache ? code_key(tape_key, options, runtime::target_cpu() + runtime::cpu_identity()) : std::string();
  if (cache && may_look)
    if (auto bytes = cache->find(key))
      if (auto compiled = load_stored(*bytes, tape_key, options, codegen::CodeSource::disk))
        return *std::move(compiled);
  CompiledObject code = codegen::compiler().compile(tape, options);
  if (cache)
    if (auto bytes = code_to_bytes(code, tape_key)) cache->store(key, *bytes);
  return load(std::move(code), options, codegen::CodeSource::compiler);
}

}  // namespace etch::detail
