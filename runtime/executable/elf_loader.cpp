#include "runtime/executable/elf_loader.h"

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

#include "runtime/base/error.h"

namespace etch::runtime {

namespace {

[[noreturn]] void refuse(const std::string &what) { throw InternalError("loading machine code: " + what); }

// Memory of one protection is a run of whole pages.
enum Segment : uint8_t { code, constants, data, num_segments };

size_t aligned(size_t offset, size_t alignment) { return (offset + alignment - 1) / alignment * alignment; }

}  // namespace

class ElfLoader {
 public:
  ElfLoader(std::string_view object, const SymbolResolver &resolve) : object_(object), resolve_(resolve) {}

  std::shared_ptr<const LoadedObject> load() {
    read_sections();
    lay_out();
    std::shared_ptr<LoadedObject> loaded(new LoadedObject);
    map(*loaded);
    resolve_symbols(*loaded);
    relocate();
    protect();
    return loaded;
  }

 private:
  std::string_view object_;
  const SymbolResolver &resolve_;
  std::vector<Elf64_Shdr> sections_;
  std::vector<Elf64_Sym> symbols_;
  std::string_view section_names_, symbol_names_;
  struct Place {
    bool loaded = false;
    Segment segment = code;
    size_t offset = 0;
  };
  std::vector<Place> places_;        // by section
  std::vector<uint64_t> addresses_;  // by symbol
  std::vector<int32_t> slots_;       // by symbol: its entry in the table of addresses, or -1
  int32_t num_slots_ = 0;
  std::array<size_t, num_segments> sizes_{}, starts_{};
  size_t jumps_ = 0, table_ = 0;  // offsets in `code` and `constants`
  char *base_ = nullptr;

  static constexpr size_t kMaxBytes = size_t{1} << 31;  // of a section; distances in code are 32 bits
  // jmp *table(%rip), padded: how code reaches a symbol that may be further away than 2 GiB.
  static constexpr size_t kJumpBytes = 8, kJumpLength = 6;  // between jumps; of the instruction

  template <class T> std::vector<T> read_array(size_t offset, size_t bytes) {
    if (offset > object_.size() || bytes > object_.size() - offset || bytes % sizeof(T) != 0)
      refuse("truncated object");
    std::vector<T> items(bytes / sizeof(T));
    if (bytes) std::memcpy(items.data(), object_.data() + offset, bytes);
    return items;
  }
  std::string_view text_of(const Elf64_Shdr &section) {
    if (section.sh_offset > object_.size() || section.sh_size > object_.size() - section.sh_offset)
      refuse("truncated object");
    return object_.substr(section.sh_offset, section.sh_size);
  }
  static const char *name_at(std::string_view names, size_t offset) {
    if (offset >= names.size() || names.back() != '\0') refuse("a name outside of its table");
    return names.data() + offset;
  }

  void read_sections() {
    const Elf64_Ehdr header = read_array<Elf64_Ehdr>(0, sizeof(Elf64_Ehdr))[0];
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_type != ET_REL || header.e_machine != EM_X86_64 || header.e_shentsize != sizeof(Elf64_Shdr))
      refuse("not a relocatable x86-64 object");
    sections_ = read_array<Elf64_Shdr>(header.e_shoff, size_t{header.e_shnum} * sizeof(Elf64_Shdr));
    if (header.e_shstrndx >= sections_.size()) refuse("no section names");
    section_names_ = text_of(sections_[header.e_shstrndx]);
    for (const Elf64_Shdr &section : sections_)
      if (section.sh_type == SHT_SYMTAB) {
        if (section.sh_link >= sections_.size()) refuse("no symbol names");
        symbols_ = read_array<Elf64_Sym>(section.sh_offset, section.sh_size);
        symbol_names_ = text_of(sections_[section.sh_link]);
      }
    for (const Elf64_Sym &symbol : symbols_)
      if (symbol.st_shndx >= sections_.size() && symbol.st_shndx < SHN_LORESERVE) refuse("a symbol without a section");
  }

  // Unwinding never passes through compiled code, so its tables stay behind.
  bool is_loaded(const Elf64_Shdr &section) {
    if (!(section.sh_flags & SHF_ALLOC) || section.sh_size == 0) return false;
    return section.sh_type != SHT_NOTE && std::strcmp(name_at(section_names_, section.sh_name), ".eh_frame") != 0;
  }
  Segment segment_of(const Elf64_Shdr &section) {
    if (section.sh_flags & SHF_EXECINSTR) return code;
    // Constants that hold addresses are written once, here.
    const std::string_view name = name_at(section_names_, section.sh_name);
    return (section.sh_flags & SHF_WRITE) && !name.starts_with(".data.rel.ro") ? data : constants;
  }

  template <class Visit> void for_each_relocation(Visit visit) {
    for (const Elf64_Shdr &section : sections_) {
      if (section.sh_type != SHT_RELA) continue;
      if (section.sh_info >= sections_.size()) refuse("relocations of no section");
      if (!places_[section.sh_info].loaded) continue;
      for (const Elf64_Rela &relocation : read_array<Elf64_Rela>(section.sh_offset, section.sh_size)) {
        if (ELF64_R_SYM(relocation.r_info) >= symbols_.size()) refuse("a relocation to no symbol");
        visit(section.sh_info, relocation);
      }
    }
  }
  static bool through_table(uint32_t type) {
    return type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;
  }

  void lay_out() {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    places_.resize(sections_.size());
    for (size_t i = 0; i < sections_.size(); ++i) {
      const Elf64_Shdr &section = sections_[i];
      if (!is_loaded(section)) continue;
      if (section.sh_addralign > page) refuse("an alignment above a page");
      if (section.sh_size > kMaxBytes) refuse("an object above 2 GiB");
      if (section.sh_type != SHT_NOBITS) text_of(section);
      Place &place = places_[i];
      place.loaded = true;
      place.segment = segment_of(section);
      size_t &end = sizes_[place.segment];
      place.offset = aligned(end, std::max<size_t>(1, section.sh_addralign));
      end = place.offset + section.sh_size;
    }
    slots_.assign(symbols_.size(), -1);
    for_each_relocation([&](size_t, const Elf64_Rela &relocation) {
      const size_t symbol = ELF64_R_SYM(relocation.r_info);
      const bool outside = symbols_[symbol].st_shndx == SHN_UNDEF;
      if (slots_[symbol] < 0 && (outside || through_table(ELF64_R_TYPE(relocation.r_info))))
        slots_[symbol] = num_slots_++;
    });
    jumps_ = aligned(sizes_[code], kJumpBytes);
    sizes_[code] = jumps_ + static_cast<size_t>(num_slots_) * kJumpBytes;
    table_ = aligned(sizes_[constants], sizeof(uint64_t));
    sizes_[constants] = table_ + static_cast<size_t>(num_slots_) * sizeof(uint64_t);
    size_t start = 0;
    for (int i = 0; i < num_segments; ++i) {
      starts_[i] = start;
      sizes_[i] = aligned(sizes_[i], page);
      start += sizes_[i];
    }
  }

  char *address_of(const Place &place) { return base_ + starts_[place.segment] + place.offset; }

  void map(LoadedObject &loaded) {
    const size_t bytes = starts_[data] + sizes_[data];
    if (bytes == 0) refuse("nothing to load");
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw UserError("out of memory: " + std::to_string(bytes) + " bytes for machine code");
    loaded.base_ = memory;
    loaded.bytes_ = bytes;
    base_ = static_cast<char *>(memory);
    for (size_t i = 0; i < sections_.size(); ++i)
      if (places_[i].loaded && sections_[i].sh_type != SHT_NOBITS)
        std::memcpy(address_of(places_[i]), object_.data() + sections_[i].sh_offset, sections_[i].sh_size);
  }

  void resolve_symbols(LoadedObject &loaded) {
    addresses_.assign(symbols_.size(), 0);
    std::string missing;
    for (size_t i = 1; i < symbols_.size(); ++i) {
      const Elf64_Sym &symbol = symbols_[i];
      if (symbol.st_shndx == SHN_UNDEF) {
        if (slots_[i] < 0) continue;
        const char *name = name_at(symbol_names_, symbol.st_name);
        addresses_[i] = reinterpret_cast<uint64_t>(resolve_(name));
        if (!addresses_[i]) missing += (missing.empty() ? "" : ", ") + std::string(name);
      } else if (symbol.st_shndx < SHN_LORESERVE) {
        const Place &place = places_[symbol.st_shndx];
        if (!place.loaded) continue;
        addresses_[i] = reinterpret_cast<uint64_t>(address_of(place)) + symbol.st_value;
        if (ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL)
          loaded.symbols_.emplace(name_at(symbol_names_, symbol.st_name), reinterpret_cast<void *>(addresses_[i]));
      }
    }
    if (!missing.empty()) refuse("nobody defines " + missing);
    for (size_t i = 0; i < symbols_.size(); ++i) {
      if (slots_[i] < 0) continue;
      char *slot = slot_of(i), *jump = jump_of(i);
      std::memcpy(slot, &addresses_[i], sizeof(uint64_t));
      // jmp *distance(%rip): calls reach 2 GiB, the rest of the process may lie further away.
      const int32_t distance = static_cast<int32_t>(slot - (jump + kJumpLength));
      jump[0] = static_cast<char>(0xFF);
      jump[1] = 0x25;
      std::memcpy(jump + 2, &distance, sizeof(distance));
    }
  }
  char *slot_of(size_t symbol) {
    return base_ + starts_[constants] + table_ + static_cast<size_t>(slots_[symbol]) * sizeof(uint64_t);
  }
  char *jump_of(size_t symbol) {
    return base_ + starts_[code] + jumps_ + static_cast<size_t>(slots_[symbol]) * kJumpBytes;
  }

  void relocate() {
    for_each_relocation([&](size_t section, const Elf64_Rela &relocation) {
      const uint32_t type = ELF64_R_TYPE(relocation.r_info);
      const size_t symbol = ELF64_R_SYM(relocation.r_info);
      const size_t width = type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
      if (relocation.r_offset > sections_[section].sh_size || width > sections_[section].sh_size - relocation.r_offset)
        refuse("a relocation outside of its section");
      char *place = address_of(places_[section]) + relocation.r_offset;
      const auto addend = static_cast<uint64_t>(relocation.r_addend), here = reinterpret_cast<uint64_t>(place);
      uint64_t target = addresses_[symbol];
      switch (type) {
        case R_X86_64_64:
          target += addend;
          std::memcpy(place, &target, sizeof(target));
          return;
        case R_X86_64_PC64:
          target += addend - here;
          std::memcpy(place, &target, sizeof(target));
          return;
        case R_X86_64_PC32:
        case R_X86_64_PLT32:
          if (symbols_[symbol].st_shndx == SHN_UNDEF) target = reinterpret_cast<uint64_t>(jump_of(symbol));
          return put_distance(place, target + addend - here);
        case R_X86_64_GOTPCREL:
        case R_X86_64_GOTPCRELX:
        case R_X86_64_REX_GOTPCRELX:
          return put_distance(place, reinterpret_cast<uint64_t>(slot_of(symbol)) + addend - here);
        default: refuse("relocation type " + std::to_string(type));
      }
    });
  }
  static void put_distance(char *place, uint64_t distance) {
    const auto near = static_cast<int32_t>(distance);
    if (static_cast<uint64_t>(int64_t{near}) != distance) refuse("an object above 2 GiB");
    std::memcpy(place, &near, sizeof(near));
  }

  void protect() {
    auto set = [&](Segment segment, int protection) {
      if (sizes_[segment] && mprotect(base_ + starts_[segment], sizes_[segment], protection) != 0)
        throw UserError(
            "the system does not let memory become executable, which compiled code needs: it is forbidden by SELinux "
            "(execmem), systemd (MemoryDenyWriteExecute) or a sandbox. Allow it, or write the program with etchc, "
            "whose code is in a library");
    };
    set(code, PROT_READ | PROT_EXEC);
    set(constants, PROT_READ);
  }
};

LoadedObject::~LoadedObject() {
  if (base_) munmap(base_, bytes_);
}

void *LoadedObject::symbol(std::string_view name) const {
  const auto found = symbols_.find(std::string(name));
  return found == symbols_.end() ? nullptr : found->second;
}

std::vector<std::string> LoadedObject::symbols_with(std::string_view prefix) const {
  std::vector<std::string> names;
  for (const auto &[name, address] : symbols_)
    if (name.starts_with(prefix)) names.push_back(name);
  return names;
}

std::shared_ptr<const LoadedObject> load_elf_object(std::string_view object, const SymbolResolver &resolve) {
  return ElfLoader(object, resolve).load();
}

}  // namespace etch::runtime
