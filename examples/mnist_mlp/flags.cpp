#include "flags.h"

#include <charconv>
#include <string_view>

#include <etch/etch.h>

const char *const kUsage = R"(usage: mnist_mlp [flags]
Trains a 784-128-10 network on MNIST with a compiled training step, and tests it.

  --data DIR             folder with the four IDX files of MNIST (plain or .gz), or with a folder mnist that has them.
                         Default: $ETCH_DATA_DIR, else ../shared/data/mnist, else digits drawn on the spot.
                         --data drawn: digits drawn on the spot
  --optimizer NAME       adam (default) or sgd
  --learning-rate X      default 0.001 for adam, 0.01 for sgd
  --hidden N             neurons in the hidden layer (128)
  --epochs N             passes over the training images (5)
  --batch N              images in a step (64)
  --seed N               of the initial weights and of the order of the images (1)
  --policy NAME          default, or strict: no contraction; the same bits eagerly, compiled and exported
  --quick                one epoch over 1,000 images, to see whether everything runs
  --need-mnist           without MNIST, exit with status 77 instead of drawing digits
  --require-accuracy X   exit with status 1 if the accuracy on the test images is below X
  --help                 this page

  mnist_mlp --hidden 100 --epochs 10       79,510 parameters, about 97.5 % of the test images right
  mnist_mlp --optimizer sgd --epochs 5     plain gradient descent, about 92 %
)";

namespace {

template <class T> T number(std::string_view flag, std::string_view text, T min, T max) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= min && value <= max))
    throw etch::UserError(std::string(flag) + " takes a number from " + std::to_string(min) + " to " +
                          std::to_string(max) + ", not '" + std::string(text) + "'");
  return value;
}

bool is_second(std::string_view flag, std::string_view text, std::string_view first, std::string_view second) {
  if (text != first && text != second)
    throw etch::UserError(std::string(flag) + " is " + std::string(first) + " or " + std::string(second) + ", not '" +
                          std::string(text) + "'");
  return text == second;
}

}  // namespace

Flags parse_flags(int argc, char **argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i], value;
    bool has_value = false;
    if (size_t equals = flag.find('='); equals != flag.npos) {
      has_value = true;
      value = flag.substr(equals + 1);
      flag = flag.substr(0, equals);
    }
    if (flag == "--quick" || flag == "--need-mnist" || flag == "--help" || flag == "-h") {
      if (has_value) throw etch::UserError(std::string(flag) + " takes no value");
      (flag == "--quick" ? flags.quick : flag == "--need-mnist" ? flags.needs_mnist : flags.help) = true;
      continue;
    }
    auto take = [&]() -> std::string_view {
      if (has_value) return value;
      if (i + 1 == argc) throw etch::UserError(std::string(flag) + " needs a value; see --help");
      return argv[++i];
    };
    if (flag == "--data")
      flags.data = std::string(take());
    else if (flag == "--optimizer")
      flags.sgd = is_second(flag, take(), "adam", "sgd");
    else if (flag == "--policy")
      flags.policy = is_second(flag, take(), "default", "strict") ? etch::Policy::strict : etch::Policy::standard;
    else if (flag == "--hidden")
      flags.hidden = number<int64_t>(flag, take(), 1, 1'000'000);
    else if (flag == "--epochs")
      flags.epochs = number<int64_t>(flag, take(), 1, 1'000'000);
    else if (flag == "--batch")
      flags.batch = number<int64_t>(flag, take(), 1, 1'000'000);
    else if (flag == "--seed")
      flags.seed = number<uint64_t>(flag, take(), 0, INT64_MAX);
    else if (flag == "--learning-rate")
      flags.learning_rate = number<double>(flag, take(), 0, 1'000);
    else if (flag == "--require-accuracy")
      flags.required_accuracy = number<double>(flag, take(), 0, 1);
    else
      throw etch::UserError("there is no flag '" + std::string(flag) + "'; see --help");
  }
  return flags;
}
