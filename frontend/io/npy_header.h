#pragma once
// The header of a .npy file: a Python dictionary literal.

#include <string>
#include <string_view>

#include "runtime/base/shape.h"

namespace etch {

struct NpyHeader {
  std::string descr;  ///< NumPy's type string, "<f4"
  bool fortran_order = false;
  Shape shape;
};

/// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}; keys in any order, nothing else. Throws
/// UnsupportedError for what NumPy writes and Etch does not take (structured types, more than kMaxRank axes), UserError
/// for what is no header. Messages say what came; the caller adds the file's name.
NpyHeader parse_npy_header(std::string_view text);

/// The dictionary as NumPy writes it, without padding.
std::string npy_header_text(const NpyHeader &header);

}  // namespace etch
