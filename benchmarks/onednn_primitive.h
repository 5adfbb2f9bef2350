#pragma once
// A primitive of the system's oneDNN (version 2) on one thread, where there is one: ETCH_BENCH_ONEDNN says so.

#ifdef ETCH_BENCH_ONEDNN
#include <dlfcn.h>

#include <algorithm>
#include <unordered_map>

#include <dnnl.hpp>
#if DNNL_VERSION_MAJOR != 2
#undef ETCH_BENCH_ONEDNN
#endif
#endif

#ifdef ETCH_BENCH_ONEDNN
namespace etch::bench {

class OneDnnPrimitive {
 public:
  OneDnnPrimitive() : engine(dnnl::engine::kind::cpu, 0), stream_(engine) {
    // Whichever OpenMP it was built with.
    if (void *set = dlsym(RTLD_DEFAULT, "omp_set_num_threads")) reinterpret_cast<void (*)(int)>(set)(1);
  }
  void operator()() { run(primitive, arguments); }

 protected:
  void run(const dnnl::primitive &which, const std::unordered_map<int, dnnl::memory> &with) {
    which.execute(stream_, with);
    stream_.wait();
  }

  dnnl::engine engine;
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;

  /// Numbers that are quick to compute with: rubbish may be denormal or NaN.
  dnnl::memory make(const dnnl::memory::desc &desc, float value) {
    dnnl::memory memory(desc, engine);
    auto *data = static_cast<float *>(memory.get_data_handle());
    std::fill(data, data + desc.get_size() / sizeof(float), value);
    return memory;
  }

 private:
  dnnl::stream stream_;
};

}  // namespace etch::bench
#endif
