#include "frontend/function/stored_code.h"

#include <algorithm>

#include "frontend/function/compiler_identity.h"
#include "runtime/base/byte_stream.h"

namespace etch::detail {

using codegen::CompiledObject;
using codegen::CompileOptions;

namespace {
/// Of the layout of keys and values below.
constexpr uint64_t kFormat = 4;
}  // namespace

std::string code_key(const ir::TapeKey &tape, const CompileOptions &options, std::string_view target) {
  static_assert(sizeof(CompileOptions) == 2 * sizeof(std::string) + 8, "a new option belongs into the key");
  ByteWriter key;
  key.number(kFormat);
  key.number(ETCH_ABI_VERSION);
  key.text(compiler_identity());
  key.text(options.name);
  key.number(static_cast<uint64_t>(options.policy));
  key.text(tape.bytes);
  key.text(target);
  return key.take();
}

std::optional<std::string> code_to_bytes(const CompiledObject &code, const ir::TapeKey &tape) {
  ByteWriter bytes;
  bytes.number(code.objects.size());
  for (const std::string &object : code.objects) bytes.text(object);
  bytes.number(code.routines.size());
  for (const runtime::Routine &routine : code.routines) {
    bytes.text(routine.name);
    bytes.text(*routine.object);
  }
  bytes.number(code.borrowed.size());
  for (const runtime::SharedKernel &kernel : code.borrowed) {
    if (!kernel.program) return std::nullopt;
    bytes.text(kernel.name);
    bytes.text(*kernel.program);
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

std::optional<CompiledObject> code_from_bytes(std::string_view bytes, const ir::TapeKey *tape) {
  ByteReader reader(bytes);
  CompiledObject code;
  for (uint64_t i = reader.number(); i > 0 && reader.ok(); --i) code.objects.emplace_back(reader.text());
  for (uint64_t i = reader.number(); i > 0 && reader.ok(); --i) {
    std::string name(reader.text());
    code.routines.push_back({std::move(name), std::make_shared<const std::string>(reader.text())});
  }
  for (uint64_t i = reader.number(); i > 0 && reader.ok(); --i) {
    std::string name(reader.text());
    code.borrowed.push_back({std::move(name), std::make_shared<const std::string>(reader.text()), nullptr});
  }
  for (uint64_t i = reader.number(); i > 0 && reader.ok(); --i) {
    const uint64_t line = reader.number();
    if (!tape) continue;
    if (line >= tape->lines.size()) return std::nullopt;
    code.sites.push_back(tape->lines[line]);
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

}  // namespace etch::detail
