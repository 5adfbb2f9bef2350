#pragma once
// Where etch::print writes from compiled code.

#include <functional>
#include <string>
#include <string_view>

#include "runtime/executable/abi.h"

namespace etch::runtime {

using PrintSink = std::function<void(std::string_view)>;
/// Sends what programs print (whole lines, newline included) to `sink` instead of stdout; an empty sink restores
/// stdout. Returns the previous sink. An exception of the sink fails the run that printed.
PrintSink set_print_sink(PrintSink sink);

/// `format` with each "{}" replaced by the next view in NumPy's layout. Views beyond the last "{}" follow, separated by
/// spaces; a "{}" beyond the last view stays as it is.
std::string format_print(std::string_view format, int32_t num_views, const etch_view *views);

}  // namespace etch::runtime
