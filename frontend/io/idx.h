#pragma once
// IDX files, the format of MNIST, plain or compressed with gzip.

#include <filesystem>
#include <span>
#include <string>

#include "frontend/io/host_array.h"

namespace etch {

/// Reads an IDX file of unsigned bytes (0x08), i32 (0x0C), f32 (0x0D) or f64 (0x0E) with up to kMaxRank axes. Whether
/// it is compressed is seen from its bytes, not from its name. Throws UnsupportedError for the other element types,
/// UserError for a file that is missing, damaged, or not as long as its header says (checked before allocating).
HostArray read_idx(const std::filesystem::path &path);

/// The same from memory; `name` stands for the file in messages.
HostArray read_idx(std::span<const std::byte> bytes, const std::string &name);

}  // namespace etch
