#include "etch/io.h"
#include "frontend/function/eager.h"
#include "frontend/io/idx.h"
#include "frontend/io/mnist.h"
#include "frontend/io/npy.h"
#include "frontend/io/synthetic_digits.h"
#include "frontend/tensor/storage.h"

namespace etch {
namespace {

Tensor as_tensor(HostArray array) { return detail::adopt(array.type, std::move(array.data)); }
LabelledDigits as_tensors(LabelledImages pictures) {
  return {as_tensor(std::move(pictures.images)), as_tensor(std::move(pictures.labels))};
}

/// What `work` gives; its errors name the user's line besides the file.
template <class Work> auto called_at(std::source_location at, Work &&work) {
  try {
    return work();
  } catch (const UnsupportedError &error) {
    throw UnsupportedError(error.message(), at);
  } catch (const UserError &error) {
    throw UserError(error.message(), at);
  }
}

}  // namespace

Tensor load_npy(const std::string &path, std::source_location at) {
  return called_at(at, [&] { return as_tensor(read_npy(path)); });
}

void save_npy(const std::string &path, const Tensor &tensor, std::source_location at) {
  tensor.data(at);  // throws for symbolic tensors
  called_at(at, [&] { write_npy(path, HostArray{tensor.type(), detail::buffer_of(tensor)}); });
}

Tensor load_idx(const std::string &path, std::source_location at) {
  return called_at(at, [&] { return as_tensor(read_idx(path)); });
}
LabelledDigits load_mnist_train(const std::string &folder, std::source_location at) {
  return called_at(at, [&] { return as_tensors(MnistFiles::find(folder).load_train()); });
}
LabelledDigits load_mnist_test(const std::string &folder, std::source_location at) {
  return called_at(at, [&] { return as_tensors(MnistFiles::find(folder).load_test()); });
}
LabelledDigits synthetic_mnist(int64_t count, uint64_t seed, std::source_location at) {
  return called_at(at, [&] { return as_tensors(synthetic_digits(count, seed)); });
}

}  // namespace etch
