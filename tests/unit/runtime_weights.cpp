// Copies of matrices in panels.
#include <catch2/catch.hpp>

#include <cstdint>
#include <random>
#include <vector>

#include "runtime/base/dtype.h"
#include "runtime/executable/executable.h"
#include "runtime/executable/weights.h"

using namespace etch;
using namespace etch::runtime;

namespace {

template <class Element> void check_layouts() {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    auto below = [&](int64_t n) { return static_cast<int64_t>(random()) % n; };
    etch_weights w{};
    w.depth = below(70), w.columns = 1 + below(70);
    const bool turned = below(2);
    w.depth_stride = turned ? 1 : w.columns, w.column_stride = turned ? w.depth : 1;
    w.group = static_cast<uint32_t>(1 + below(2));
    w.width = 1 + below(40);
    const int64_t deep = (w.depth + w.group - 1) / w.group * w.group;
    w.apart = deep * w.width + below(20);
    w.elements = (w.columns + w.width - 1) / w.width * w.apart;
    std::vector<Element> from(static_cast<size_t>(w.depth * w.columns)), wanted(static_cast<size_t>(w.elements)),
        got(wanted.size(), Element{7});
    for (Element &element : from) element = static_cast<Element>(1 + below(200));
    const int64_t group = w.group;
    for (int64_t d = 0; d < w.depth; ++d)
      for (int64_t c = 0; c < w.columns; ++c)
        wanted[static_cast<size_t>(c / w.width * w.apart + (d / group * w.width + c % w.width) * group + d % group)] =
            from[static_cast<size_t>(d * w.depth_stride + c * w.column_stride)];
    lay_out(w, sizeof(Element), from.data(), got.data());
    CHECK(got == wanted);
  }
}

const int64_t kMatrix[] = {2, 3};
const etch_value_spec kIn[] = {{"w", kMatrix, static_cast<uint8_t>(f32), 2, 0, nullptr}};
const etch_value_spec kOut[] = {{"y", kMatrix, static_cast<uint8_t>(f32), 2, 0, nullptr}};
const etch_weights kTurned[] = {{0, 1, 3, 2, 1, 3, 2, 6, 6}};

/// Shows the copy.
int32_t show(const etch_call *call) {
  for (int i = 0; i < 6; ++i)
    static_cast<float *>(call->results[0])[i] = static_cast<const float *>(call->weights[0])[i];
  return 0;
}

}  // namespace

TEST_CASE("a matrix is laid out in panels, from rows or columns, in groups, zeros where nothing is") {
  check_layouts<uint8_t>();
  check_layouts<uint16_t>();
  check_layouts<float>();
  check_layouts<double>();
}

TEST_CASE("who runs a program without copies at hand gets them made") {
  etch_program program{ETCH_ABI_VERSION, 1, 1, 0, 0, 0, "show", "", kIn, kOut, 0, show, nullptr, kTurned, 1};
  float w[] = {1, 2, 3, 4, 5, 6}, y[6];
  void *args[] = {w}, *results[] = {y};
  for (float first : {1.f, 9.f}) {
    w[0] = first;
    run_program(program, args, nullptr, results);
    CHECK(std::vector<float>(y, y + 6) == std::vector<float>{first, 4, 2, 5, 3, 6});
    CHECK(etch_run_program(&program, args, results) == 0);
    CHECK(y[0] == first);
  }
}
