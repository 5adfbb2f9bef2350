#include "frontend/io/mnist.h"

#include "frontend/io/idx.h"
#include "runtime/base/error.h"

namespace etch {
namespace {

std::filesystem::path find_one(const std::filesystem::path &directory, const std::string &stem,
                               const std::string &kind) {
  std::string tried;
  for (const char *separator : {"-", "."})
    for (const char *suffix : {"", ".gz"}) {
      const std::string name = stem + separator + kind + suffix;
      std::error_code ignored;
      if (std::filesystem::is_regular_file(directory / name, ignored)) return directory / name;
      tried += (tried.empty() ? "" : ", ") + name;
    }
  throw UserError(directory.string() + ": MNIST file not found; tried " + tried);
}

LabelledImages load(const std::filesystem::path &image_file, const std::filesystem::path &label_file) {
  LabelledImages set{read_idx(image_file), read_idx(label_file)};
  const TensorType &images = set.images.type, &labels = set.labels.type;
  if (images.dtype != u8 || images.shape.rank() != 3)
    throw UserError(image_file.string() + ": expected images as u8[n,height,width], but it holds " + to_string(images));
  if (labels.dtype != u8 || labels.shape.rank() != 1)
    throw UserError(label_file.string() + ": expected labels as u8[n], but it holds " + to_string(labels));
  if (images.shape[0] != labels.shape[0])
    throw UserError(image_file.string() + " holds " + std::to_string(images.shape[0]) + " images, but " +
                    label_file.string() + " holds " + std::to_string(labels.shape[0]) + " labels");
  return set;
}

}  // namespace

MnistFiles MnistFiles::find(const std::filesystem::path &directory) {
  return {find_one(directory, "train-images", "idx3-ubyte"), find_one(directory, "train-labels", "idx1-ubyte"),
          find_one(directory, "t10k-images", "idx3-ubyte"), find_one(directory, "t10k-labels", "idx1-ubyte")};
}

LabelledImages MnistFiles::load_train() const { return load(train_images, train_labels); }
LabelledImages MnistFiles::load_test() const { return load(test_images, test_labels); }

}  // namespace etch
