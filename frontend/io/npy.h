#pragma once
// NumPy's .npy files.

#include <filesystem>
#include <span>
#include <string>

#include "frontend/io/host_array.h"

namespace etch {

/// Reads a .npy file of format 1.0, 2.0 or 3.0; C or Fortran order, little or big endian, all become dense row-major in
/// the machine's order. Element types: those of the dtype table (bool, u8, i32, i64, f16, bf16, f32, f64). NumPy has no
/// bfloat16: elements of two bytes without a meaning ("<V2", as the package ml_dtypes saves it) are taken for bf16.
/// Throws UnsupportedError for other types and for more than kMaxRank axes, UserError for a file that is missing,
/// damaged or shorter than its header promises (nothing is allocated then). Bytes after the array are ignored.
HostArray read_npy(const std::filesystem::path &path);

/// The same from memory; `name` stands for the file in messages.
HostArray read_npy(std::span<const std::byte> bytes, const std::string &name);

/// Writes format 1.0, data aligned to 64 bytes, as numpy.save does. The file appears complete or not at all. NumPy
/// loads bf16 as V2; array.view(ml_dtypes.bfloat16) gives the numbers back. Throws UserError when it cannot be written.
void write_npy(const std::filesystem::path &path, const HostArray &array);

}  // namespace etch
