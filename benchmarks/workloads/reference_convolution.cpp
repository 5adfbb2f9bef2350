#include "reference_loops.h"

namespace etch::bench {
namespace {

// Square pictures, NHWC or NCHW.
struct Picture {
  int64_t batch, side, channels;
  bool channels_first;

  int64_t place(int64_t n, int64_t i, int64_t j, int64_t c) const {
    return channels_first ? ((n * channels + c) * side + i) * side + j : ((n * side + i) * side + j) * channels + c;
  }
};
int64_t size_of(const Sizes &sizes, const char *name, int64_t otherwise) {
  const auto found = sizes.find(name);
  return found == sizes.end() ? otherwise : found->second;
}
Picture picture_of(const Numbers &x, const Sizes &sizes) {
  const bool channels_first = size_of(sizes, "channels_first", 0) != 0;
  return {x.shape[0], x.shape[2], x.shape[channels_first ? 1 : 3], channels_first};
}

// Filters HWIO, half of the window around x, in as many groups as the filters' inputs leave: the result, or the slope
// of x or filters when that of the result is dy. All three are the same loops over products; they differ in what is
// summed.
enum class Slope : uint8_t { none, x, filters };
Array convolution(const Numbers &x, const Numbers &filters, const Numbers *dy, Slope slope, const Sizes &sizes) {
  const int64_t stride = size_of(sizes, "stride", 1), dilation = size_of(sizes, "dilation", 1);
  const Picture in = picture_of(x, sizes);
  const int64_t window = filters.shape[0], side = (in.side - 1) / stride + 1;
  const int64_t outputs = filters.shape[3], group = filters.shape[2], each = outputs / (in.channels / group);
  const Picture out{in.batch, side, outputs, in.channels_first};
  Array y(at(in.batch * side * side * outputs)), dx(x.values.size()), df(filters.values.size());
  for (int64_t n = 0; n < in.batch; ++n)
    for (int64_t p = 0; p < side * side; ++p)
      for (int64_t w = 0; w < window * window; ++w) {
        const int64_t i = p / side * stride + (w / window - window / 2) * dilation,
                      j = p % side * stride + (w % window - window / 2) * dilation;
        if (i < 0 || j < 0 || i >= in.side || j >= in.side) continue;
        for (int64_t c = 0; c < group; ++c)
          for (int64_t o = 0; o < outputs; ++o) {
            const int64_t from = in.place(n, i, j, o / each * group + c), to = out.place(n, p / side, p % side, o),
                          f = (w * group + c) * outputs + o;
            y[at(to)] += x[from] * filters[f];
            if (dy) dx[at(from)] += (*dy)[to] * filters[f];
            if (dy) df[at(f)] += (*dy)[to] * x[from];
          }
      }
  return slope == Slope::x ? dx : slope == Slope::filters ? df : y;
}

// Maxima of square windows inside x; with dy, the slope of x: each window's goes to the first of its maxima.
Array max_pool(const Numbers &x, const Sizes &sizes, const Numbers *dy) {
  const Picture in = picture_of(x, sizes);
  const int64_t window = sizes.at("window"), stride = sizes.at("stride"), result = (in.side - window) / stride + 1;
  const Picture out{in.batch, result, in.channels, in.channels_first};
  Array y(at(in.batch * result * result * in.channels)), dx(x.values.size());
  for (int64_t n = 0; n < in.batch; ++n)
    for (int64_t p = 0; p < result * result; ++p)
      for (int64_t c = 0; c < in.channels; ++c) {
        int64_t best = -1;
        for (int64_t w = 0; w < window * window; ++w) {
          const int64_t from = in.place(n, p / result * stride + w / window, p % result * stride + w % window, c);
          if (best < 0 || x[from] > x[best]) best = from;
        }
        const int64_t to = out.place(n, p / result, p % result, c);
        y[at(to)] = x[best];
        if (dy) dx[at(best)] += (*dy)[to];
      }
  return dy ? dx : y;
}

}  // namespace

void add_convolution_loops(Loops &loops) {
  auto add = [&](const char *kind, auto loop) {
    loops[kind] = [loop](const Inputs &in, const Sizes &sizes) { return Results{loop(in, sizes)}; };
  };
  add("conv",
      [](const Inputs &in, const Sizes &sizes) { return convolution(in[0], in[1], nullptr, Slope::none, sizes); });
  add("conv_data_gradient",
      [](const Inputs &in, const Sizes &sizes) { return convolution(in[0], in[1], &in[2], Slope::x, sizes); });
  add("conv_filter_gradient",
      [](const Inputs &in, const Sizes &sizes) { return convolution(in[1], in[0], &in[2], Slope::filters, sizes); });
  add("max_pool", [](const Inputs &in, const Sizes &sizes) { return max_pool(in[0], sizes, nullptr); });
  add("max_pool_gradient", [](const Inputs &in, const Sizes &sizes) { return max_pool(in[0], sizes, &in[1]); });
}

}  // namespace etch::bench
