#include "convolution_shapes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "etch/etch.h"

namespace etch::bench {

double Convolution::flops() const {
  return 2.0 * static_cast<double>(pixels() * window[0] * window[1] * (inputs / groups) * outputs);
}

std::vector<Convolution> random_convolutions(int count, unsigned seed) {
  std::mt19937 random(seed);
  auto pick = [&](std::initializer_list<int64_t> list) { return list.begin()[random() % list.size()]; };
  auto even = [&](double from, double to) {
    std::uniform_real_distribution<double> exponent(std::log2(from), std::log2(to));
    return static_cast<int64_t>(std::llround(std::exp2(exponent(random))));
  };
  auto channels = [&] {
    const int64_t number = even(1, 256);
    return random() % 2 && number > 4 ? (number + 7) / 8 * 8 : number;
  };
  std::vector<Convolution> list;
  while (static_cast<int>(list.size()) < count) {
    Convolution c{.batch = 1, .extents = {even(4, 96), 1}, .inputs = channels(), .outputs = channels(), .window = {}};
    c.extents[1] = random() % 4 ? c.extents[0] : even(4, 96);
    c.window[0] = pick({1, 2, 3, 3, 3, 4, 5, 7});
    c.window[1] = random() % 8 ? c.window[0] : pick({1, 3, 5, 7});
    c.stride = pick({1, 1, 1, 2, 2, 3}), c.dilation = pick({1, 1, 1, 1, 2, 3});
    if (const int64_t kind = pick({0, 0, 0, 0, 1, 2}); kind == 1) {
      c.groups = pick({2, 4, 8, 16, 32});
      for (int64_t *each : {&c.inputs, &c.outputs}) *each = std::min<int64_t>(256, (*each / c.groups + 1) * c.groups);
    } else if (kind == 2) {
      c.groups = c.inputs, c.outputs = c.inputs * pick({1, 1, 1, 2});
    }
    // A dilated window fits into the picture.
    if (std::min(c.extents[0] + 2 * c.border(0) - (c.window[0] - 1) * c.dilation,
                 c.extents[1] + 2 * c.border(1) - (c.window[1] - 1) * c.dilation) < 1)
      continue;
    const auto most = std::clamp(static_cast<int64_t>(4e8 / c.flops()), int64_t{1}, int64_t{32});
    c.batch = even(1, static_cast<double>(most));
    if (c.flops() >= 1e6 && c.flops() <= 2e9) list.push_back(c);
  }
  return list;
}

std::string name_of(const Convolution &c) {
  char text[128];
  std::snprintf(text, sizeof text, "%dx%dx%dx%d->%d,%dx%d,s%d,d%d,g%d", static_cast<int>(c.batch),
                static_cast<int>(c.extents[0]), static_cast<int>(c.extents[1]), static_cast<int>(c.inputs),
                static_cast<int>(c.outputs), static_cast<int>(c.window[0]), static_cast<int>(c.window[1]),
                static_cast<int>(c.stride), static_cast<int>(c.dilation), static_cast<int>(c.groups));
  return text;
}

Convolution convolution_from(const std::string &text) {
  int n = 0, h = 0, w = 0, inputs = 0, outputs = 0, kh = 0, kw = 0, stride = 1, dilation = 1, groups = 1;
  const int read = std::sscanf(text.c_str(), "%dx%dx%dx%d->%d,%dx%d,s%d,d%d,g%d", &n, &h, &w, &inputs, &outputs, &kh,
                               &kw, &stride, &dilation, &groups);
  if (read < 7 || std::min({n, h, w, inputs, outputs, kh, kw, stride, dilation, groups}) < 1)
    throw UserError("there is no shape or list '" + text + "'; see --help");
  return {n, {h, w}, inputs, outputs, {kh, kw}, stride, dilation, groups};
}

}  // namespace etch::bench
