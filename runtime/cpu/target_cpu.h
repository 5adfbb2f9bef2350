#pragma once
// The processor that this process compiles for.

#include <string>

namespace etch::runtime {

/// An LLVM name such as "x86-64-v3" from ETCH_TARGET_CPU: this machine does what a smaller one would do. Unset it is
/// "native", the processor that is here. The compiler checks the name, and that this processor can run such code.
const std::string &target_cpu();

}  // namespace etch::runtime
