// The C face of run_program: no exception leaves it.

#include <algorithm>
#include <mutex>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/of_thread.h"
#include "runtime/executable/abi.h"
#include "runtime/executable/executable.h"

namespace {

using etch::UserError;
using namespace etch::runtime;

struct LastError {
  std::string text;
};
std::string &last_error() { return etch::of_thread<LastError>().text; }

// Checks each program once; a thread that runs one program in a loop compares one pointer.
void check_once(const etch_program *program) {
  static thread_local const etch_program *last_checked = nullptr;
  if (program == last_checked) return;
  static auto *mutex = new std::mutex;
  static auto *checked = new std::unordered_set<const etch_program *>;
  if (!program) throw UserError("the program is a null pointer");
  {
    std::lock_guard lock(*mutex);
    if (checked->contains(program)) {
      last_checked = program;
      return;
    }
  }
  check_program(*program);
  std::lock_guard lock(*mutex);
  checked->insert(program);
  last_checked = program;
}

// C callers fill arrays of pointers by hand; a forgotten one shall not be a crash inside generated code.
void require_pointers(const etch_program &program, const char *what, const etch_value_spec *specs, uint32_t count,
                      void *const *pointers) {
  for (uint32_t i = 0; i < count; ++i) {
    if (pointers && pointers[i]) continue;
    // Nothing is read through a null pointer to an empty tensor; an unknown extent may be 0 as well.
    const std::span dims(specs[i].dims, specs[i].rank);
    const bool may_be_empty = std::any_of(dims.begin(), dims.end(), [](int64_t extent) { return extent <= 0; });
    if (pointers && may_be_empty) continue;
    throw UserError(std::string("program '") + program.name + "': " + what + " " + std::to_string(i) +
                    (specs[i].name && *specs[i].name ? " ('" + std::string(specs[i].name) + "')" : "") +
                    " is a null pointer");
  }
}

void require_known_results(const etch_program &program) {
  if (program.flags & ETCH_PROGRAM_HAS_RUN_TIME_RESULT)
    throw UserError(std::string("program '") + program.name +
                    "' returns a tensor whose shape depends on data, for which a C caller cannot provide memory");
}

template <class Body> int32_t guarded(Body &&body) {
  std::string &error_text = last_error();
  error_text.clear();
  try {
    body();
    return 0;
  } catch (const std::exception &error) {
    error_text = error.what();
  } catch (...) {
    error_text = "a host function threw something that is no std::exception";
  }
  if (error_text.empty()) error_text = "unknown error";
  return 1;
}

}  // namespace

extern "C" int32_t etch_run_program(const etch_program *program, void *const *args, void *const *results) {
  return guarded([&] {
    check_once(program);
    if (program->num_dynamic_dims != 0)
      throw UserError(std::string("program '") + program->name +
                      "' has unknown extents: call etch_run_program_dynamic with them");
    require_known_results(*program);
    require_pointers(*program, "argument", program->args, program->num_args, args);
    require_pointers(*program, "result", program->results, program->num_results, results);
    run_program(*program, args, nullptr, results);
  });
}

extern "C" int32_t etch_run_program_dynamic(const etch_program *program, void *const *args, const int64_t *dims,
                                            void *const *results, int64_t *result_dims) {
  return guarded([&] {
    check_once(program);
    if (program->num_dynamic_dims != 0 && !dims)
      throw UserError(std::string("program '") + program->name + "' needs its " +
                      std::to_string(program->num_dynamic_dims) + " unknown extents, but dims is a null pointer");
    if (std::any_of(dims, dims + program->num_dynamic_dims, [](int64_t extent) { return extent < 0; }))
      throw UserError(std::string("program '") + program->name + "': dims holds a negative extent");
    require_known_results(*program);
    if (result_dims) {
      const std::vector<int64_t> extents = dynamic_result_dims(*program, dims);
      std::copy(extents.begin(), extents.end(), result_dims);
    }
    if (!results) return;
    require_pointers(*program, "argument", program->args, program->num_args, args);
    require_pointers(*program, "result", program->results, program->num_results, results);
    run_program(*program, args, dims, results);
  });
}

extern "C" const char *etch_last_error(void) { return last_error().c_str(); }
