#pragma once
// Routines that programs of a kernel pack share: in the pack once, and for every program that is compiled.

#include <map>
#include <string>
#include <vector>

#include "codegen/abi/compiler.h"
#include "frontend/function/kernel_pack.h"

namespace etch::detail {

/// The routines of a pack by name, taken out of the programs that it is made of.
class PackRoutines {
 public:
  /// Takes the objects of a program's routines; their names stay.
  void take_from(codegen::CompiledObject &code);
  /// The entry of a pack for `target` that holds them.
  std::pair<std::string, std::string> entry(std::string_view target) const;

 private:
  std::map<std::string, std::shared_ptr<const std::string>> objects_;
};

/// The objects that a program from the process's pack lacks. False when the pack has none of a name.
bool complete_from_pack(codegen::CompiledObject &code);

/// Gives the compiler the routines of the process's pack, if it is the best one for this processor.
void provide_pack_routines(const codegen::CompilerApi &compiler);

}  // namespace etch::detail
