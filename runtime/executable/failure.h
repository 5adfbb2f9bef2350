#pragma once
// What compiled code says when it fails, as far as others have to recognise it.

#include <string_view>

namespace etch::runtime {

/// How a message about extents that do not fit ends. Compiled code does not print them: its caller knows the shapes.
inline constexpr std::string_view kAsksForShapes = "; pass tensors whose shapes fit";

}  // namespace etch::runtime
