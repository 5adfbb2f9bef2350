#include "runtime/executable/print.h"

#include <cstdio>
#include <memory>
#include <mutex>

#include "runtime/base/format.h"
#include "runtime/executable/context.h"

namespace etch::runtime {
namespace {

struct SinkHolder {
  std::mutex mutex;
  std::shared_ptr<const PrintSink> sink;
};
SinkHolder &sink_holder() {
  static auto *holder = new SinkHolder;  // never destroyed: static destructors may still run programs
  return *holder;
}

std::string text_of(const etch_view &view) {
  return format_tensor({static_cast<DType>(view.dtype), {view.dims, view.rank}, view.data});
}

}  // namespace

PrintSink set_print_sink(PrintSink sink) {
  auto next = sink ? std::make_shared<const PrintSink>(std::move(sink)) : nullptr;
  std::lock_guard lock(sink_holder().mutex);
  std::swap(sink_holder().sink, next);
  return next ? *next : PrintSink();
}

std::string format_print(std::string_view format, int32_t num_views, const etch_view *views) {
  std::string text;
  int32_t next = 0;
  while (next < num_views) {
    const size_t hole = format.find("{}");
    if (hole == std::string_view::npos) break;
    text.append(format.substr(0, hole)) += text_of(views[next++]);
    format.remove_prefix(hole + 2);
  }
  text.append(format);
  for (; next < num_views; ++next) text.append(text.empty() ? "" : " ") += text_of(views[next]);
  return text;
}

}  // namespace etch::runtime

extern "C" void etch_rt_print(etch_context *context, const char *format, int32_t num_views, const etch_view *views) {
  using namespace etch::runtime;
  try {
    const std::string line = format_print(format, num_views, views) + '\n';
    std::shared_ptr<const PrintSink> sink;
    {
      std::lock_guard lock(sink_holder().mutex);
      sink = sink_holder().sink;
    }
    if (sink)
      (*sink)(line);
    else
      std::fwrite(line.data(), 1, line.size(), stdout);  // one write: lines of several threads stay whole
  } catch (...) {
    if (!context) throw;  // called by an eager op, not by compiled code
    context->keep_exception(std::current_exception());
  }
}
