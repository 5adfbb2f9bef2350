#include "runtime/executable/host_function.h"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "runtime/executable/context.h"

namespace etch::runtime {
namespace {

struct Registry {
  std::shared_mutex mutex;
  std::unordered_map<int64_t, std::shared_ptr<const HostFunction>> functions;
  int64_t last_id = 0;
};
Registry &registry() {
  static auto *all = new Registry;  // never destroyed: static destructors may still run programs
  return *all;
}

std::shared_ptr<const HostFunction> find(int64_t id) {
  std::shared_lock lock(registry().mutex);
  const auto found = registry().functions.find(id);
  return found == registry().functions.end() ? nullptr : found->second;
}

}  // namespace

int64_t register_host_function(HostFunction function) {
  auto shared = std::make_shared<const HostFunction>(std::move(function));
  std::unique_lock lock(registry().mutex);
  const int64_t id = ++registry().last_id;
  registry().functions.emplace(id, std::move(shared));
  return id;
}

void unregister_host_function(int64_t id) {
  std::shared_ptr<const HostFunction> removed;  // destroyed after the lock: its captures may unregister others
  std::unique_lock lock(registry().mutex);
  const auto found = registry().functions.find(id);
  if (found == registry().functions.end()) return;
  removed = std::move(found->second);
  registry().functions.erase(found);
  lock.unlock();
}

}  // namespace etch::runtime

extern "C" int32_t etch_rt_host_call(etch_context *context, int64_t id, int32_t num_inputs, const etch_view *inputs,
                                     int32_t num_outputs, const etch_view *outputs) {
  try {
    const auto function = etch::runtime::find(id);
    if (!function)
      throw etch::UserError("host function " + std::to_string(id) +
                            " is not registered: it was destroyed, or the program was compiled in another process");
    (*function)({inputs, static_cast<size_t>(num_inputs)}, {outputs, static_cast<size_t>(num_outputs)});
    return 0;
  } catch (...) {
    context->keep_exception(std::current_exception());
    return 1;
  }
}
