#pragma once
// What the emitters of all kernel kinds share.
//
// An emitted kernel is `func.func private @k(%params: !llvm.ptr, %begin: i64, %end: i64)`. `params` is an array of
// 64-bit words: a pointer for each operand, a pointer for each result, one to memory for partial sums where the kernel
// keeps some (passes/buffer/Partials.h), then every unknown extent of the operands.
// [begin, end) is the part of the kernel's outermost loop to run; end = -1 runs all of it.

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/elements/Elements.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace etch::codegen {

inline constexpr llvm::StringLiteral kTrips = "etch.trips";  ///< trip count of the outermost loop, when known
inline constexpr llvm::StringLiteral kGrain = "etch.grain";  ///< fewest trips that are worth a task of their own
/// The kernel's results do not depend on how its loop is split: each thread gets one part, as large as can be, of whole
/// multiples of so many trips.
inline constexpr llvm::StringLiteral kRanges = "etch.ranges";
/// What the kernel was made as: "rows in registers".
inline constexpr llvm::StringLiteral kForm = "etch.form";
/// Whether so many trips of a kernel with those attributes are worth more than one task.
bool isSplit(mlir::func::FuncOp kernel, int64_t trips);

/// The runtime's loop over tasks (runtime/executable/abi.h).
inline constexpr llvm::StringLiteral kParallelFor = "etch_rt_parallel_for";
inline constexpr llvm::StringLiteral kParallelRanges = "etch_rt_parallel_ranges";  ///< for kernels marked kRanges

/// An attribute of LLVM functions that are one straight line of code for a few elements (kernels of kind "straight").
inline constexpr llvm::StringLiteral kStraightLine = "etch-straight-line";

/// Names of routines that are the same in every module begin so; a process compiles each once (codegen/Compiler.cpp).
inline constexpr llvm::StringLiteral kSharedPrefix = "etch_shared_";
/// On a module: names of the shared routines that the process has, which stay declarations.
inline constexpr llvm::StringLiteral kPresentRoutines = "etch.present_routines";

/// Work below which a task costs more than it saves, 2 to 4 microseconds (docs/decisions/0058-tasks.md): elements times
/// ops, or multiplications with additions where those are what takes the time.
inline constexpr int64_t kTaskWork = 1 << 17, kTaskMultiplications = 1 << 18;

struct KernelFrame {
  KernelFrame(mlir::func::FuncOp source, mlir::func::FuncOp target, Policy policy);

  mlir::func::FuncOp source, target;
  mlir::OpBuilder b;
  mlir::Location at;
  Policy policy;
  mlir::Value begin, end;
  int64_t taskWork = kTaskWork;                      ///< what of the work that setTrips is given is worth a task
  llvm::SmallVector<mlir::Value> operands, results;  // pointers
  mlir::Value partials;                              ///< pointer to memory for partial sums, or null
  ExtentEmitter extents;
  ElementEmitter elements;

  /// Where an operand of the kernel, an argument of its body, lies.
  mlir::Value pointerOf(mlir::Value operand) const {
    return operands[llvm::cast<mlir::BlockArgument>(operand).getArgNumber()];
  }
  /// Of the processor that the kernel is made for.
  VectorUnit vectorUnit() const;

  mlir::Block &body() { return source.getBody().front(); }
  mlir::ValueRange outputs() { return body().getTerminator()->getOperands(); }

  /// Which of its emitters makes the kernel, in a few words: explain() shows them.
  void setForm(const llvm::Twine &form) { target->setAttr(kForm, b.getStringAttr(form)); }

  /// Before setTrips: the results do not depend on how the loop is split (kRanges).
  void splitInRanges() { target->setAttr(kRanges, b.getI64IntegerAttr(1)); }
  /// States the trip count and sets `end` to it where the caller asked for everything. Tasks are whole multiples of
  /// `unit` trips: where trips are elements along the vectorised axis, less than a few vectors of them is waste.
  void setTrips(mlir::Value trips, int64_t workPerTrip, int64_t unit = 1);
  /// The same where work and unit may be unknown. A kernel that is asked for everything and learns only
  /// then how much that is calls itself through etch_rt_parallel_for.
  void setTrips(mlir::Value trips, mlir::Value workPerTrip, mlir::Value unit);
  void setTrips(mlir::Value trips, mlir::Value workPerTrip) { setTrips(trips, workPerTrip, constant(1)); }

  /// For kernels marked etch.flat: launches say how many trips there are, and always pass the bounds.
  void setTripsOfLaunch(int64_t workPerTrip);

  /// Stores the kernel's results at `index`, where `made` has `value`: its op and elementwise ones behind it.
  void storeResults(mlir::Value made, mlir::Value value, const Index &index, int64_t lanes, mlir::Value mask);

  /// Integers of 64 bits; what is known of them is computed here.
  mlir::Value constant(int64_t value) { return extents.constant(value); }
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value minimum(mlir::Value x, mlir::Value y);
  mlir::Value maximum(mlir::Value x, mlir::Value y);
  /// x / y of numbers that are not negative, rounded down and up.
  mlir::Value quotient(mlir::Value x, mlir::Value y);
  mlir::Value quotientUp(mlir::Value x, mlir::Value y);
  mlir::Value less(mlir::Value x, mlir::Value y);
  /// So many bytes of the stack, the same ones whenever the code that asks for them runs.
  mlir::Value allocate(int64_t bytes);
  /// Quotient and remainder.
  std::pair<mlir::Value, mlir::Value> split(mlir::Value x, int64_t by);

  /// Calls etch_rt_parallel_for(body, params, trips, grain).
  void callParallelFor(mlir::ValueRange arguments);
  void splitAtRunTime(mlir::Value all, mlir::Value trips, mlir::Value workPerTrip, mlir::Value unit);

  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value i, mlir::ValueRange carried)>;
  /// for (i = lower; i < upper; i += step) carried = body(i, carried)
  llvm::SmallVector<mlir::Value> loop(mlir::Value lower, mlir::Value upper, int64_t step, mlir::ValueRange carried,
                                      Body body);
  void loop(mlir::Value lower, mlir::Value upper, int64_t step, llvm::function_ref<void(mlir::Value)> body);

  /// if (condition) then(); else otherwise();
  void branch(mlir::Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise = {});
  /// if (condition) carried = body();
  llvm::SmallVector<mlir::Value> where(mlir::Value condition, mlir::ValueRange carried,
                                       llvm::function_ref<llvm::SmallVector<mlir::Value>()> body);

  /// Runs body over [lower, upper) in vectors of kLanes, the last one masked: body(start, mask or null, carried).
  using LaneBody =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value start, mlir::Value mask, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> laneLoop(mlir::Value lower, mlir::Value upper, mlir::ValueRange carried,
                                          LaneBody body);
  /// Mask of the first `count` lanes.
  mlir::Value laneMask(mlir::Value count, int64_t lanes = kLanes);
};

/// kLanes elements at `from`, those of the mask, as registers hold them.
mlir::Value loadVector(KernelFrame &f, DType dtype, mlir::Value from, mlir::Value mask);
void storeVector(KernelFrame &f, DType dtype, mlir::Value value, mlir::Value to, mlir::Value mask);

/// The innermost axis worth vectorising: extents of 1 are passed over.
int64_t laneAxisOf(mlir::RankedTensorType domain);

void emitLoopKernel(KernelFrame &frame);
/// Emits kernels of one transpose and nothing else; false for others.
bool emitTransposeKernel(KernelFrame &frame);
/// Emits kernels whose rows consist of short pieces of other rows and of numbers, and nothing else; false for others.
bool emitShortPieces(KernelFrame &frame);
/// Operands of one element a row each whose vectors a concatenation puts together in registers.
inline constexpr size_t kMostInterleaved = 8;
/// Emits kernels that read a concatenation at their own index; false for others.
bool emitConcatenateKernel(KernelFrame &frame);
void emitReduceKernel(KernelFrame &frame);
void emitDotKernel(KernelFrame &frame);
void emitAttentionKernel(KernelFrame &frame);
void emitScanKernel(KernelFrame &frame);
void emitConvKernel(KernelFrame &frame);
void emitPoolKernel(KernelFrame &frame);
void emitUpdateKernel(KernelFrame &frame);
void emitScatterKernel(KernelFrame &frame);
void emitStraightKernel(KernelFrame &frame);

struct KernelSharing;
/// Replaces the body of every kernel of the module by loops over vectors: the `kernels` stage. With `sharing`, those
/// that a loaded program has are declared only.
std::unique_ptr<mlir::Pass> createEmitKernels(Policy policy, KernelSharing *sharing = nullptr);

}  // namespace etch::codegen
