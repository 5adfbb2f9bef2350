#pragma once
// Counts and quantities as reports write them.

#include <cstdint>
#include <string>
#include <string_view>

namespace etch {

/// "1 trace", "2 traces"; `noun` is in the singular and takes an s.
std::string count_text(int64_t count, std::string_view noun);

/// Three digits and a prefix: "512 B", "33.8 kB", "4.19 Mflop"; thousands, not 1024. "unknown B" for less than 0.
std::string quantity_text(int64_t quantity, std::string_view unit);

/// "0.04 ms", "38.1 ms", "2504 ms": two digits behind the point at most, three in all, or those before the point.
std::string milliseconds_text(double milliseconds);

}  // namespace etch
