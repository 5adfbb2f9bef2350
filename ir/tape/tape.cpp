#include "ir/tape/tape.h"

#include <cstring>
#include <sstream>

namespace etch::ir {

std::string_view mnemonic_of(OpCode op) {
  switch (op) {
#define ETCH_OP(mnemonic, family) \
  case OpCode::mnemonic: return #mnemonic;
#define ETCH_OP_KEYWORD(identifier, mnemonic, family) \
  case OpCode::identifier: return #mnemonic;
#include "ir/tape/op_codes.inc"
#undef ETCH_OP
#undef ETCH_OP_KEYWORD
  }
  return "<unknown op>";
}

Family family_of(OpCode op) {
  switch (op) {
#define ETCH_OP(mnemonic, family) \
  case OpCode::mnemonic: return Family::family;
#define ETCH_OP_KEYWORD(identifier, mnemonic, family) \
  case OpCode::identifier: return Family::family;
#include "ir/tape/op_codes.inc"
#undef ETCH_OP
#undef ETCH_OP_KEYWORD
  }
  throw InternalError("unknown op code " + std::to_string(static_cast<int>(op)));
}

bool Literal::operator==(const Literal &other) const {
  return type == other.type && splat == other.splat && (bytes == other.bytes || *bytes == *other.bytes);
}

ValueId Tape::add_argument(const TensorType &type, Argument::Kind kind, std::string argument_name) {
  ValueId id = static_cast<ValueId>(types.size());
  types.push_back(type);
  arguments.push_back({id, kind, std::move(argument_name)});
  return id;
}

ValueId Tape::add_capture(ValueId outer, const TensorType &type) {
  for (const Capture &capture : captures)
    if (capture.outer == outer) return capture.inner;
  ValueId id = static_cast<ValueId>(types.size());
  types.push_back(type);
  captures.push_back({id, outer});
  return id;
}

ValueId Tape::add_node(Node node, const std::vector<TensorType> &result_types) {
  node.first_result = static_cast<ValueId>(types.size());
  node.num_results = static_cast<uint16_t>(result_types.size());
  types.insert(types.end(), result_types.begin(), result_types.end());
  nodes.push_back(std::move(node));
  return nodes.back().first_result;
}

//===-- Hash and equality ------------------------------------------------------------------------------------===//

namespace {

struct Hasher {
  uint64_t state = 0x9E3779B97F4A7C15ull;
  void add(uint64_t value) {
    unsigned __int128 product = static_cast<unsigned __int128>(state ^ value) * 0xD6E8FEB86659FD93ull;
    state = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    state += 0x632BE59BD9B4E019ull;
  }
  void add(std::string_view text) {
    add(text.size());
    for (char c : text) add(static_cast<unsigned char>(c));
  }
  void add(const TensorType &type) {
    add(static_cast<uint64_t>(type.dtype) << 8 | static_cast<uint64_t>(type.shape.rank()));
    for (int64_t extent : type.shape) add(static_cast<uint64_t>(extent));
  }
  void add(const AttributeValue &value) {
    add(value.index());
    if (auto *integer = std::get_if<int64_t>(&value)) add(static_cast<uint64_t>(*integer));
    if (auto *list = std::get_if<std::vector<int64_t>>(&value)) {
      add(list->size());
      for (int64_t item : *list) add(static_cast<uint64_t>(item));
    }
    if (auto *text = std::get_if<std::string>(&value)) add(std::string_view(*text));
    if (auto *dtype = std::get_if<DType>(&value)) add(static_cast<uint64_t>(*dtype));
    if (auto *literal = std::get_if<Literal>(&value)) {
      add(literal->type);
      add(literal->splat);
      for (std::byte byte : *literal->bytes) add(static_cast<uint64_t>(byte));
    }
    if (auto *callee = std::get_if<std::shared_ptr<const Tape>>(&value)) add((*callee)->hash());
  }
  void add(const Tape &tape) {
    add(tape.types.size());
    for (const TensorType &type : tape.types) add(type);
    add(tape.arguments.size());
    add(tape.captures.size());
    add(tape.nodes.size());
    for (const Argument &argument : tape.arguments) add(argument.id << 2 | static_cast<uint64_t>(argument.kind));
    for (const Capture &capture : tape.captures) add(static_cast<uint64_t>(capture.inner) << 32 | capture.outer);
    for (const Node &node : tape.nodes) {
      // Lengths first, so that no list can pass for the beginning of the next.
      add(static_cast<uint64_t>(node.op) << 32 | node.num_results);
      add(node.operands.size());
      for (ValueId operand : node.operands) add(operand);
      add(node.segments.size());
      for (int32_t segment : node.segments) add(static_cast<uint64_t>(segment));
      add(node.attributes.size());
      for (const Attribute &attribute : node.attributes) {
        add(std::string_view(attribute.name));
        add(attribute.value);
      }
      add(node.regions.size());
      for (const auto &region : node.regions) add(*region);
    }
    add(tape.results.size());
    for (ValueId result : tape.results) add(result);
    for (int32_t update : tape.updates) add(static_cast<uint64_t>(update));
  }
};

/// Host functions have numbers of this process: code names them, but what was recorded is the same without.
enum class HostFunctions : bool { any, same };

bool equal_tapes(const Tape &a, const Tape &b, HostFunctions host);

bool equal_attributes(const Attribute &a, const Attribute &b, HostFunctions host) {
  if (std::strcmp(a.name, b.name) != 0 || a.value.index() != b.value.index()) return false;
  if (auto *callee = std::get_if<std::shared_ptr<const Tape>>(&a.value)) {
    auto &other = std::get<std::shared_ptr<const Tape>>(b.value);
    return *callee == other || equal_tapes(**callee, *other, host);
  }
  return a.value == b.value;
}

bool equal_nodes(const Node &a, const Node &b, HostFunctions host) {
  if (a.op != b.op || a.first_result != b.first_result || a.num_results != b.num_results || a.operands != b.operands ||
      a.segments != b.segments || a.attributes.size() != b.attributes.size() || a.regions.size() != b.regions.size())
    return false;
  const bool is_any = a.op == OpCode::host_call && host == HostFunctions::any;
  for (size_t i = 0; !is_any && i < a.attributes.size(); ++i)
    if (!equal_attributes(a.attributes[i], b.attributes[i], host)) return false;
  for (size_t i = 0; i < a.regions.size(); ++i)
    if (!equal_tapes(*a.regions[i], *b.regions[i], host)) return false;
  return true;
}

bool equal_tapes(const Tape &a, const Tape &b, HostFunctions host) {
  if (a.types != b.types || a.results != b.results || a.updates != b.updates ||
      a.arguments.size() != b.arguments.size() || a.captures.size() != b.captures.size() ||
      a.nodes.size() != b.nodes.size())
    return false;
  for (size_t i = 0; i < a.arguments.size(); ++i)
    if (a.arguments[i].id != b.arguments[i].id || a.arguments[i].kind != b.arguments[i].kind) return false;
  for (size_t i = 0; i < a.captures.size(); ++i)
    if (a.captures[i].inner != b.captures[i].inner || a.captures[i].outer != b.captures[i].outer) return false;
  for (size_t i = 0; i < a.nodes.size(); ++i)
    if (!equal_nodes(a.nodes[i], b.nodes[i], host)) return false;
  return true;
}

}  // namespace

uint64_t Tape::hash() const {
  Hasher hasher;
  hasher.add(*this);
  return hasher.state;
}

bool Tape::equals(const Tape &other) const { return equal_tapes(*this, other, HostFunctions::same); }

bool is_same_recording(const Tape &a, const Tape &b) { return equal_tapes(a, b, HostFunctions::any); }
bool is_same_recording(const Node &a, const Node &b) { return equal_nodes(a, b, HostFunctions::any); }

//===-- Listing ----------------------------------------------------------------------------------------------===//

namespace {

void list(std::ostream &os, const Tape &tape, int depth) {
  std::string indent(static_cast<size_t>(depth) * 2, ' ');
  for (const Argument &argument : tape.arguments)
    os << indent << '%' << argument.id << " = argument " << argument.name << " : " << to_string(tape.types[argument.id])
       << '\n';
  for (const Capture &capture : tape.captures)
    os << indent << '%' << capture.inner << " = outer %" << capture.outer << '\n';
  for (const Node &node : tape.nodes) {
    os << indent;
    for (int i = 0; i < node.num_results; ++i) os << (i ? ", %" : "%") << node.first_result + i;
    os << (node.num_results ? " = " : "") << mnemonic_of(node.op);
    for (size_t i = 0; i < node.operands.size(); ++i) os << (i ? ", %" : " %") << node.operands[i];
    if (node.num_results) os << " : " << to_string(tape.types[node.first_result]);
    os << '\n';
    for (const auto &region : node.regions) list(os, *region, depth + 1);
  }
  os << indent << "return";
  for (ValueId result : tape.results) os << " %" << result;
  os << '\n';
}

}  // namespace

std::string to_string(const Tape &tape) {
  std::ostringstream os;
  list(os, tape, 0);
  return os.str();
}

}  // namespace etch::ir
