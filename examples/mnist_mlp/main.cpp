// mnist_mlp: a network that reads handwritten digits, trained with one compiled function.
//
// The step below casts the pictures, runs the network, differentiates it and updates its parameters. It is written like
// eager code; etch::function traces it on the first call, and what runs from then on is native code.
// `./run demo` runs this; `mnist_mlp --help` lists the flags.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "digits.h"
#include "etch/etch.h"
#include "flags.h"
#include "progress.h"

using etch::Tensor;

namespace {

/// Milliseconds that `body` takes, on average of `times`.
double milliseconds(int times, const std::function<void()> &body) {
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / times;
}

/// Lists the files below `root` that are newer than the start of the program.
void list_dumps(const std::filesystem::path &root, std::filesystem::file_time_type since) {
  std::cout << "\nThe IR of each stage is in " << root.string() << ":\n";
  std::vector<std::filesystem::directory_entry> directories(std::filesystem::directory_iterator(root), {});
  std::sort(directories.begin(), directories.end());
  for (const auto &directory : directories) {
    std::vector<std::string> names;
    if (!directory.is_directory()) continue;
    for (const auto &file : std::filesystem::directory_iterator(directory))
      if (file.last_write_time() >= since) names.push_back(file.path().filename().string());
    std::sort(names.begin(), names.end());
    if (names.empty()) continue;
    std::cout << "  " << directory.path().filename().string() << "/";
    for (const std::string &name : names) std::cout << "  " << name;
    std::cout << "\n";
  }
}

int run(Flags flags) {
  const auto program_start = std::filesystem::file_time_type::clock::now();
  etch::PolicyScope policy(flags.policy);

  Digits digits = load_digits(flags.data);
  if (flags.needs_mnist && !digits.is_mnist) {
    std::cout << "SKIPPED: this needs MNIST; give --data DIR or set ETCH_DATA_DIR\n";
    return 77;
  }
  const etch::Shape &picture = digits.train.images.shape();
  int64_t train_count = digits.train.labels.shape().num_elements(),
          test_count = digits.test.labels.shape().num_elements();
  if (!digits.is_mnist && !flags.data)
    std::cout << "THERE ARE NO MNIST FILES (--data DIR or ETCH_DATA_DIR): digits are drawn here instead.\n";
  std::cout << "Data: " << digits.origin << ", " << train_count << " to train, " << test_count << " to test, "
            << picture[1] << "x" << picture[2] << " pixels\n";

  // The model.
  etch::Generator generator(static_cast<int64_t>(flags.seed));
  etch::nn::Sequential model(
      etch::nn::Flatten(),
      etch::nn::Dense(picture[1] * picture[2], flags.hidden, etch::nn::Activation::relu, generator),
      etch::nn::Dense(flags.hidden, 10, etch::nn::Activation::linear, generator));
  etch::nn::SGD sgd(model.parameters(), flags.learning_rate.value_or(0.01));
  etch::nn::Adam adam(model.parameters(), flags.learning_rate.value_or(0.001));
  std::cout << "Model:\n" << model.summary() << "\n";
  auto scores = [&](const Tensor &images) { return model(etch::cast(images, etch::f32) / 255.f); };

  // The training step: from pictures to updated parameters.
  auto train_step = etch::function("train_step",
                                   [&](Tensor images, Tensor labels) {
                                     auto [result, gradients] = etch::value_and_grad(model.parameters(), [&] {
                                       Tensor logits = scores(images);
                                       return std::pair{etch::mean(etch::sparse_softmax_cross_entropy(logits, labels)),
                                                        etch::accuracy(logits, labels)};
                                     });
                                     flags.sgd ? sgd.apply(gradients) : adam.apply(gradients);
                                     return result;  // (loss, accuracy)
                                   },
                                   {.argument_names = {"images", "labels"}});

  // The number of right answers; the extent that is unknown lets one trace serve batches of any size.
  auto count_right =
      etch::function("count_right",
                     [&](Tensor images, Tensor labels) {
                       return etch::sum(etch::cast(
                           etch::equal(etch::argmax(scores(images)), etch::cast(labels, etch::i64)), etch::i64));
                     },
                     {.input_signature = {{etch::u8, {etch::kDynamic, picture[1], picture[2]}, "images"},
                                          {etch::u8, {etch::kDynamic}, "labels"}}});

  // Training.
  if (flags.quick) {
    flags.epochs = 1;
    train_count = std::min<int64_t>(train_count, 1'000);
    test_count = std::min<int64_t>(test_count, 1'000);
  }
  ShuffledBatches batches(digits.train, flags.batch, flags.seed);
  const int64_t steps = flags.quick ? train_count / flags.batch : batches.steps_per_epoch();
  if (steps == 0) throw etch::UserError("--batch " + std::to_string(flags.batch) + " is more than there are pictures");
  std::cout << "Training: " << (flags.sgd ? "sgd" : "adam") << ", batches of " << flags.batch << ", policy "
            << (flags.policy == etch::Policy::strict ? "strict" : "default") << "\n";
  setenv("ETCH_DUMP", "etch-dump", /*overwrite=*/0);  // from here on, what is compiled is written down
  Progress progress(flags.epochs, steps);
  for (int64_t i = 0; i < flags.epochs * steps; ++i) {
    Batch batch = batches.next();
    auto [loss, accuracy] = train_step(batch.images, batch.labels);
    progress.step(loss.item<float>(), accuracy.item<float>());
  }
  const double training_seconds = progress.seconds();

  // Testing, on every test image.
  int64_t right = 0;
  for (int64_t first = 0; first < test_count; first += 1'000) {
    Batch batch = batch_of(digits.test, first, std::min<int64_t>(1'000, test_count - first));
    right += count_right(batch.images, batch.labels).item<int64_t>();
  }
  const double accuracy = static_cast<double>(right) / static_cast<double>(test_count);
  std::printf("\nTest: %lld of %lld right, accuracy %.4f, after %.1f s of training (%.0f us a step)\n",
              static_cast<long long>(right), static_cast<long long>(test_count), accuracy, training_seconds,
              training_seconds * 1e6 / static_cast<double>(flags.epochs * steps));
  std::fflush(stdout);

  std::cout << "\nWhat was traced and compiled:\n\n" << train_step.explain() << "\n" << count_right.explain();
  if (const char *root = std::getenv("ETCH_DUMP"); std::filesystem::is_directory(root)) list_dumps(root, program_start);

  // The same step op by op. Every op is compiled at its first use, too; the dumps of those would be many.
  unsetenv("ETCH_DUMP");
  Batch batch = batches.next();
  auto step = [&] { train_step(batch.images, batch.labels); };
  const double compiled = milliseconds(flags.quick ? 20 : 300, step);
  double first_eager, eager;
  {
    etch::RunFunctionsEagerly eagerly;
    first_eager = milliseconds(1, step);
    eager = milliseconds(flags.quick ? 5 : 50, step);
  }
  std::printf(
      "\nA step takes %.0f us eagerly (the first one %.0f ms, compiling each op) and %.0f us compiled: %.1f times "
      "faster\n",
      eager * 1e3, first_eager, compiled * 1e3, eager / compiled);

  if (accuracy < flags.required_accuracy) {
    std::printf("FAILED: the accuracy is below %.4f\n", flags.required_accuracy);
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char **argv) {
  try {
    Flags flags = parse_flags(argc, argv);
    if (flags.help) {
      std::cout << kUsage;
      return 0;
    }
    return run(flags);
  } catch (const std::exception &error) {
    std::cerr << "mnist_mlp: " << error.what() << "\n";
    return 2;
  }
}
