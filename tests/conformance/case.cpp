#include "tests/conformance/case.h"

#include <cmath>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include <zlib.h>

namespace conformance {
using namespace etch;
using numeric::Array;

std::optional<DType> dtype_of_case(const Json &tensor) {
  std::string name = tensor.at("dtype");
  if (name == "ui8") return u8;
  for (DType dtype : {i32, i64, f16, bf16, f32, f64})
    if (name == name_of(dtype)) return dtype;
  if (name == "i1") return boolean;
  return std::nullopt;
}

static std::vector<unsigned char> inflate(const std::string &base64, size_t size) {
  std::vector<unsigned char> packed, bytes(size);
  uint32_t bits = 0;
  int count = 0;
  for (char c : base64) {
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? std::strchr(alphabet, c) : nullptr;
    if (!at) continue;
    bits = bits << 6 | static_cast<uint32_t>(at - alphabet);
    if ((count += 6) >= 8) packed.push_back(static_cast<unsigned char>(bits >> (count -= 8)));
  }
  uLongf length = size;
  if (uncompress(bytes.data(), &length, packed.data(), packed.size()) != Z_OK || length != size)
    throw std::runtime_error("corrupt b64z");
  return bytes;
}

template <class T> static void read(Array &array, const std::vector<unsigned char> &bytes) {
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, &bytes[i], sizeof(T));
    if constexpr (std::is_same_v<T, half> || std::is_same_v<T, bfloat16>)
      array.values.push_back(static_cast<float>(value));
    else
      array.values.push_back(value);
  }
}

Array array_of_case(const Json &tensor) {
  Array array{Shape(tensor.at("shape").get<std::vector<int64_t>>()), {}};
  DType dtype = dtype_of_case(tensor).value();
  if (tensor.contains("b64z")) {
    std::vector<unsigned char> bytes =
        inflate(tensor["b64z"], size_of(dtype) * static_cast<size_t>(array.shape.num_elements()));
    switch (dtype) {
      case DType::boolean:
      case DType::u8: read<uint8_t>(array, bytes); break;
      case DType::i32: read<int32_t>(array, bytes); break;
      case DType::i64: read<int64_t>(array, bytes); break;
      case DType::f16: read<half>(array, bytes); break;
      case DType::bf16: read<bfloat16>(array, bytes); break;
      case DType::f32: read<float>(array, bytes); break;
      case DType::f64: read<double>(array, bytes); break;
    }
    return array;
  }
  for (const Json &value : tensor.at("data")) {
    if (value.is_string())
      array.values.push_back(std::stold(value.get<std::string>()));
    else if (value.is_boolean())
      array.values.push_back(value.get<bool>());
    else if (value.is_number_unsigned())
      array.values.push_back(value.get<uint64_t>());
    else if (value.is_number_integer())
      array.values.push_back(value.get<int64_t>());
    else
      array.values.push_back(numeric::stored(value.get<double>(), dtype));
  }
  return array;
}

std::string difference(const Tensor &actual, const Json &expected, const Json &tolerance) {
  std::ostringstream text;
  text.precision(17);
  DType dtype = dtype_of_case(expected).value();
  Array wanted = array_of_case(expected);
  if (!(actual.type() == TensorType{dtype, wanted.shape})) {
    text << to_string(actual.type()) << ", expected " << to_string(TensorType{dtype, wanted.shape});
    return text.str();
  }
  std::string kind = tolerance.at("kind");
  Array values = numeric::array_of(actual);
  for (size_t i = 0; i < values.values.size(); ++i) {
    long double a = values.values[i], b = wanted.values[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    bool near = false;
    if (kind == "abs") near = std::fabs(a - b) <= tolerance.at("atol").get<double>();
    if (kind == "ulp") near = numeric::ulp_distance(a, b, dtype) <= tolerance.at("max").get<double>();
    if (kind == "allclose")
      near = std::fabs(a - b) <= tolerance.at("atol").get<double>() + tolerance.at("rtol").get<double>() * std::fabs(b);
    if (near) continue;
    text << "element " << i << " is " << a << ", expected " << b << " (" << kind << ")";
    return text.str();
  }
  return "";
}

}  // namespace conformance
