#pragma once
// Files that appear complete or not at all.

#include <string>
#include <string_view>

namespace etch {

/// Writes the file under a name of its own and renames it at the end: a crash leaves no half file, nor a full disk in
/// the place of an old one, and readers never see one. What is no file, a device or a pipe, is written as it is.
/// Returns why it could not be, "" if it was.
std::string write_whole_file(const std::string &path, std::string_view bytes);

}  // namespace etch
