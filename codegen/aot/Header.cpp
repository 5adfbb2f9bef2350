#include "codegen/aot/Header.h"

#include <algorithm>
#include <string_view>

#include "codegen/abi/ProgramDescriptor.h"
#include "codegen/aot/CNames.h"
#include "runtime/base/error.h"

namespace etch::codegen {

namespace {

const char *cTypeOf(DType dtype) {
  switch (dtype) {
    case DType::boolean:
    case DType::u8: return "uint8_t";
    case DType::i32: return "int32_t";
    case DType::i64: return "int64_t";
    case DType::f16:
    case DType::bf16: return "uint16_t";
    case DType::f32: return "float";
    case DType::f64: return "double";
  }
  throw InternalError("a dtype without a C type");
}

std::string typeNote(DType dtype) {
  if (dtype == DType::boolean) return "; bytes 0 or 1";
  if (dtype == DType::f16) return "; IEEE binary16 bits";
  if (dtype == DType::bf16) return "; bfloat16: the upper 16 bits of a float";
  return "";
}

struct Row {
  std::string name, role;
  const ValueInfo *value;
};

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

/// Text inside a C comment.
std::string commentSafe(const std::string &text) {
  std::string safe;
  for (char c : text) safe += static_cast<unsigned char>(c) < 32 || c == '*' || c == '\\' ? '?' : c;
  return safe;
}

constexpr const char *kOpening = R"(/* $name: a program compiled by etchc. Made by a tool; do not edit.
 *
 * Link the object with etch_runtime, which needs the C++ library, oneTBB and libm:
 *   cc main.c $name.o -letch_runtime -ltbb -lstdc++ -lm -lpthread
 */
#ifndef ETCH_PROGRAM_$MACRO_H
#define ETCH_PROGRAM_$MACRO_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

)";

constexpr const char *kClosing =
    R"(/* Message of the calling thread's last failed call, "" if none. Valid until the next call on this thread. */
const char *etch_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
)";

class HeaderWriter {
 public:
  explicit HeaderWriter(const ProgramInfo &info) : info(info), names(cNamesOf(info)), macro(upper(info.name)) {
    for (size_t i = 0; i < info.args.size(); ++i) rows.push_back({names.args[i], roleOf(i), &info.args[i]});
    for (size_t i = 0; i < info.results.size(); ++i)
      if (info.results[i].updates < 0) rows.push_back({names.results[i], "out", &info.results[i]});
  }

  std::string write() {
    text = filled(kOpening);
    writeSizes();
    writeInitialValues();
    writeRun();
    writeResultDims();
    return text + kClosing;
  }

 private:
  const ProgramInfo &info;
  CNames names;
  std::string macro, text;
  std::vector<Row> rows;

  /// $name and $MACRO replaced.
  std::string filled(std::string_view pattern) const {
    std::string result;
    while (!pattern.empty()) {
      size_t dollar = std::min(pattern.find('$'), pattern.size());
      result += pattern.substr(0, dollar);
      pattern.remove_prefix(dollar);
      for (auto [key, value] : {std::pair<std::string_view, std::string_view>{"$name", info.name}, {"$MACRO", macro}})
        if (pattern.starts_with(key)) {
          result += value;
          pattern.remove_prefix(key.size());
        }
    }
    return result;
  }

  std::string roleOf(size_t argument) const {
    for (const ValueInfo &result : info.results)
      if (result.updates == static_cast<int>(argument)) return "in-out";
    return "in";
  }

  void writeSizes() {
    bool any = false;
    for (const Row &row : rows) {
      if (!row.value->type.shape.is_static()) continue;
      if (!any)
        text += "/* Elements and bytes of each buffer" + std::string(info.isStatic ? "" : " of known size") + ". */\n";
      any = true;
      int64_t count = row.value->type.shape.num_elements();
      std::string prefix = "#define " + macro + "_" + upper(row.name);
      text += prefix + "_COUNT " + std::to_string(count) + "\n";
      text += prefix + "_BYTES " + std::to_string(count * static_cast<int64_t>(size_of(row.value->type.dtype))) + "\n";
    }
    if (int64_t count = unknownExtents(info.args)) {
      text += "/* Lengths of the arrays of unknown extents. */\n#define " + macro + "_NUM_DIMS " +
              std::to_string(count) + "\n";
      if (int64_t results = unknownExtents(info.results))
        text += "#define " + macro + "_NUM_RESULT_DIMS " + std::to_string(results) + "\n";
      any = true;
    }
    if (any) text += "\n";
  }

  void writeInitialValues() {
    bool any = false;
    for (size_t i = 0; i < info.args.size(); ++i) {
      if (info.args[i].initialValue.empty()) continue;
      if (!any) text += "/* What the variables start from: copy each into a buffer of your own. */\n";
      any = true;
      text += "extern const " + std::string(cTypeOf(info.args[i].type.dtype)) + " " +
              initialValueName(info, names.args[i]) + "[" + std::to_string(info.args[i].type.shape.num_elements()) +
              "];\n";
    }
    if (any) text += "\n";
  }

  void writeTable() {
    size_t nameWidth = 0, roleWidth = 0, typeWidth = 0;
    for (const Row &row : rows) {
      nameWidth = std::max(nameWidth, row.name.size());
      roleWidth = std::max(roleWidth, row.role.size());
      typeWidth = std::max(typeWidth, to_string(row.value->type).size());
    }
    for (const Row &row : rows) {
      const TensorType &type = row.value->type;
      std::string line = " *   " + padded(row.name, nameWidth) + "  " + padded(row.role, roleWidth) + "  " +
                         padded(to_string(type), typeWidth) + "  ";
      if (type.shape.is_static())
        line += std::to_string(type.shape.num_elements() * static_cast<int64_t>(size_of(type.dtype))) + " bytes";
      else
        line += "elements x " + std::to_string(size_of(type.dtype)) + " bytes";
      line += typeNote(type.dtype);
      if (row.value->isVariable) line += "; variable";
      if (!row.value->name.empty() && row.value->name != row.name)
        line += "; traced as '" + commentSafe(row.value->name) + "'";
      text += line + "\n";
    }
  }

  /// "dims[0] = axis 0 of x", one line each.
  void writeDims(const char *array, const std::vector<ValueInfo> &values, const std::vector<std::string> &valueNames) {
    int next = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const Shape &shape = values[i].type.shape;
      std::string name = values[i].updates >= 0 ? names.args[values[i].updates] + " (as it is)" : valueNames[i];
      for (int axis = 0; axis < shape.rank(); ++axis)
        if (shape[axis] == kDynamic)
          text += std::string(" *   ") + array + "[" + std::to_string(next++) + "] = extent of axis " +
                  std::to_string(axis) + " of " + name + "\n";
    }
  }

  void writeRun() {
    text += "/* Runs the program once.\n *\n";
    writeTable();
    if (!rows.empty()) text += " *\n";
    if (!info.isStatic) {
      text += " * The extents shown as ? are passed, and those of the results come back:\n";
      writeDims("dims", info.args, names.args);
      writeDims("result_dims", info.results, names.results);
      if (unknownExtents(info.results))
        text += " * result_dims may be a null pointer; " + info.name + "_result_dims tells the sizes beforehand.\n";
      text += " *\n";
    }
    if (!rows.empty())
      text +=
          " * Buffers are dense and row-major (the last axis is contiguous). Buffers that are written must not overlap "
          "any other.\n";
    text +=
        " * Returns 0 when done. Any other value means failure: nothing was written to in-out buffers, the contents of "
        "out\n"
        " * buffers are undefined, and etch_last_error() says why. May be called from several threads at once.\n */\n";
    std::vector<std::string> parameters;
    for (size_t i = 0; i < info.args.size(); ++i)
      parameters.push_back((roleOf(i) == "in" ? "const " : "") + std::string(cTypeOf(info.args[i].type.dtype)) + " *" +
                           names.args[i]);
    if (!info.isStatic) parameters.push_back("const int64_t *dims");
    for (size_t i = 0; i < info.results.size(); ++i)
      if (info.results[i].updates < 0)
        parameters.push_back(std::string(cTypeOf(info.results[i].type.dtype)) + " *" + names.results[i]);
    if (!info.isStatic && unknownExtents(info.results)) parameters.push_back("int64_t *result_dims");
    writePrototype(info.name, parameters);
  }

  void writeResultDims() {
    if (info.isStatic || !unknownExtents(info.results)) return;
    text +=
        "/* The unknown extents of the results for these of the arguments, so that buffers can be allocated. Runs "
        "nothing.\n"
        " * Returns 0, or another value when the extents do not fit each other; see etch_last_error(). */\n";
    writePrototype(info.name + "_result_dims", {"const int64_t *dims", "int64_t *result_dims"});
  }

  void writePrototype(const std::string &name, const std::vector<std::string> &parameters) {
    std::string line = "int32_t " + name + "(";
    const std::string indent(line.size(), ' ');
    for (size_t i = 0; i < parameters.size(); ++i) {
      std::string next = parameters[i] + (i + 1 < parameters.size() ? "," : "");
      if (i > 0 && line.size() + 1 + next.size() > 100) {
        text += line + "\n";
        line = indent + next;
      } else {
        line += (i > 0 ? " " : "") + next;
      }
    }
    text += line + (parameters.empty() ? "void" : "") + ");\n\n";
  }
};

}  // namespace

std::string headerText(const ProgramInfo &info) { return HeaderWriter(info).write(); }

}  // namespace etch::codegen
