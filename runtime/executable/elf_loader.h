#pragma once
// Relocatable x86-64 objects into this process, without LLVM.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace etch::runtime {

/// The memory of one object: code that can be run and not written, constants that can be read, data.
class LoadedObject {
 public:
  ~LoadedObject();
  LoadedObject(const LoadedObject &) = delete;
  LoadedObject &operator=(const LoadedObject &) = delete;

  /// Where the object's global symbol lies; null when it defines none of that name.
  void *symbol(std::string_view name) const;
  /// The global symbols it defines whose names begin so.
  std::vector<std::string> symbols_with(std::string_view prefix) const;

 private:
  friend class ElfLoader;
  LoadedObject() = default;
  void *base_ = nullptr;
  size_t bytes_ = 0;
  std::unordered_map<std::string, void *> symbols_;
};

/// The address of a symbol that the object refers to and does not define; null when there is none.
using SymbolResolver = std::function<void *(const char *name)>;

/// Copies `object` (ET_REL as LLVM emits it with PIC and the small code model) into memory of its own and links it.
/// Throws InternalError for what is no such object, and naming symbols that nobody defines.
std::shared_ptr<const LoadedObject> load_elf_object(std::string_view object, const SymbolResolver &resolve);

}  // namespace etch::runtime
