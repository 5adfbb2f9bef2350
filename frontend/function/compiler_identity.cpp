#include "frontend/function/compiler_identity.h"

#include <dlfcn.h>
#include <elf.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "codegen/abi/compiler.h"
#include "runtime/base/env.h"

namespace etch::detail {

namespace {

constexpr const char *kFileName = "libetch_compiler.so";

std::string folder_of_libetch() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void *>(&codegen::compiler), &info) || !info.dli_fname) return {};
  return std::filesystem::path(info.dli_fname).parent_path().string();
}

std::string read_at(std::ifstream &file, uint64_t offset, uint64_t bytes) {
  std::string content(bytes, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  if (!file.read(content.data(), static_cast<std::streamsize>(bytes))) return {};
  return content;
}

/// The notes of a segment: (name size, value size, type), name and value, each padded to four bytes.
std::string find_build_id(std::string_view notes) {
  auto padded = [](size_t bytes) { return (bytes + 3) / 4 * 4; };
  Elf64_Nhdr note;
  while (notes.size() >= sizeof(note)) {
    std::memcpy(&note, notes.data(), sizeof(note));
    const size_t name = sizeof(note), value = name + padded(note.n_namesz), end = value + padded(note.n_descsz);
    if (end > notes.size()) return {};
    if (note.n_type == NT_GNU_BUILD_ID && notes.substr(name, note.n_namesz) == std::string_view("GNU", 4))
      return std::string(notes.substr(value, note.n_descsz));
    notes.remove_prefix(end);
  }
  return {};
}

std::string build_id_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  const std::string start = read_at(file, 0, sizeof(Elf64_Ehdr));
  Elf64_Ehdr header;
  if (start.size() != sizeof(header)) return {};
  std::memcpy(&header, start.data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phentsize != sizeof(Elf64_Phdr)) return {};
  const std::string segments = read_at(file, header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  for (size_t i = 0; i + sizeof(Elf64_Phdr) <= segments.size(); i += sizeof(Elf64_Phdr)) {
    Elf64_Phdr segment;
    std::memcpy(&segment, segments.data() + i, sizeof(segment));
    if (segment.p_type != PT_NOTE) continue;
    if (std::string id = find_build_id(read_at(file, segment.p_offset, segment.p_filesz)); !id.empty()) return id;
  }
  return {};
}

}  // namespace

std::vector<std::string> compiler_places() {
  if (auto chosen = env::text("ETCH_COMPILER")) return {*chosen};
  std::vector<std::string> places;
  if (std::string folder = folder_of_libetch(); !folder.empty()) places.push_back(folder + "/" + kFileName);
  places.push_back(kFileName);
  return places;
}

const std::string &compiler_identity() {
  static const std::string identity = [] {
    for (const std::string &place : compiler_places()) {
      if (place.find('/') == std::string::npos) break;
      if (std::filesystem::exists(place)) return build_id_of(place);
    }
    return std::string();
  }();
  return identity;
}

}  // namespace etch::detail
