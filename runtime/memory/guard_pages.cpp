#include "runtime/memory/guard_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/base/env.h"
#include "runtime/base/error.h"

namespace etch::runtime {
namespace {

constexpr auto kUntouched = std::byte{0xff};

size_t page_size() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

constexpr size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

GuardedEnd guarded_end() {
  static constexpr std::string_view kChoices[] = {"off", "front", "back"};
  return static_cast<GuardedEnd>(env::choice("ETCH_GUARD_PAGES", kChoices, 0));
}

GuardedMemory::GuardedMemory(size_t bytes, GuardedEnd end, size_t alignment)
    : usable_(round_up(std::max<size_t>(bytes, 1), page_size())), bytes_(bytes) {
  void *pages = mmap(nullptr, usable_ + 2 * page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw UserError("out of memory: no " + std::to_string(bytes) + " bytes between guard pages");
  pages_ = static_cast<std::byte *>(pages);
  std::byte *first = pages_ + page_size();
  mprotect(first, usable_, PROT_READ | PROT_WRITE);
  std::memset(first, static_cast<int>(kUntouched), usable_);
  data_ = end == GuardedEnd::front ? first : first + (usable_ - round_up(bytes, alignment));
}

GuardedMemory::~GuardedMemory() {
  if (pages_) munmap(pages_, usable_ + 2 * page_size());
}

GuardedMemory::GuardedMemory(GuardedMemory &&other) noexcept
    : pages_(std::exchange(other.pages_, nullptr)),
      usable_(other.usable_),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(other.bytes_) {}

void GuardedMemory::forbid_writes() { mprotect(pages_ + page_size(), usable_, PROT_READ); }

bool GuardedMemory::is_slack_untouched() const {
  const std::byte *first = pages_ + page_size(), *end = first + usable_;
  const auto untouched = [](std::byte byte) { return byte == kUntouched; };
  return std::all_of(first, const_cast<const std::byte *>(data_), untouched) &&
         std::all_of(const_cast<const std::byte *>(data_) + bytes_, end, untouched);
}

}  // namespace etch::runtime
