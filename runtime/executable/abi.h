/* The contract between compiled code, the runtime and C programs. Plain C; everything else is derived from it.
 *
 * A compiled function is described by one constant `etch_program`, which its object file exports as `<name>_program`.
 * JIT-compiled code and objects made by etchc are the same thing and are run by the same code. */
#ifndef ETCH_RUNTIME_EXECUTABLE_ABI_H
#define ETCH_RUNTIME_EXECUTABLE_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ETCH_ABI_VERSION 4

/* State of one call: error, stacks of loops that are differentiated, host callbacks. Opaque to compiled code. */
typedef struct etch_context etch_context;

/* What an entry function is given. */
typedef struct etch_call {
  etch_context *context;
  void *const *args; /* data of each argument, dense row-major */
  void *const
      *results;        /* where to write each result; a result that updates a variable has the variable's own pointer */
  void *arena;         /* scratch, 64-byte aligned, of the size the program asks for */
  const int64_t *dims; /* every unknown extent of the arguments, in order */
  const void *const *weights; /* what etch_program::weights asks for, in order, aligned to 64 bytes */
} etch_call;

/* 0: done. Otherwise the context holds the error and no variable was written. */
typedef int32_t (*etch_entry_fn)(const etch_call *call);

/* No machine has so many bytes; whatever more extents ask for is counted as these. */
#define ETCH_MOST_BYTES ((int64_t)1 << 56)

/* For programs with unknown extents: out[0] = arena bytes, then every unknown extent of the results, in order; -1 for
 * the extents of a result that data decides on: the program hands that one to etch_rt_result.
 * Returns 0, or 1 when the extents do not fit each other (the context holds the error). */
typedef int32_t (*etch_shapes_fn)(etch_context *context, const int64_t *dims, int64_t *out);

/* One argument or result. */
typedef struct etch_value_spec {
  const char *name;
  const int64_t *dims; /* `rank` extents, -1 where unknown */
  uint8_t dtype;       /* etch::DType */
  uint8_t rank;
  /* argument: 1 if it is a variable's storage. result: 1 + index of the variable argument it updates; 0 otherwise. */
  uint32_t variable;
  const void *initial_value; /* variable arguments of exported programs: dense data to start from, or null */
} etch_value_spec;

/* A matrix of which the code reads a copy in another order: an argument that is the same in every call, so that one
 * copy serves them all (runtime/executable/weights.h makes it). Counts are elements of the argument. */
typedef struct etch_weights {
  uint32_t argument;
  uint32_t group; /* of the depth, whose elements are neighbours: 1 or 2 */
  int64_t depth, columns;
  int64_t depth_stride, column_stride; /* in the argument */
  int64_t width;                       /* columns of a panel */
  int64_t apart;                       /* from panel to panel */
  int64_t elements;                    /* of the copy; those that hold nothing are 0 */
} etch_weights;

typedef struct etch_program {
  uint32_t abi_version;
  uint32_t num_args;
  uint32_t num_results;
  uint32_t num_dynamic_dims;        /* unknown extents over all arguments */
  uint32_t num_dynamic_result_dims; /* unknown extents over all results */
  uint32_t flags;                   /* ETCH_PROGRAM_* */
  const char *name;
  const char *cpu_features; /* comma-separated LLVM feature names the code needs, "" for none */
  const etch_value_spec *args;
  const etch_value_spec *results;
  int64_t arena_bytes; /* when there are no unknown extents */
  etch_entry_fn entry;
  etch_shapes_fn shapes; /* null when there are no unknown extents */
  const etch_weights *weights;
  int64_t num_weights;
} etch_program;

enum {
  ETCH_PROGRAM_CAN_FAIL = 1, /* has checks, or effects that may fail */
  ETCH_PROGRAM_HAS_HOST_CALL = 2,
  ETCH_PROGRAM_HAS_RUN_TIME_RESULT = 4 /* a result's extents depend on data; C programs cannot run it */
};

/* A tensor as compiled code shows it to the runtime. */
typedef struct etch_view {
  void *data;
  const int64_t *dims;
  uint8_t dtype;
  uint8_t rank;
} etch_view;

/* ---- called by compiled code -------------------------------------------------------------------------------- */

typedef void (*etch_loop_body)(void *params, int64_t begin, int64_t end);
/* Runs body over [0, n) in chunks of at least `grain`; the caller takes part. Chunk borders are multiples of grain and
 * do not depend on the number of threads. */
void etch_rt_parallel_for(etch_loop_body body, void *params, int64_t n, int64_t grain);

/* The same in at most as many parts as there are threads, of at least `grain` and, but for the last one, equal whole
 * multiples of `unit`: for bodies that do the better the more they get at once, and whose results do not depend on the
 * borders. */
void etch_rt_parallel_ranges(etch_loop_body body, void *params, int64_t n, int64_t grain, int64_t unit);

/* At least `bytes` bytes for the caller's own use until it returns, aligned to 64; the same memory at every call of a
 * thread. Exits with a message when there is no memory. */
void *etch_rt_scratch(int64_t bytes);

/* Bytes of the first data cache of a core of the machine that runs the code. */
int64_t etch_rt_l1_bytes(void);

/* Prints `format` with each "{}" replaced by the next view, in NumPy's layout, and a newline, to stdout. */
void etch_rt_print(etch_context *context, const char *format, int32_t num_views, const etch_view *views);

/* Records a user error at file:line:column; the entry function then returns 1. */
void etch_rt_fail(etch_context *context, const char *message, const char *file, int32_t line, int32_t column);

/* Has something failed that could not say so: a print, a stack, the memory of a result? Asked before variables are
 * written. */
int32_t etch_rt_failed(const etch_context *context);

/* Calls the host function registered under `id`. Returns 0, or 1 when it threw (the context keeps the exception). */
int32_t etch_rt_host_call(etch_context *context, int64_t id, int32_t num_inputs, const etch_view *inputs,
                          int32_t num_outputs, const etch_view *outputs);

/* Stack `id` of this call: what a differentiated loop keeps of each iteration. Last in, first out. */
void etch_rt_stack_push(etch_context *context, int64_t id, const void *data, int64_t bytes);
void etch_rt_stack_pop(etch_context *context, int64_t id, void *data, int64_t bytes);

/* Memory of this call for a value whose size is known only now, 64-byte aligned; null when there is none (the context
 * holds the error). Asking for a larger block `number` again loses what it held. */
void *etch_rt_block(etch_context *context, int64_t number, int64_t bytes);
/* Swaps block `number` (even) with block `number` + 1 and returns its new memory. */
void *etch_rt_next_block(etch_context *context, int64_t number);
/* Hands out a copy of result `index`, whose extents depended on data. */
void etch_rt_result(etch_context *context, int64_t index, const etch_view *value, int64_t bytes);

/* ---- called by C programs, through the header that etchc writes ---------------------------------------------- */

/* Binds and runs a program without unknown extents. 0 on success; otherwise see etch_last_error(). Thread safe. */
int32_t etch_run_program(const etch_program *program, void *const *args, void *const *results);
/* The same with unknown extents; `dims` holds the arguments' and `result_dims` receives the results'. When `results`
 * is null only the extents are computed. */
int32_t etch_run_program_dynamic(const etch_program *program, void *const *args, const int64_t *dims,
                                 void *const *results, int64_t *result_dims);
/* Message of the calling thread's last failed run, "" if none. Valid until the next call on this thread. */
const char *etch_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
