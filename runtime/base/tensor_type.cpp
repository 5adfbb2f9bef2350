#include "runtime/base/tensor_type.h"

namespace etch {

std::string to_string(const TensorType &type) { return std::string(name_of(type.dtype)) + to_string(type.shape); }

}  // namespace etch
