#include "frontend/function/pack_routines.h"

#include "frontend/function/compiler_identity.h"
#include "runtime/base/byte_stream.h"

namespace etch::detail {

namespace {

using runtime::Routine;

std::string key_for(std::string_view target) { return "routines " + compiler_identity() + " " + std::string(target); }

/// A routine where the pack has it.
struct PackRoutine {
  std::string_view name, object;
};

const std::vector<PackRoutine> &routines_of_process() {
  static const std::vector<PackRoutine> routines = [] {
    std::vector<PackRoutine> all;
    const KernelPack *pack = KernelPack::of_process();
    if (!pack) return all;
    ByteReader reader(pack->find(key_for(pack->target())).value_or(""));
    while (reader.ok() && !reader.at_end()) {
      const std::string_view name = reader.text();
      all.push_back({name, reader.text()});
    }
    if (!reader.ok()) all.clear();
    return all;
  }();
  return routines;
}

}  // namespace

void PackRoutines::take_from(codegen::CompiledObject &code) {
  static const auto empty = std::make_shared<const std::string>();
  for (Routine &routine : code.routines) objects_.try_emplace(routine.name, std::exchange(routine.object, empty));
}

std::pair<std::string, std::string> PackRoutines::entry(std::string_view target) const {
  ByteWriter bytes;
  for (const auto &[name, object] : objects_) {
    bytes.text(name);
    bytes.text(*object);
  }
  return {key_for(target), bytes.take()};
}

bool complete_from_pack(codegen::CompiledObject &code) {
  for (Routine &routine : code.routines) {
    if (!routine.object->empty()) continue;
    for (const PackRoutine &known : routines_of_process())
      if (known.name == routine.name) routine.object = std::make_shared<const std::string>(known.object);
    if (routine.object->empty()) return false;
  }
  return true;
}

void provide_pack_routines(const codegen::CompilerApi &compiler) {
  const KernelPack *pack = KernelPack::of_process();
  if (!pack || !pack->is_best()) return;
  // Behind the name stands what a routine was compiled for, so that a process may hold others of its own.
  for (const PackRoutine &routine : routines_of_process())
    compiler.provide_routine(routine.name.substr(0, routine.name.find('-')), routine.name, routine.object);
}

}  // namespace etch::detail
