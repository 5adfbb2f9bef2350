#include "frontend/function/captured_copies.h"

#include <map>
#include <mutex>
#include <tuple>

#include "frontend/function/eager.h"
#include "runtime/executable/weights.h"

namespace etch::detail {
namespace {

/// The tensor and the order. A copy holds its tensor, so that no other one has its address meanwhile.
using Key = std::tuple<const TensorBody *, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, uint32_t>;

Key key_of(const Tensor &tensor, const etch_weights &w) {
  return {tensor.body(), w.depth, w.columns, w.depth_stride, w.column_stride, w.width, w.apart, w.group};
}

struct Copies {
  std::mutex mutex;
  std::map<Key, std::weak_ptr<const LaidOut>> by_key;
};

Copies &copies() {
  // Never destroyed: functions may be destroyed later than statics are.
  static auto *all = new Copies;
  return *all;
}

CapturedCopy copy_of_captured(const Tensor &tensor, const etch_program &program, const etch_weights &weights) {
  require_concrete(tensor, {});
  Copies &all = copies();
  const Key key = key_of(tensor, weights);
  std::lock_guard lock(all.mutex);
  if (auto found = all.by_key.find(key); found != all.by_key.end())
    if (CapturedCopy present = found->second.lock()) return present;
  std::erase_if(all.by_key, [](const auto &entry) { return entry.second.expired(); });
  auto made = std::make_shared<LaidOut>(LaidOut{tensor, runtime::copy_of(program, weights, tensor.body()->data)});
  all.by_key[key] = made;
  return made;
}

}  // namespace

std::span<const CapturedCopy> CapturedCopies::of(const Program &program, const etch_program &code) const {
  std::call_once(once, [&] {
    std::vector<CapturedCopy> made;
    for (const etch_weights &weights : std::span(code.weights, static_cast<size_t>(code.num_weights)))
      made.push_back(copy_of_captured(program.bindings[weights.argument].tensor, code, weights));
    for (const CapturedCopy &copy : made) data.push_back(copy->data->data());
    copies = std::move(made);
  });
  return copies;
}

}  // namespace etch::detail
