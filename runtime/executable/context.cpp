#include "runtime/executable/context.h"

using etch::InternalError;
using etch::Location;
using etch::UserError;

void etch_context::fail(std::string_view text, Location where) {
  if (failed) return;
  failed = true;
  message = text;
  location = where;
}

void etch_context::keep_exception(std::exception_ptr thrown) {
  if (failed) return;
  failed = true;
  exception = std::move(thrown);
}

void etch_context::raise(std::string_view program) {
  if (exception) std::rethrow_exception(exception);
  if (failed) throw UserError(message, location);
  throw InternalError("compiled code of '" + std::string(program) + "' failed without recording why");
}

void etch_context::reset() {
  failed = false;
  message.clear();
  location = {};
  exception = nullptr;
  stacks.clear();
  blocks.clear();
  run_time_results.clear();
}

extern "C" int32_t etch_rt_failed(const etch_context *context) { return context->failed ? 1 : 0; }

extern "C" void etch_rt_fail(etch_context *context, const char *message, const char *file, int32_t line,
                             int32_t column) {
  // The code, and its constants with it, may be unloaded before the error is read.
  context->fail(message ? message : "",
                Location(etch::intern_file_name(file ? file : ""), static_cast<uint32_t>(line < 0 ? 0 : line),
                         static_cast<uint32_t>(column < 0 ? 0 : column)));
}
