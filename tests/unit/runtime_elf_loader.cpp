// Objects that are none. What the loader makes of real ones, every test that runs a compiled function says.
#include "runtime/executable/elf_loader.h"

#include <catch2/catch.hpp>
#include <elf.h>

#include <cstring>

#include "runtime/base/error.h"

using namespace etch;
using namespace etch::runtime;

namespace {

/// An object with a section of code, a global symbol `f` at its start and one relocation to an undefined `outside`.
struct Object {
  Elf64_Ehdr header{};
  Elf64_Shdr sections[5]{};
  Elf64_Sym symbols[3]{};
  Elf64_Rela relocation{};
  char names[24] = "\0f\0outside\0.text\0";
  // call outside; ret
  unsigned char code[6] = {0xE8, 0, 0, 0, 0, 0xC3};

  Object() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_type = ET_REL;
    header.e_machine = EM_X86_64;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shoff = offsetof(Object, sections);
    header.e_shnum = 5;
    header.e_shstrndx = 2;
    section(1, SHT_PROGBITS, offsetof(Object, code), sizeof(code));
    sections[1].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
    sections[1].sh_name = 11;
    section(2, SHT_STRTAB, offsetof(Object, names), sizeof(names));
    section(3, SHT_SYMTAB, offsetof(Object, symbols), sizeof(symbols));
    sections[3].sh_link = 2;
    section(4, SHT_RELA, offsetof(Object, relocation), sizeof(relocation));
    sections[4].sh_info = 1;
    symbols[1].st_name = 1;
    symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbols[1].st_shndx = 1;
    symbols[2].st_name = 3;
    symbols[2].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
    relocation.r_offset = 1;
    relocation.r_info = ELF64_R_INFO(2, R_X86_64_PLT32);
    relocation.r_addend = -4;
  }
  void section(int i, uint32_t type, size_t offset, size_t bytes) {
    sections[i].sh_type = type;
    sections[i].sh_offset = offset;
    sections[i].sh_size = bytes;
    sections[i].sh_addralign = 1;
  }
  std::string_view bytes() const { return {reinterpret_cast<const char *>(this), sizeof(*this)}; }
};

int calls = 0;
void count_call() { ++calls; }
void *resolve(const char *name) {
  return std::strcmp(name, "outside") == 0 ? reinterpret_cast<void *>(&count_call) : nullptr;
}

void check_refused(const Object &object, const std::string &why) {
  CHECK_THROWS_WITH(load_elf_object(object.bytes(), resolve), Catch::Contains(why));
}

}  // namespace

TEST_CASE("code is linked with what lies anywhere in the process") {
  auto loaded = load_elf_object(Object().bytes(), resolve);
  CHECK(loaded->symbol("outside") == nullptr);
  auto f = reinterpret_cast<void (*)()>(loaded->symbol("f"));
  REQUIRE(f);
  calls = 0;
  f();
  CHECK(calls == 1);
}

TEST_CASE("what is no object of ours is refused") {
  CHECK_THROWS_AS(load_elf_object("", resolve), InternalError);
  CHECK_THROWS_AS(load_elf_object("not an object, but long enough to hold the header of one, if it were one", resolve),
                  InternalError);
  Object object;
  object.header.e_machine = EM_AARCH64;
  check_refused(object, "not a relocatable x86-64 object");
  object = Object();
  object.relocation.r_info = ELF64_R_INFO(2, R_X86_64_TPOFF32);
  check_refused(object, "relocation type 23");
  object = Object();
  object.names[3] = 'O';
  check_refused(object, "nobody defines Outside");
  object = Object();
  object.relocation.r_offset = 3;
  check_refused(object, "a relocation outside of its section");
  object = Object();
  object.relocation.r_info = ELF64_R_INFO(9, R_X86_64_PLT32);
  check_refused(object, "a relocation to no symbol");
  object = Object();
  object.symbols[1].st_shndx = 7;
  check_refused(object, "a symbol without a section");
  object = Object();
  object.sections[1].sh_size = size_t{1} << 60;
  check_refused(object, "above 2 GiB");
}

TEST_CASE("an object cut off anywhere is refused") {
  const Object object;
  for (size_t size = 0; size < sizeof(object); ++size) {
    const size_t end_of_code = offsetof(Object, code) + sizeof(object.code);
    if (size >= end_of_code) break;
    CHECK_THROWS_AS(load_elf_object(object.bytes().substr(0, size), resolve), InternalError);
  }
}

TEST_CASE("an object with any byte changed is loaded or refused, and nothing else happens") {
  const Object object;
  for (size_t i = 0; i < sizeof(object); ++i)
    for (unsigned char mask : {0x01, 0x10, 0x80, 0xFF}) {
      std::string bytes(object.bytes());
      bytes[i] = static_cast<char>(bytes[i] ^ mask);
      try {
        load_elf_object(bytes, resolve);
      } catch (const Error &) {
      }
    }
  SUCCEED();
}
