// Programs that the tests of stored code (../disk_cache.cpp, ../kernel_pack.cpp) start: cache-client WHAT [COUNT]. Each
// prints the bits of its results, then where the code came from, and whether LLVM is in the process.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "etch/etch.h"
#include "frontend/function/code_source.h"
#include "tools/etch-pack/CommonOps.h"

using namespace etch;

namespace {

template <class T> void show_bits(const Tensor &tensor) {
  for (T value : tensor.to_vector<T>()) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(value));
    std::printf(" %" PRIx64, bits);
  }
  std::printf("\n");
}
void show(const Tensor &tensor) {
  switch (tensor.dtype()) {
    case DType::boolean: return show_bits<bool>(tensor);
    case DType::i32: return show_bits<int32_t>(tensor);
    case DType::i64: return show_bits<int64_t>(tensor);
    case DType::f32: return show_bits<float>(tensor);
    case DType::f64: return show_bits<double>(tensor);
    case DType::u8: return show_bits<uint8_t>(tensor);
    case DType::f16:
    case DType::bf16: return show_bits<float>(cast(tensor, f32));
  }
}

bool llvm_is_loaded() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find("libLLVM") != std::string::npos || line.find("etch_compiler") != std::string::npos) return true;
  return false;
}

/// Says it once: explain() loads the compiler.
void show_llvm() {
  static const bool is_loaded = llvm_is_loaded();
  static const int shown = std::printf("llvm: %s\n", is_loaded ? "loaded" : "not loaded");
  (void)shown;
}

template <class F> void show_source(const F &f) {
  show_llvm();
  std::printf("source: %s\n",
              f.explain().find("loaded from the disk cache") == std::string::npos ? "compiler" : "disk");
}

/// Everything a tape can hold: constants, callees to differentiate, loops, branches, random numbers, variables.
void training() {
  Variable w(constant({0.5f, -0.25f, 0.125f}));
  auto step = function("step", [w](Tensor x) mutable {
    GradientTape tape;
    Tensor y = for_range(0, 3, x, [&](Tensor i, Tensor y) { return tanh(y * w.read() + cast(i, f32)); });
    y = cond(sum(y) > 0.f, [&] { return y * 2.f; }, [&] { return y - constant({1.5f, 2.5f, 3.5f}); });
    Tensor loss = sum(y * y);
    w.assign_sub(tape.gradient(loss, w) * 0.1f);
    return loss;
  });
  for (int i = 0; i < 3; ++i) show(step(constant({1.f, 2.f, 3.f})));
  show(w.read());
  show_source(step);
}

void gemm() {
  auto f = function("gemm", [](Tensor a, Tensor b) { return matmul(a, b); });
  show(sum(f(ones({33, 17}) * 0.5f, ones({17, 35}) * 3.f)));
  show_source(f);
}

/// What explain() says of kernels: bytes, flops, and why not fewer.
void explained() {
  auto f = function("scores", [](Tensor x) { return matmul(softmax(x), x); });
  f(ones({4, 4}));
  show_source(f);
  const std::string text = f.explain();
  std::printf("%s", text.substr(text.find("  kernels:\n")).c_str());
}

/// The routines that a program calls which the compiler makes, not the pack or the disk.
void routines() {
  detail::set_code_provider([](const ir::Tape &tape, const codegen::CompileOptions &options) {
    codegen::CompiledObject code = codegen::compiler().compile(tape, options, codegen::Kernels::own);
    for (const runtime::Routine &routine : code.routines) std::printf("routine: %s\n", routine.name.c_str());
    return code;
  });
  gemm();
  for (DType dtype : {f32, f64}) {
    for (int64_t count : {3, 20, 37, 100, 1000})
      for (const Tensor &result : pack::callMathFunctions(dtype, count)) show(result);
  }
  for (DType dtype : {f32, f64, i32, i64, f16, bf16, u8})
    for (Policy policy : {Policy::standard, Policy::strict}) show(pack::multiply(dtype, policy));
}

// The same program at two places of this file.
auto checked_here() {
  return function("checked", [](Tensor x) {
    check(all(x > 0.f), "x must be positive");
    return x * 2.f;
  });
}
auto checked_there() {
  return function("checked", [](Tensor x) {
    check(all(x > 0.f), "x must be positive");
    return x * 2.f;
  });
}
void failing(bool here) {
  auto f = here ? checked_here() : checked_there();
  show(f(constant({1.f, 2.f})));
  try {
    f(constant({1.f, -2.f}));
  } catch (const UserError &error) {
    std::printf("error: %s:%u: %s\n", std::strrchr(error.location().file, '/') + 1, error.location().line,
                error.message().c_str());
  }
  show_source(f);
}

void calling_back() {
  int calls = 0;
  auto f = function("calling", [&](Tensor x) {
    return host_call([&](const std::vector<Tensor> &in) { return ++calls, std::vector<Tensor>{in[0] + 1.f}; },
                     {Spec{f32, {2}}}, {x})[0];
  });
  show(f(constant({1.f, 2.f})));
  std::printf("calls: %d\n", calls);
}

void many(int count) {
  for (int i = 0; i < count; ++i) {
    auto f = function("many", [i](Tensor x) { return x * static_cast<float>(i) + 1.f; });
    show(f(constant({1.f, 2.f})));
  }
}

/// Two functions that have a kernel in common; of the second alone, or both.
void sharing(bool both) {
  auto common = [](Tensor x) {
    Tensor y = x;
    for (int k = 0; k < 6; ++k) y = sin(tanh(y * 0.3f + x) + log1p(abs(y)));
    return y;
  };
  Tensor x = iota({33, 65}, 1, f32) * 0.01f;
  auto lender = function("lender", [=](Tensor x) { return cumsum(common(x), 0); });
  if (both) lender(x);
  auto borrower = function("borrower", [=](Tensor x) { return matmul(common(x), x, false, true); });
  show(sum(borrower(x), {1}));
  show_source(borrower);
}

void common_ops() {
  for (const pack::CommonOp &op : pack::commonOps()) {
    std::printf("%s:", op.name.c_str());
    show(op.run());
  }
}

}  // namespace

int main(int argc, char **argv) try {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "training") training();
  if (what == "gemm") gemm();
  if (what == "explained") explained();
  if (what == "routines") routines();
  if (what == "here" || what == "there") failing(what == "here");
  if (what == "calling") calling_back();
  if (what == "both" || what == "borrower") sharing(what == "both");
  if (what == "ops") common_ops();
  if (what == "many" && argc > 2) many(std::atoi(argv[2]));
  show_llvm();
} catch (const UserError &error) {
  std::printf("refused: %s\n", error.what());
  return 1;
}
