#pragma once
// The C header of an exported program.

#include <string>

#include "codegen/cpu/entry/Entry.h"

namespace etch::codegen {

/// The header's text. Depends on `info` alone: no path, no date.
std::string headerText(const ProgramInfo &info);

}  // namespace etch::codegen
