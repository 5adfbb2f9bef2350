#include "codegen/aot/CNames.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include "runtime/base/error.h"

namespace etch::codegen {

std::string upper(std::string text) {
  for (char &c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

namespace {

/// Words of C11 and C++20, macros that GNU C defines beside them, and what the header itself uses.
constexpr std::string_view kReserved =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class"
    " co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype"
    " default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline"
    " int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public"
    " register reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast"
    " struct switch template this thread_local throw true try typedef typeid typename typeof union unsigned using"
    " virtual void volatile wchar_t while xor xor_eq linux unix dims result_dims float_t double_t int8_t uint8_t"
    " int16_t uint16_t int32_t uint32_t int64_t uint64_t"
    " ";
bool isOneOf(std::string_view words, const std::string &name) {
  return words.find(" " + name + " ") != std::string_view::npos;
}
/// What LLVM may call from compiled code, such as floor where the processor does not round, or know the meaning of.
bool isOfLibrary(const std::string &name) {
  const llvm::TargetLibraryInfoImpl library{llvm::Triple(llvm::sys::getProcessTriple())};
  llvm::LibFunc known;
  return library.getLibFunc(name, known);
}
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// "layers/0/weight:0" becomes "layers_0_weight_0".
std::string toIdentifier(const std::string &name, const std::string &fallback) {
  std::string text;
  for (char c : name) {
    bool keep = isLetter(c) || isDigit(c);
    if (keep)
      text += c;
    else if (!text.empty() && text.back() != '_')
      text += '_';
  }
  while (!text.empty() && text.back() == '_') text.pop_back();
  if (text.empty()) return fallback;
  if (isDigit(text[0])) text = fallback + "_" + text;
  if (isOneOf(kReserved, text)) text += '_';
  return text;
}

/// Macros are upper case, so names must differ in more than case.
std::string makeUnique(std::string name, std::set<std::string> &taken) {
  std::string candidate = name;
  for (int i = 2; !taken.insert(upper(candidate)).second; ++i) candidate = name + "_" + std::to_string(i);
  return candidate;
}

}  // namespace

CNames cNamesOf(const ProgramInfo &info) {
  CNames names;
  std::set<std::string> taken{upper(info.name)};
  for (size_t i = 0; i < info.args.size(); ++i)
    names.args.push_back(makeUnique(toIdentifier(info.args[i].name, "arg" + std::to_string(i)), taken));
  size_t outputs = 0, next = 0;
  for (const ValueInfo &result : info.results) outputs += result.updates < 0;
  for (const ValueInfo &result : info.results) {
    std::string fallback = outputs == 1 ? "result" : "result" + std::to_string(next);
    names.results.push_back(result.updates >= 0 ? "" : makeUnique(toIdentifier(result.name, fallback), taken));
    next += result.updates < 0;
  }
  return names;
}

std::string initialValueName(const ProgramInfo &info, const std::string &argument) {
  return info.name + "_initial_" + argument;
}

void requireCFunctionName(const std::string &name) {
  bool identifier = !name.empty() && !isDigit(name[0]) &&
                    std::all_of(name.begin(), name.end(), [](char c) { return isLetter(c) || isDigit(c) || c == '_'; });
  std::string why;
  if (!identifier)
    why = "is not a C identifier";
  else if (isOneOf(kReserved, name))
    why = "is a reserved word of C or C++";
  else if (isOfLibrary(name))
    why = "is a function of the C library";
  else if (name == "main")
    why = "is where every C program starts";
  else if (name[0] == '_' || name.find("__") != std::string::npos)
    why = "is reserved for the C implementation";
  else if (name.starts_with("etch_"))
    why = "begins with etch_, which is the runtime's";
  if (why.empty()) return;
  throw UserError("the function '" + name + "' cannot be exported: the name " + why +
                  "; give the C function another name with --name=NAME");
}

}  // namespace etch::codegen
