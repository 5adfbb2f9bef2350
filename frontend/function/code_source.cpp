#include "frontend/function/code_source.h"

#include <optional>
#include <vector>

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

/// Under which key a program is kept; null for one that is not.
using StoredAs = std::shared_ptr<const std::string>;

Compiled load(CompiledObject code, const CompileOptions &options, codegen::CodeSource source,
              const StoredAs &stored_as = nullptr) {
  Compiled compiled;
  compiled.executable = runtime::load_program(code, options.name, stored_as);
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

/// Finds the kernels that stored code borrows: in the process, or in the stored programs that have them. False when one
/// is nowhere. What has been loaded for their sake is held by the code.
bool find_borrowed(runtime::ProgramCode &code, const DiskCache &cache, int depth = 0) {
  constexpr int kDeepest = 8;  // programs borrow from programs that borrow
  std::vector<std::shared_ptr<void>> lenders;
  for (runtime::SharedKernel &kernel : code.borrowed) {
    auto found = runtime::find_kernel(kernel.name);
    if (!found && depth < kDeepest) {
      const auto bytes = cache.find(*kernel.program);
      auto stored = bytes ? code_from_bytes(*bytes, nullptr) : std::nullopt;
      if (!stored || !find_borrowed(*stored, cache, depth + 1)) return false;
      lenders.push_back(runtime::load_objects(*stored, kernel.program));
      found = runtime::find_kernel(kernel.name);
    }
    if (!found) return false;
    kernel.object = std::move(found->object);
  }
  return true;
}

/// Null when the bytes are no code, or code that this process cannot load.
std::optional<Compiled> load_stored(std::string_view bytes, const ir::TapeKey &tape, const CompileOptions &options,
                                    codegen::CodeSource source, const DiskCache *cache, const StoredAs &stored_as) {
  auto code = code_from_bytes(bytes, &tape);
  if (!code || (source == codegen::CodeSource::pack && !complete_from_pack(*code))) return std::nullopt;
  try {
    if (!code->borrowed.empty() && !(cache && find_borrowed(*code, *cache))) return std::nullopt;
    return load(std::move(*code), options, source, stored_as);
  } catch (const Error &error) {
    log(LogLevel::debug, "stored code of '" + options.name + "' cannot be loaded: " + error.what());
    return std::nullopt;
  }
}

/// ETCH_CACHE=0 asks for every function to be compiled, and whole.
bool programs_are_kept() {
  static const bool are_kept = env::flag("ETCH_CACHE", true);
  return are_kept;
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
  const bool may_look = !compiler_is_watched();
  const auto kernels = may_look && programs_are_kept() ? codegen::Kernels::shared : codegen::Kernels::own;
  if ((!pack && !cache) || compiler_identity().empty())
    return load(codegen::compiler().compile(tape, options, kernels), options, codegen::CodeSource::compiler);
  const ir::TapeKey tape_key = ir::key_of(tape);
  if (pack && may_look && tape_key.bytes.size() <= pack->longest_key())
    if (auto bytes = pack->find(code_key(tape_key, options, pack->target())))
      if (auto compiled = load_stored(*bytes, tape_key, options, codegen::CodeSource::pack, nullptr, nullptr))
        return *std::move(compiled);
  StoredAs key;
  if (cache)
    key = std::make_shared<const std::string>(
        code_key(tape_key, options, runtime::target_cpu() + runtime::cpu_identity()));
  if (cache && may_look)
    if (auto bytes = cache->find(*key))
      if (auto compiled = load_stored(*bytes, tape_key, options, codegen::CodeSource::disk, cache, key))
        return *std::move(compiled);
  CompiledObject code = codegen::compiler().compile(tape, options, kernels);
  std::optional<std::string> bytes;
  if (cache) bytes = code_to_bytes(code, tape_key);
  if (bytes) cache->store(*key, *bytes);
  return load(std::move(code), options, codegen::CodeSource::compiler, bytes ? key : nullptr);
}

}  // namespace etch::detail
