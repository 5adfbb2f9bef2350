#include "runtime/executable/program_loader.h"

#include <dlfcn.h>

#include <cstring>
#include <mutex>
#include <unordered_map>

#include "runtime/executable/elf_loader.h"

namespace etch::runtime {
namespace {

// What compiled code may call of ours. By address: libetch may have been loaded where dlsym does not look.
void *runtime_symbol(std::string_view name) {
  struct Entry {
    std::string_view name;
    void *address;
  };
#define ETCH_SYMBOL(function)                      \
  {                                                \
    #function, reinterpret_cast<void *>(&function) \
  }
  static const Entry entries[] = {
      ETCH_SYMBOL(etch_rt_parallel_for),    ETCH_SYMBOL(etch_rt_print),      ETCH_SYMBOL(etch_rt_fail),
      ETCH_SYMBOL(etch_rt_host_call),       ETCH_SYMBOL(etch_rt_stack_push), ETCH_SYMBOL(etch_rt_stack_pop),
      ETCH_SYMBOL(etch_rt_block),           ETCH_SYMBOL(etch_rt_next_block), ETCH_SYMBOL(etch_rt_result),
      ETCH_SYMBOL(etch_rt_parallel_ranges), ETCH_SYMBOL(etch_rt_scratch),    ETCH_SYMBOL(etch_rt_partials),
      ETCH_SYMBOL(etch_rt_l1_bytes),
  };
#undef ETCH_SYMBOL
  for (const Entry &entry : entries)
    if (entry.name == name) return entry.address;
  return nullptr;
}

struct Routines {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const LoadedObject>> by_name;
};
Routines &routines_of_process() {
  static auto *routines = new Routines;  // never destroyed: code that users still hold may call them
  return *routines;
}

void *routine_symbol(const std::string &name) {
  Routines &loaded = routines_of_process();
  std::lock_guard lock(loaded.mutex);
  const auto found = loaded.by_name.find(name);
  return found == loaded.by_name.end() ? nullptr : found->second->symbol(name);
}

void *resolve(const char *name) {
  if (void *address = runtime_symbol(name)) return address;
  if (void *address = routine_symbol(name)) return address;
  return dlsym(RTLD_DEFAULT, name);  // memcpy, memset and fmod come from the C library
}

void load_routine(const Routine &routine) {
  if (routine_symbol(routine.name)) return;
  auto object = load_elf_object(*routine.object, resolve);
  if (!object->symbol(routine.name)) throw InternalError("the object of routine '" + routine.name + "' lacks it");
  Routines &loaded = routines_of_process();
  std::lock_guard lock(loaded.mutex);
  loaded.by_name.try_emplace(routine.name, std::move(object));
}

// As codegen/cpu/entry/SiteTable.cpp lays it out.
struct Site {
  const char *file;
  int32_t line, column;
};

}  // namespace

std::shared_ptr<const Executable> load_program(std::span<const std::string> objects, const std::string &name,
                                               std::span<const Routine> routines, std::span<const Location> sites) {
  for (const Routine &routine : routines) load_routine(routine);
  if (objects.empty()) throw InternalError("the program '" + name + "' has no object");
  auto parts = std::make_shared<std::vector<std::shared_ptr<const LoadedObject>>>();
  for (const std::string &part : objects.subspan(1)) parts->push_back(load_elf_object(part, resolve));
  auto code = load_elf_object(objects[0], [&](const char *symbol) {
    for (const auto &part : *parts)
      if (void *address = part->symbol(symbol)) return address;
    return resolve(symbol);
  });
  parts->push_back(code);
  auto *program = static_cast<const etch_program *>(code->symbol(name + "_program"));
  if (!program) throw InternalError("the object of '" + name + "' has no program");
  auto *table = static_cast<Site *>(code->symbol(name + "_sites"));
  if (!table && !sites.empty()) throw InternalError("the object of '" + name + "' has no table of source lines");
  for (size_t i = 0; i < sites.size(); ++i)
    table[i] = {sites[i].file, static_cast<int32_t>(sites[i].line), static_cast<int32_t>(sites[i].column)};
  return std::make_shared<Executable>(program, std::move(parts));
}

}  // namespace etch::runtime
