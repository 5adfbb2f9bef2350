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
      ETCH_SYMBOL(etch_rt_parallel_ranges), ETCH_SYMBOL(etch_rt_scratch),    ETCH_SYMBOL(etch_rt_failed),
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

/// Where kernels of loaded programs are: they go with the last program that holds their object.
class Kernels {
 public:
  static Kernels &of_process() {
    static auto *kernels = new Kernels;  // programs may be loaded while the process ends
    return *kernels;
  }
  void add(const std::shared_ptr<const LoadedObject> &object, const std::shared_ptr<const std::string> &stored_as) {
    std::lock_guard lock(mutex_);
    for (std::string &name : object->symbols_with(kKernelPrefix)) by_name_[std::move(name)] = {object, stored_as};
    if (by_name_.size() < 2 * after_sweep_ + 64) return;
    std::erase_if(by_name_, [](const auto &entry) { return entry.second.object.expired(); });
    after_sweep_ = by_name_.size();
  }
  std::optional<SharedKernel> find(const std::string &name) {
    std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    auto object = found->second.object.lock();
    if (!object) return std::nullopt;
    return SharedKernel{name, found->second.stored_as, std::move(object)};
  }

 private:
  struct Entry {
    std::weak_ptr<const LoadedObject> object;
    std::shared_ptr<const std::string> stored_as;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_name_;
  size_t after_sweep_ = 0;
};

/// Everything that a program's code consists of: its own objects, the first one last, and those that it borrows from.
using Objects = std::vector<std::shared_ptr<const LoadedObject>>;

std::shared_ptr<Objects> load_all(const ProgramCode &code, const std::shared_ptr<const std::string> &stored_as) {
  for (const Routine &routine : code.routines) load_routine(routine);
  if (code.objects.empty()) throw InternalError("a program has no object");
  auto objects = std::make_shared<Objects>();
  for (const SharedKernel &kernel : code.borrowed) objects->push_back(kernel.object);
  const size_t own = objects->size();
  for (size_t i = 1; i < code.objects.size(); ++i) objects->push_back(load_elf_object(code.objects[i], resolve));
  objects->push_back(load_elf_object(code.objects[0], [&](const char *symbol) {
    for (size_t i = own; i < objects->size(); ++i)
      if (void *address = (*objects)[i]->symbol(symbol)) return address;
    for (const SharedKernel &kernel : code.borrowed)  // whose other symbols may be those of anybody
      if (kernel.name == symbol) return kernel.object->symbol(symbol);
    return resolve(symbol);
  }));
  for (size_t i = own; i < objects->size(); ++i) Kernels::of_process().add((*objects)[i], stored_as);
  return objects;
}

// As codegen/cpu/entry/SiteTable.cpp lays it out.
struct Site {
  const char *file;
  int32_t line, column;
};

}  // namespace

std::optional<SharedKernel> find_kernel(const std::string &name) { return Kernels::of_process().find(name); }

std::shared_ptr<void> load_objects(const ProgramCode &code, std::shared_ptr<const std::string> stored_as) {
  return load_all(code, stored_as);
}

std::shared_ptr<const Executable> load_program(const ProgramCode &code, const std::string &name,
                                               std::shared_ptr<const std::string> stored_as) {
  auto objects = load_all(code, stored_as);
  const LoadedObject &first = *objects->back();
  auto *program = static_cast<const etch_program *>(first.symbol(name + "_program"));
  if (!program) throw InternalError("the object of '" + name + "' has no program");
  auto *table = static_cast<Site *>(first.symbol(name + "_sites"));
  if (!table && !code.sites.empty()) throw InternalError("the object of '" + name + "' has no table of source lines");
  for (size_t i = 0; i < code.sites.size(); ++i)
    table[i] = {code.sites[i].file, static_cast<int32_t>(code.sites[i].line),
                static_cast<int32_t>(code.sites[i].column)};
  return std::make_shared<Executable>(program, std::move(objects));
}

}  // namespace etch::runtime
