#include "runtime/executable/executable.h"

#include <algorithm>
#include <string>

#include "runtime/base/of_thread.h"
#include "runtime/cpu/cpu_features.h"
#include "runtime/cpu/parallel_for.h"
#include "runtime/executable/context.h"
#include "runtime/executable/guarded_run.h"
#include "runtime/executable/weights.h"
#include "runtime/memory/buffer.h"

namespace etch::runtime {
namespace {

// Small scratch stays with the thread. Large scratch returns to the pool after each call: 30 ns are nothing to a
// program that works on so much, and other threads and trim() get at it.
constexpr size_t kArenaKeptByThread = size_t{1} << 20;  // bytes

// Of calls in host functions of calls; the stack of a thread holds more.
constexpr size_t kDeepest = 256;

}  // namespace

// What a call needs besides its arguments. A thread keeps one frame for each depth of nesting (a host function that
// runs a program is depth 1), so that a nested call never writes into its caller's scratch.
struct RunScope::Frame {
  etch_context context;
  BufferRef arena;
  std::vector<int64_t> sizes;
  Frame *deeper = nullptr;
  const GuardedEnd guarded = guarded_end();

  void *arena_of(size_t bytes, BufferRef &pooled) {
    if (arena && bytes <= arena->bytes()) return arena->data();
    if (bytes > kArenaKeptByThread) {
      pooled = BufferRef::allocate(bytes);
      return pooled->data();
    }
    arena = BufferRef::allocate(bytes);
    return arena->data();
  }
};

namespace {
// Opaque here because frames are private; one word, reached without a call.
[[gnu::tls_model("initial-exec")]] constinit thread_local void *next_frame = nullptr;
}  // namespace

struct RunScope::ThreadFrames {
  std::vector<std::unique_ptr<Frame>> by_depth;
  ~ThreadFrames() { next_frame = nullptr; }
};

RunScope::Frame *RunScope::make_frame() {
  auto &own = of_thread<ThreadFrames>();
  if (own.by_depth.size() == kDeepest)
    throw UserError("calls are nested " + std::to_string(kDeepest) +
                    " deep: a host function runs the function that calls it, without an end");
  own.by_depth.push_back(std::make_unique<Frame>());
  Frame *frame = own.by_depth.back().get();
  if (own.by_depth.size() > 1) own.by_depth[own.by_depth.size() - 2]->deeper = frame;
  return frame;
}

RunScope::RunScope(const etch_program &program)
    : program_(program), frame_(static_cast<Frame *>(next_frame)), arena_bytes_(program.arena_bytes) {
  if (!frame_) [[unlikely]]
    frame_ = make_frame();
  next_frame = frame_->deeper;
}

RunScope::~RunScope() {
  next_frame = frame_;
  etch_context &context = frame_->context;
  if (context.failed || !context.stacks.empty() || !context.blocks.empty() || !context.run_time_results.empty())
      [[unlikely]]
    context.reset();
}

const int64_t *RunScope::result_dims(const int64_t *dims) {
  // out[0] = arena bytes, then the unknown extents of the results.
  std::vector<int64_t> &sizes = frame_->sizes;
  if (sizes.size() < size_t{1} + program_.num_dynamic_result_dims)
    sizes.resize(size_t{1} + program_.num_dynamic_result_dims);
  if (!program_.shapes) {  // the arguments' extents are known, so data decides on the results'
    std::fill(sizes.begin(), sizes.end(), kDynamic);
    return sizes.data() + 1;
  }
  if (program_.shapes(&frame_->context, dims, sizes.data()) != 0 || frame_->context.failed) [[unlikely]]
    frame_->context.raise(program_.name);
  arena_bytes_ = sizes[0];
  if (arena_bytes_ >= ETCH_MOST_BYTES) [[unlikely]]
    throw UserError("'" + std::string(program_.name) + "' needs " + std::to_string(arena_bytes_) +
                    " bytes or more between its arguments and results; pass smaller tensors");
  return sizes.data() + 1;
}

std::vector<RunTimeResult> &RunScope::run_time_results() { return frame_->context.run_time_results; }

void RunScope::operator()(void *const *args, const int64_t *dims, void *const *results, const void *const *weights) {
  etch_context &context = frame_->context;
  BufferRef pooled;
  const etch_call call{&context, args,   results, frame_->arena_of(static_cast<size_t>(arena_bytes_), pooled),
                       dims,     weights};
  const int32_t status = frame_->guarded == GuardedEnd::none ? program_.entry(&call) : run_guarded(call);
  if (status != 0 || context.failed) [[unlikely]]
    context.raise(program_.name);
}

int32_t RunScope::run_guarded(const etch_call &call) {
  const bool knows_results = program_.num_dynamic_result_dims == 0 || !program_.shapes;
  return runtime::run_guarded(program_, call, arena_bytes_, knows_results ? nullptr : frame_->sizes.data() + 1,
                              frame_->guarded);
}

void check_program(const etch_program &program) {
  // The version comes first: with another one, no other field is where we look for it.
  if (program.abi_version != ETCH_ABI_VERSION)
    throw UserError("compiled program has ABI version " + std::to_string(program.abi_version) +
                    ", but this runtime runs version " + std::to_string(ETCH_ABI_VERSION) +
                    "; compile it again with the etchc of this runtime");
  require_cpu_features(program.cpu_features ? program.cpu_features : "", program.name);
  if (program.num_dynamic_dims != 0 && !program.shapes)
    throw InternalError("program '" + std::string(program.name) + "' has unknown extents but no shapes function");
  num_threads();  // a bad ETCH_NUM_THREADS is reported here, where it can still be thrown
}

void run_program(const etch_program &program, void *const *args, const int64_t *dims, void *const *results,
                 std::vector<RunTimeResult> *run_time_results) {
  RunScope run(program);
  if (program.num_dynamic_dims != 0) run.result_dims(dims);
  // Who runs a program once has one call to lay out for.
  const std::vector<BufferRef> copies = weights_of(program, args);
  const std::vector<const void *> weights = pointers_to(copies);
  run(args, dims, results, weights.data());
  if (run_time_results) run_time_results->swap(run.run_time_results());
}

std::vector<int64_t> dynamic_result_dims(const etch_program &program, const int64_t *dims) {
  if (program.num_dynamic_dims == 0 && program.num_dynamic_result_dims == 0) return {};
  RunScope run(program);
  const int64_t *extents = run.result_dims(dims);
  return {extents, extents + program.num_dynamic_result_dims};
}

TensorType type_of(const etch_value_spec &spec) {
  return {static_cast<DType>(spec.dtype), Shape(std::span<const int64_t>(spec.dims, spec.rank))};
}

Executable::Executable(const etch_program *program, std::shared_ptr<void> code)
    : program_(program), code_(std::move(code)), is_static_(program->num_dynamic_dims == 0) {
  check_program(*program);
}

void Executable::result_shapes(const int64_t *dims, std::vector<Shape> &shapes) const {
  const etch_program &program = *program_;
  shapes.clear();
  for (uint32_t i = 0; i < program.num_results; ++i) shapes.push_back(type_of(program.results[i]).shape);
  const std::vector<int64_t> extents = dynamic_result_dims(program, dims);
  auto next = extents.begin();
  for (Shape &shape : shapes)
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (shape[axis] == kDynamic) shape[axis] = *next++;
}

}  // namespace etch::runtime
