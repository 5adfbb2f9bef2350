// Calls whose extents do not fit what a trace with unknown extents makes of them: an error that names the op and the
// line, never a wrong result or memory that is not ours.
#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

const Spec kVector{f32, {kDynamic}}, kMatrix{f32, {kDynamic, kDynamic}};

Options of(std::vector<Spec> signature) {
  Options options;
  options.input_signature = std::move(signature);
  return options;
}

}  // namespace

TEST_CASE("branches of different extents", "[unknown extents]") {
  auto f = etch::function([](Tensor p, Tensor x, Tensor y) { return cond(p, [&] { return x; }, [&] { return y; }); },
                          of({Spec{boolean, {}}, kVector, kVector}));
  CHECK(floats(f(constant(false), zeros({2}), ones({2}))) == Floats{1, 1});
  CHECK(contains(message_of([&] { f(constant(false), zeros({2}), ones({3})); }),
                 "[if] extents of the branches' results"));
}

TEST_CASE("loops that change the extents of what they carry", "[unknown extents]") {
  auto grows = etch::function(
      [](Tensor x) { return for_range(0, 3, x, [](Tensor, Tensor s) { return concatenate({s, s}); }); }, of({kVector}));
  CHECK(grows(ones({2})).shape() == Shape{16});
  CHECK(grows(ones({0})).shape() == Shape{0});
  auto swaps = etch::function(
      [](Tensor x, Tensor y) {
        return while_loop([](Tensor s) { return sum(s) < 1.f; }, [&](Tensor) { return y; }, x);
      },
      of({kVector, kVector}));
  CHECK(floats(swaps(zeros({2}), ones({2}))) == Floats{1, 1});
  CHECK(floats(swaps(zeros({2}), ones({3}))) == Floats{1, 1, 1});
  // The variable's shape cannot follow.
  Variable v(zeros({2}), "v");
  auto assigns = etch::function([&](Tensor x) {
    v.assign(for_range(0, cast(sum(x), i64), x, [](Tensor, Tensor s) { return concatenate({s, s}); },
                       {.shape_invariants = {{kDynamic}}}));
  });
  std::string message = message_of([&] { assigns(ones({2})); });
  CHECK(contains(message, "unknown_extents.cpp"));
  CHECK(contains(message, "extents that were unknown while tracing differ in this call"));
  CHECK(floats(v.read()) == Floats{0, 0});
}

TEST_CASE("shapes that do not hold the elements", "[unknown extents]") {
  auto to_known = etch::function([](Tensor x) { return reshape(x, {2, 3}) + 1.f; }, of({kVector}));
  CHECK(to_known(zeros({6})).shape() == Shape{2, 3});
  CHECK(contains(message_of([&] { to_known(zeros({4})); }), "[reshape] numbers of elements"));
  auto to_unknown = etch::function([](Tensor x) { return reshape(x, {-1, 3}) + 1.f; }, of({kVector}));
  CHECK(to_unknown(zeros({6})).shape() == Shape{2, 3});
  CHECK(contains(message_of([&] { to_unknown(zeros({7})); }), "[reshape] numbers of elements"));
}

TEST_CASE("parts that lie beyond a tensor", "[unknown extents]") {
  auto part = etch::function([](Tensor x) { return slice(x, {{2, 5}}) + 1.f; }, of({kVector}));
  CHECK(floats(part(zeros({5}))) == Floats{1, 1, 1});
  CHECK(contains(message_of([&] { part(zeros({4})); }), "[slice] the slice ends beyond an extent"));
  auto block =
      etch::function([](Tensor x) { return dynamic_slice(x, {constant(int64_t{1})}, {3}) + 1.f; }, of({kVector}));
  CHECK(floats(block(zeros({3}))) == Floats{1, 1, 1});
  CHECK(contains(message_of([&] { block(zeros({2})); }), "[dynamic_slice] the slice is larger"));
  auto cut = etch::function([](Tensor x) { return pad(x, {{-3, 0}}); }, of({kVector}));
  CHECK(cut(zeros({3})).shape() == Shape{0});
  CHECK(contains(message_of([&] { cut(zeros({2})); }), "[pad] the padding cuts more than an extent"));
}

TEST_CASE("writing beyond a tensor", "[unknown extents]") {
  auto update = etch::function([](Tensor x, Tensor y) { return dynamic_update_slice(x, y, {constant(int64_t{0})}); },
                               of({kVector, kVector}));
  CHECK(floats(update(zeros({3}), ones({2}))) == Floats{1, 1, 0});
  CHECK(
      contains(message_of([&] { update(zeros({3}), ones({100000})); }), "[dynamic_update_slice] the block is larger"));
  auto scatter = etch::function([](Tensor x, Tensor i, Tensor y) { return scatter_add(x, i, y); },
                                of({kVector, Spec{i64, {kDynamic}}, kVector}));
  CHECK(floats(scatter(zeros({2}), zeros({3}, i64), ones({3}))) == Floats{3, 0});
  CHECK(contains(message_of([&] { scatter(zeros({2}), zeros({3}, i64), ones({100000})); }), "[scatter_add] extents"));
}

TEST_CASE("shapes that do not meet", "[unknown extents]") {
  auto rows = etch::function([](Tensor x, Tensor y) { return concatenate({x, y}, 0); }, of({kMatrix, kMatrix}));
  CHECK(rows(zeros({2, 3}), ones({4, 3})).shape() == Shape{6, 3});
  CHECK(contains(message_of([&] { rows(zeros({2, 3}), ones({2, 4})); }), "[concatenate] extents"));
  auto repeat = etch::function([](Tensor x) { return broadcast_to(x, {2, 3}) + 1.f; }, of({kVector}));
  CHECK(repeat(zeros({3})).shape() == Shape{2, 3});
  CHECK(contains(message_of([&] { repeat(zeros({2})); }), "[broadcast_in_dim] extents"));
}

// Five features in two groups read a third one.
TEST_CASE("groups of unknown extents", "[unknown extents]") {
  auto outputs = etch::function([](Tensor x, Tensor w) { return conv2d(x, w, {.groups = 2}); },
                                of({Spec{f32, {1, 4, 4, 6}}, Spec{f32, {3, 3, 3, kDynamic}}}));
  CHECK(value(sum(outputs(ones({1, 4, 4, 6}), ones({3, 3, 3, 4})))) == 27 * 16);
  CHECK(outputs(ones({1, 4, 4, 6}), ones({3, 3, 3, 0})).shape() == Shape{1, 2, 2, 0});
  for (int64_t count : {3, 5})
    CHECK(contains(message_of([&] { outputs(ones({1, 4, 4, 6}), ones({3, 3, 3, count})); }),
                   "[convolution] output features that were unknown while tracing do not divide into 2 groups"));
  auto batches = etch::function([](Tensor x, Tensor w) { return convolution(x, w, {.batch_groups = 2}); },
                                of({Spec{f32, {kDynamic, 4, 3}}, Spec{f32, {2, 3, 4}}}));
  CHECK(batches(ones({4, 4, 3}), ones({2, 3, 4})).shape() == Shape{2, 3, 4});
  CHECK(contains(message_of([&] { batches(ones({3, 4, 3}), ones({2, 3, 4})); }),
                 "[convolution] batches that were unknown while tracing do not divide into 2 groups"));
}

TEST_CASE("variables keep their extents", "[unknown extents]") {
  Variable v(zeros({3}));
  auto assign = etch::function([&](Tensor x) { v.assign(x); }, of({kVector}));
  CHECK_FALSE(message_of<Error>([&] { assign(ones({100000})); }).empty());
  CHECK(floats(v.read()) == Floats{0, 0, 0});
}

TEST_CASE("empty tensors are not read", "[unknown extents]") {
  // Their memory is too small for the row that a border is computed beside.
  constexpr int64_t kWide = int64_t{1} << 25;
  auto border = etch::function([](Tensor x) { return reduce_max(pad(x, {{1, 0}, {0, 0}}, 7.f)); }, of({kMatrix}));
  CHECK(value(border(zeros({0, kWide}))) == 7.f);
  auto joined = etch::function([](Tensor x, Tensor y) { return reduce_max(concatenate({x, y}, 0)); },
                               of({kMatrix, Spec{f32, {1, kDynamic}}}));
  CHECK(value(joined(zeros({0, kWide}), ones({1, kWide}))) == 1.f);
  auto known = etch::function([](Tensor x) { return reduce_max(pad(x, {{1, 0}, {0, 0}}, 7.f)); });
  CHECK(value(known(zeros({0, kWide}))) == 7.f);
  auto picked = etch::function([](Tensor x, Tensor i) { return take(x, i); }, of({kVector, Spec{i64, {kDynamic}}}));
  CHECK(contains(message_of([&] { picked(zeros({0}), zeros({2}, i64)); }), "[take] there is no element to pick"));
  CHECK(picked(zeros({0}), zeros({0}, i64)).shape() == Shape{0});
}
