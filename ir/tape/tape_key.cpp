#include "ir/tape/tape_key.h"

#include <string_view>
#include <unordered_map>

#include "runtime/base/byte_stream.h"

namespace etch::ir {

namespace {

class KeyWriter {
 public:
  TapeKey take() { return {bytes_.take(), std::move(lines_)}; }

  void add(const Tape &tape) {
    bytes_.text(tape.name);
    bytes_.number(tape.types.size());
    for (const TensorType &type : tape.types) add(type);
    bytes_.number(tape.arguments.size());
    for (const Argument &argument : tape.arguments) {
      bytes_.number(argument.id);
      bytes_.number(static_cast<uint64_t>(argument.kind));
      bytes_.text(argument.name);
    }
    bytes_.number(tape.captures.size());
    for (const Capture &capture : tape.captures) {
      bytes_.number(capture.inner);
      bytes_.number(capture.outer);
    }
    add(tape.location);
    bytes_.number(tape.nodes.size());
    for (const Node &node : tape.nodes) add(node);
    add_numbers(tape.results);
    bytes_.number(tape.result_names.size());
    for (const std::string &name : tape.result_names) bytes_.text(name);
    add_numbers(tape.updates);
  }

 private:
  ByteWriter bytes_;
  std::vector<Location> lines_;
  struct LineHash {
    size_t operator()(const Location &line) const {
      return std::hash<std::string_view>()(line.file) ^ (size_t{line.line} << 32 | line.column) * 0x9E3779B97F4A7C15ull;
    }
  };
  std::unordered_map<Location, uint64_t, LineHash> line_numbers_;
  std::unordered_map<const Tape *, uint64_t> callees_;

  template <class T> void add_numbers(const std::vector<T> &numbers) {
    bytes_.number(numbers.size());
    for (T number : numbers) bytes_.number(static_cast<uint64_t>(number));
  }
  void add(const TensorType &type) {
    bytes_.number(static_cast<uint64_t>(type.dtype));
    bytes_.number(static_cast<uint64_t>(type.shape.rank()));
    // Extents are 0 or more, or -1.
    for (int64_t extent : type.shape) bytes_.number(static_cast<uint64_t>(extent + 1));
  }
  void add(const Location &line) {
    auto [known, is_new] = line_numbers_.try_emplace(line, lines_.size());
    if (is_new) lines_.push_back(line);
    bytes_.number(known->second);
  }
  void add(const Node &node) {
    bytes_.number(static_cast<uint64_t>(node.op));
    bytes_.number(node.first_result);
    bytes_.number(node.num_results);
    add_numbers(node.operands);
    add_numbers(node.segments);
    bytes_.number(node.attributes.size());
    for (const Attribute &attribute : node.attributes) {
      bytes_.text(attribute.name);
      bytes_.number(attribute.value.index());
      std::visit([&](const auto &value) { add_value(value); }, attribute.value);
    }
    bytes_.number(node.regions.size());
    for (const auto &region : node.regions) add(*region);
    add(node.location);
  }
  void add_value(int64_t value) { bytes_.number(static_cast<uint64_t>(value)); }
  void add_value(const std::vector<int64_t> &value) { add_numbers(value); }
  void add_value(const std::string &value) { bytes_.text(value); }
  void add_value(DType value) { bytes_.number(static_cast<uint64_t>(value)); }
  void add_value(const Literal &value) {
    add(value.type);
    bytes_.number(value.splat);
    bytes_.text({reinterpret_cast<const char *>(value.bytes->data()), value.bytes->size()});
  }
  // Calls of one tape are calls of one function, those of two equal tapes are not.
  void add_value(const std::shared_ptr<const Tape> &callee) {
    auto [known, is_new] = callees_.try_emplace(callee.get(), callees_.size());
    bytes_.number(known->second);
    if (is_new) add(*callee);
  }
};

}  // namespace

TapeKey key_of(const Tape &tape) {
  KeyWriter writer;
  writer.add(tape);
  return writer.take();
}

}  // namespace etch::ir
