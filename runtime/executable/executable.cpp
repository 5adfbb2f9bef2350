#include "runtime/executable/executable.h"

#include <array>
#include <string>

#include "runtime/cpu/cpu_features.h"
#include "runtime/cpu/parallel_for.h"
#include "runtime/executable/context.h"
#include "runtime/memory/buffer.h"

namespace etch::runtime {
namespace {

// Small scratch stays with the thread. Large scratch returns to the pool after each call: 30 ns are nothing to a
// program that works on so much, and other threads and trim() get at it.
constexpr size_t kArenaKeptByThread = size_t{1} << 20;  // bytes

// What a call needs besides its arguments. A thread keeps one frame for each depth of nesting (a host function that
// runs a program is depth 1), so that a nested call never writes into its caller's scratch.
struct Frame {
  etch_context context;
  BufferRef arena;

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

struct Frames {
  std::vector<std::unique_ptr<Frame>> by_depth;
  size_t depth = 0;
};

Frames &frames_of_thread() {
  static thread_local Frames frames;
  return frames;
}

class FrameScope {
 public:
  FrameScope() : frames_(frames_of_thread()) {
    if (frames_.depth == frames_.by_depth.size()) [[unlikely]]
      frames_.by_depth.push_back(std::make_unique<Frame>());
    frame_ = frames_.by_depth[frames_.depth++].get();
  }
  ~FrameScope() {
    --frames_.depth;
    if (frame_->context.failed || !frame_->context.stacks.empty() || !frame_->context.blocks.empty()) [[unlikely]]
      frame_->context.reset();
  }
  FrameScope(const FrameScope &) = delete;
  FrameScope &operator=(const FrameScope &) = delete;
  Frame *operator->() const { return frame_; }

 private:
  Frames &frames_;
  Frame *frame_;
};

// out[0] = arena bytes, then the unknown extents of the results. Most programs have a few; those stay on the stack.
class DynamicSizes {
 public:
  DynamicSizes(const etch_program &program, etch_context &context, const int64_t *dims) {
    const size_t count = size_t{1} + program.num_dynamic_result_dims;
    if (count > inline_.size()) heap_.resize(count);
    if (program.shapes(&context, dims, data()) != 0 || context.failed) context.raise(program.name);
  }
  int64_t arena_bytes() { return data()[0]; }
  const int64_t *result_dims() { return data() + 1; }

 private:
  int64_t *data() { return heap_.empty() ? inline_.data() : heap_.data(); }
  std::array<int64_t, 16> inline_;
  std::vector<int64_t> heap_;
};

}  // namespace

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
  FrameScope frame;
  etch_context &context = frame->context;
  int64_t arena_bytes = program.arena_bytes;
  if (program.num_dynamic_dims != 0) arena_bytes = DynamicSizes(program, context, dims).arena_bytes();
  BufferRef pooled;
  const etch_call call{&context, args, results, frame->arena_of(static_cast<size_t>(arena_bytes), pooled), dims};
  const int32_t status = program.entry(&call);
  if (status != 0 || context.failed) [[unlikely]]
    context.raise(program.name);
  if (run_time_results) run_time_results->swap(context.run_time_results);
}

std::vector<int64_t> dynamic_result_dims(const etch_program &program, const int64_t *dims) {
  if (program.num_dynamic_dims == 0) return std::vector<int64_t>(program.num_dynamic_result_dims, kDynamic);
  FrameScope frame;
  DynamicSizes sizes(program, frame->context, dims);
  return {sizes.result_dims(), sizes.result_dims() + program.num_dynamic_result_dims};
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
