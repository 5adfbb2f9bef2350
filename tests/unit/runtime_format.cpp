// Tensors print as NumPy prints arrays. Every expected text below was printed by NumPy 2.4 (with its float notation of
// 2.2: legacy='2.2'), not by us.

#include <catch2/catch.hpp>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/base/format.h"

using namespace etch;

namespace {

using Bytes = std::vector<std::byte>;

template <class T> Bytes raw(const std::vector<T> &values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}
Bytes halves(const std::vector<float> &values) {
  std::vector<half> rounded;
  for (float value : values) rounded.push_back(half(value));
  return raw(rounded);
}

struct Golden {
  const char *name;
  DType dtype;
  std::vector<int64_t> dims;
  Bytes data;
  const char *text;
};
// clang-format off
const Golden kGolden[] = {
    {"scalars", f32, {}, raw<float>({3.1415927410125732f}), R"(3.1415927)"},
    {"scalar keeps every digit", f32, {}, raw<float>({0.04422881454229355f}), R"(0.044228815)"},
    {"scalar f64", f64, {}, raw<double>({3.141592653589793}), R"(3.141592653589793)"},
    {"scalar whole", f32, {}, raw<float>({30.0f}), R"(30.0)"},
    {"scalar large", f64, {}, raw<double>({1e+16}), R"(1e+16)"},
    {"scalar just positional", f64, {}, raw<double>({9999999999999998.0}), R"(9999999999999998.0)"},
    {"scalar small", f32, {}, raw<float>({9.999999747378752e-06f}), R"(1e-05)"},
    {"scalar f32 1e-4", f32, {}, raw<float>({9.999999747378752e-05f}), R"(1e-04)"},
    {"scalar f64 1e-4", f64, {}, raw<double>({0.0001}), R"(0.0001)"},
    {"scalar nan", f32, {}, raw<float>({NAN}), R"(nan)"},
    {"scalar -inf", f64, {}, raw<double>({-INFINITY}), R"(-inf)"},
    {"scalar -0", f32, {}, raw<float>({-0.0f}), R"(-0.0)"},
    {"scalar bool", boolean, {}, raw<uint8_t>({1}), R"(True)"},
    {"scalar u8", u8, {}, raw<uint8_t>({7}), R"(7)"},
    {"scalar i64", i64, {}, raw<int64_t>({INT64_MIN}), R"(-9223372036854775808)"},
    {"scalar half", f16, {}, halves({0.0999755859375f}), R"(0.1)"},
    {"scalar largest half", f16, {}, halves({65504.0f}), R"(65500.0)"},
    {"smallest half", f16, {}, halves({5.960464477539063e-08f}), R"(6e-08)"},
    {"one digit each", f32, {2}, raw<float>({1.0f, 2.5f}), R"([1.  2.5])"},
    {"negative", f32, {3}, raw<float>({-1.0f, 2.5f, -0.125f}), R"([-1.     2.5   -0.125])"},
    {"thirds", f32, {2}, raw<float>({0.3333333432674408f, 0.6666666865348816f}), R"([0.33333334 0.6666667 ])"},
    {"thirds f64", f64, {3}, raw<double>({0.3333333333333333, 0.6666666666666666, 1.0}), R"([0.33333333 0.66666667 1.        ])"},
    {"matrix", f32, {2,2}, raw<float>({7.0f, 10.0f, 15.0f, 22.0f}), R"([[ 7. 10.]
 [15. 22.]])"},
    {"matrix product", f32, {2,2}, raw<float>({125.0f, 70.0f, 100.0f, 30.0f}), R"([[125.  70.]
 [100.  30.]])"},
    {"ints", i32, {2,2}, raw<int32_t>({1, -20, 300, 4}), R"([[  1 -20]
 [300   4]])"},
    {"i64", i64, {2}, raw<int64_t>({4611686018427387904, -1}), R"([4611686018427387904                  -1])"},
    {"bools", boolean, {2,2}, raw<uint8_t>({1, 0, 0, 0}), R"([[ True False]
 [False False]])"},
    {"u8", u8, {2,2}, raw<uint8_t>({0, 255, 3, 17}), R"([[  0 255]
 [  3  17]])"},
    {"nan and inf", f32, {4}, raw<float>({1.0f, NAN, -INFINITY, INFINITY}), R"([  1.  nan -inf  inf])"},
    {"only nan", f32, {1}, raw<float>({NAN}), R"([nan])"},
    {"only infs", f64, {2}, raw<double>({INFINITY, -INFINITY}), R"([ inf -inf])"},
    {"nan in whole", f32, {2,2}, raw<float>({1.0f, NAN, 2.0f, 3.0f}), R"([[ 1. nan]
 [ 2.  3.]])"},
    {"large", f64, {2}, raw<double>({100000000.0, 1.0}), R"([1.e+08 1.e+00])"},
    {"below large", f64, {2}, raw<double>({99999999.0, 1000000.0}), R"([99999999.  1000000.])"},
    {"ratio 1000", f32, {2}, raw<float>({1.0f, 1000.0f}), R"([   1. 1000.])"},
    {"ratio over", f32, {2}, raw<float>({1.0f, 1001.0f}), R"([1.000e+00 1.001e+03])"},
    {"small", f32, {2}, raw<float>({9.999999747378752e-06f, 9.999999747378752e-06f}), R"([1.e-05 1.e-05])"},
    {"f32 1e-4 is not below", f32, {2}, raw<float>({9.999999747378752e-05f, 0.00019999999494757503f}), R"([0.0001 0.0002])"},
    {"mixed exponents", f64, {3}, raw<double>({1e-300, 1.0, 1e+300}), R"([1.e-300 1.e+000 1.e+300])"},
    {"two-digit exponents", f32, {2}, raw<float>({1.000000013351432e-10f, 1.500000030061316e+20f}), R"([1.0e-10 1.5e+20])"},
    {"negative scientific", f32, {2}, raw<float>({-1.500000053056283e-07f, 2.0000000233721948e-07f}), R"([-1.5e-07  2.0e-07])"},
    {"zeros", f32, {2}, raw<float>({0.0f, 0.0f}), R"([0. 0.])"},
    {"negative zero", f32, {2}, raw<float>({-0.0f, 0.0f}), R"([-0.  0.])"},
    {"scientific with nan", f32, {3}, raw<float>({10000000000.0f, NAN, -INFINITY}), R"([1.e+10    nan   -inf])"},
    {"eight digits at most", f64, {2}, raw<double>({0.123456789012, 1.0}), R"([0.12345679 1.        ])"},
    {"tie to even", f64, {1}, raw<double>({0.001953125}), R"([0.00195312])"},
    {"large f32 whole", f32, {2}, raw<float>({50331648.0f, 50000000.0f}), R"([50331648. 50000000.])"},
    {"half power of two", f16, {2}, halves({0.015625f, 6.103515625e-05f}), R"([1.563e-02 6.104e-05])"},
    {"half whole", f16, {2}, halves({65504.0f, 40000.0f}), R"([65504. 40000.])"},
    {"f32 filled from value", f32, {2}, raw<float>({0.30000001192092896f, 1.2345678923608716e-09f}), R"([3.0000001e-01 1.2345679e-09])"},
    {"three axes", i32, {2,3,2}, raw<int32_t>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), R"([[[ 0  1]
  [ 2  3]
  [ 4  5]]

 [[ 6  7]
  [ 8  9]
  [10 11]]])"},
    {"four axes", i32, {2,1,2,2}, raw<int32_t>({0, 1, 2, 3, 4, 5, 6, 7}), R"([[[[0 1]
   [2 3]]]


 [[[4 5]
   [6 7]]]])"},
    {"column", f32, {3,1}, raw<float>({1.0f, 2.0f, 3.0f}), R"([[1.]
 [2.]
 [3.]])"},
    {"wrapped", i32, {40}, raw<int32_t>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39}), R"([ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39])"},
    {"wrapped floats", f32, {30}, raw<float>({0.0f, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f, 1.0f, 1.125f, 1.25f, 1.375f, 1.5f, 1.625f, 1.75f, 1.875f, 2.0f, 2.125f, 2.25f, 2.375f, 2.5f, 2.625f, 2.75f, 2.875f, 3.0f, 3.125f, 3.25f, 3.375f, 3.5f, 3.625f}), R"([0.    0.125 0.25  0.375 0.5   0.625 0.75  0.875 1.    1.125 1.25  1.375
 1.5   1.625 1.75  1.875 2.    2.125 2.25  2.375 2.5   2.625 2.75  2.875
 3.    3.125 3.25  3.375 3.5   3.625])"},
    {"wrapped matrix", f64, {2,20}, raw<double>({0.0, 1.25, 2.5, 3.75, 5.0, 6.25, 7.5, 8.75, 10.0, 11.25, 12.5, 13.75, 15.0, 16.25, 17.5, 18.75, 20.0, 21.25, 22.5, 23.75, 25.0, 26.25, 27.5, 28.75, 30.0, 31.25, 32.5, 33.75, 35.0, 36.25, 37.5, 38.75, 40.0, 41.25, 42.5, 43.75, 45.0, 46.25, 47.5, 48.75}), R"([[ 0.    1.25  2.5   3.75  5.    6.25  7.5   8.75 10.   11.25 12.5  13.75
  15.   16.25 17.5  18.75 20.   21.25 22.5  23.75]
 [25.   26.25 27.5  28.75 30.   31.25 32.5  33.75 35.   36.25 37.5  38.75
  40.   41.25 42.5  43.75 45.   46.25 47.5  48.75]])"},
    {"wrapped bools", boolean, {20}, raw<uint8_t>({1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0}), R"([ True False False  True False False  True False False  True False False
  True False False  True False False  True False])"},
    {"empty", f32, {0}, raw<float>({}), R"([])"},
    {"empty matrix", f32, {2,0,3}, raw<float>({}), R"([])"},
    {"one", f32, {1,1,1}, raw<float>({5.0f}), R"([[[5.]]])"},
};

struct Counting {
  const char *name;
  DType dtype;
  std::vector<int64_t> dims;
  const char *text;
};
// Filled with 0, 1, 2, ...
const Counting kSummarised[] = {
    {"summarised", i32, {1001}, R"([   0    1    2 ...  998  999 1000])"},
    {"summarised f32", f32, {2000}, R"([0.000e+00 1.000e+00 2.000e+00 ... 1.997e+03 1.998e+03 1.999e+03])"},
    {"summarised matrix", i32, {100,100}, R"([[   0    1    2 ...   97   98   99]
 [ 100  101  102 ...  197  198  199]
 [ 200  201  202 ...  297  298  299]
 ...
 [9700 9701 9702 ... 9797 9798 9799]
 [9800 9801 9802 ... 9897 9898 9899]
 [9900 9901 9902 ... 9997 9998 9999]])"},
    {"narrow summarised", i32, {500,3}, R"([[   0    1    2]
 [   3    4    5]
 [   6    7    8]
 ...
 [1491 1492 1493]
 [1494 1495 1496]
 [1497 1498 1499]])"},
    {"wide summarised", i32, {3,500}, R"([[   0    1    2 ...  497  498  499]
 [ 500  501  502 ...  997  998  999]
 [1000 1001 1002 ... 1497 1498 1499]])"},
    {"summarised cube", i32, {20,20,20}, R"([[[   0    1    2 ...   17   18   19]
  [  20   21   22 ...   37   38   39]
  [  40   41   42 ...   57   58   59]
  ...
  [ 340  341  342 ...  357  358  359]
  [ 360  361  362 ...  377  378  379]
  [ 380  381  382 ...  397  398  399]]

 [[ 400  401  402 ...  417  418  419]
  [ 420  421  422 ...  437  438  439]
  [ 440  441  442 ...  457  458  459]
  ...
  [ 740  741  742 ...  757  758  759]
  [ 760  761  762 ...  777  778  779]
  [ 780  781  782 ...  797  798  799]]

 [[ 800  801  802 ...  817  818  819]
  [ 820  821  822 ...  837  838  839]
  [ 840  841  842 ...  857  858  859]
  ...
  [1140 1141 1142 ... 1157 1158 1159]
  [1160 1161 1162 ... 1177 1178 1179]
  [1180 1181 1182 ... 1197 1198 1199]]

 ...

 [[6800 6801 6802 ... 6817 6818 6819]
  [6820 6821 6822 ... 6837 6838 6839]
  [6840 6841 6842 ... 6857 6858 6859]
  ...
  [7140 7141 7142 ... 7157 7158 7159]
  [7160 7161 7162 ... 7177 7178 7179]
  [7180 7181 7182 ... 7197 7198 7199]]

 [[7200 7201 7202 ... 7217 7218 7219]
  [7220 7221 7222 ... 7237 7238 7239]
  [7240 7241 7242 ... 7257 7258 7259]
  ...
  [7540 7541 7542 ... 7557 7558 7559]
  [7560 7561 7562 ... 7577 7578 7579]
  [7580 7581 7582 ... 7597 7598 7599]]

 [[7600 7601 7602 ... 7617 7618 7619]
  [7620 7621 7622 ... 7637 7638 7639]
  [7640 7641 7642 ... 7657 7658 7659]
  ...
  [7940 7941 7942 ... 7957 7958 7959]
  [7960 7961 7962 ... 7977 7978 7979]
  [7980 7981 7982 ... 7997 7998 7999]]])"},
    {"four axes summarised", i32, {1,7,7,21}, R"([[[[   0    1    2 ...   18   19   20]
   [  21   22   23 ...   39   40   41]
   [  42   43   44 ...   60   61   62]
   ...
   [  84   85   86 ...  102  103  104]
   [ 105  106  107 ...  123  124  125]
   [ 126  127  128 ...  144  145  146]]

  [[ 147  148  149 ...  165  166  167]
   [ 168  169  170 ...  186  187  188]
   [ 189  190  191 ...  207  208  209]
   ...
   [ 231  232  233 ...  249  250  251]
   [ 252  253  254 ...  270  271  272]
   [ 273  274  275 ...  291  292  293]]

  [[ 294  295  296 ...  312  313  314]
   [ 315  316  317 ...  333  334  335]
   [ 336  337  338 ...  354  355  356]
   ...
   [ 378  379  380 ...  396  397  398]
   [ 399  400  401 ...  417  418  419]
   [ 420  421  422 ...  438  439  440]]

  ...

  [[ 588  589  590 ...  606  607  608]
   [ 609  610  611 ...  627  628  629]
   [ 630  631  632 ...  648  649  650]
   ...
   [ 672  673  674 ...  690  691  692]
   [ 693  694  695 ...  711  712  713]
   [ 714  715  716 ...  732  733  734]]

  [[ 735  736  737 ...  753  754  755]
   [ 756  757  758 ...  774  775  776]
   [ 777  778  779 ...  795  796  797]
   ...
   [ 819  820  821 ...  837  838  839]
   [ 840  841  842 ...  858  859  860]
   [ 861  862  863 ...  879  880  881]]

  [[ 882  883  884 ...  900  901  902]
   [ 903  904  905 ...  921  922  923]
   [ 924  925  926 ...  942  943  944]
   ...
   [ 966  967  968 ...  984  985  986]
   [ 987  988  989 ... 1005 1006 1007]
   [1008 1009 1010 ... 1026 1027 1028]]]])"},
};
// clang-format on

}  // namespace

TEST_CASE("a tensor prints as NumPy prints it", "[format]") {
  for (const Golden &golden : kGolden) {
    INFO(golden.name);
    CHECK(format_tensor({golden.dtype, golden.dims, golden.data.data()}) == golden.text);
  }
}

// NumPy does not know bf16: the same layout, with the fewest digits that tell an element from its neighbours.
TEST_CASE("bf16", "[format]") {
  const auto text = [](const std::vector<double> &values) {
    std::vector<bfloat16> rounded;
    for (double value : values) rounded.push_back(bfloat16(value));
    std::vector<int64_t> dims;
    if (rounded.size() > 1) dims.push_back(static_cast<int64_t>(rounded.size()));
    return format_tensor({bf16, dims, rounded.data()});
  };
  CHECK(text({0.1}) == "0.1");
  CHECK(text({1e-40}) == "9e-41");
  CHECK(text({3.389e38}) == "3.39e+38");
  CHECK(text({-INFINITY}) == "-inf");
  CHECK(text({0.1, 0.2, 1.0 / 3}) == "[0.1   0.2   0.334]");
  CHECK(text({3.14159, 100.5, NAN}) == "[  3.14 100.5     nan]");
}

TEST_CASE("more than 1000 elements are summarised", "[format]") {
  for (const Counting &golden : kSummarised) {
    INFO(golden.name);
    int64_t count = 1;
    for (int64_t extent : golden.dims) count *= extent;
    Bytes data(static_cast<size_t>(count) * 4);
    for (int32_t i = 0; i < count; ++i) {
      const float as_float = static_cast<float>(i);
      if (golden.dtype == f32) std::memcpy(&data[static_cast<size_t>(i) * 4], &as_float, 4);
      if (golden.dtype == i32) std::memcpy(&data[static_cast<size_t>(i) * 4], &i, 4);
    }
    CHECK(format_tensor({golden.dtype, golden.dims, data.data()}) == golden.text);
  }
}

TEST_CASE("1000 elements are printed in full", "[format]") {
  const std::vector<int32_t> values(1000, 7);
  const std::vector<int64_t> dims = {1000};
  const std::string text = format_tensor({i32, dims, values.data()});
  CHECK(std::count(text.begin(), text.end(), '7') == 1000);
  CHECK(text.find("...") == std::string::npos);
}

TEST_CASE("print options change what they name", "[format]") {
  const std::vector<double> values = {1.0 / 3, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<int64_t> dims = {8};
  CHECK(format_tensor({f64, dims, values.data()}, {.precision = 3, .threshold = 4, .edge_items = 1}) ==
        "[0.333 ... 8.   ]");
  CHECK(format_tensor({f64, dims, values.data()}, {.precision = 2, .line_width = 20}) ==
        "[0.33 2.   3.\n 4.   5.   6.\n 7.   8.  ]");
}
