#pragma once
// Does this processor, under this operating system, have what compiled code needs?

#include <string>
#include <string_view>

namespace etch::runtime {

/// The first name in `features` (comma separated LLVM names: "+avx2,+fma,-avx512f" or "avx2,fma") that this machine
/// lacks; "" when it has them all. Only instruction-set features count: names that merely tune code ("prefer-256-bit",
/// "+fast-gather") and names after '-' are skipped. A name nobody knows is reported as missing, since running on would
/// risk an illegal instruction. Off x86-64 nothing is checked: Etch generates no code for other CPUs.
/// Tiles (amx-*) need the operating system's permission for the whole process: it is asked for here.
std::string_view first_missing_cpu_feature(std::string_view features);

/// Whether processor and operating system have it, permission aside.
bool knows_cpu_feature(std::string_view name);

/// Throws UserError naming `program`, the missing feature and the remedy, if one is missing.
void require_cpu_features(std::string_view features, std::string_view program);

/// Which processor this is and what it can do, as bytes: equal where a compiler that looks at the machine makes equal
/// code.
const std::string &cpu_identity();

}  // namespace etch::runtime
