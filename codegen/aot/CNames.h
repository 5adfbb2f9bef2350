#pragma once
// What the values of an exported program are called in C.

#include <string>
#include <vector>

#include "codegen/cpu/entry/Entry.h"

namespace etch::codegen {

/// In upper case: macros.
std::string upper(std::string text);

/// Names for C: of every argument and result (results that update a variable have none: ""), unique, no keywords of C
/// or C++, derived from the names the user gave where there are any.
struct CNames {
  std::vector<std::string> args, results;
};
CNames cNamesOf(const ProgramInfo &info);

/// The public symbol of a variable's initial value: "step_initial_w".
std::string initialValueName(const ProgramInfo &info, const std::string &argument);

/// Throws UserError, saying what to do, when no C function can have this name.
void requireCFunctionName(const std::string &name);

}  // namespace etch::codegen
