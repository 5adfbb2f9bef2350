#include "runtime/cpu/target_cpu.h"

#include "runtime/base/env.h"

namespace etch::runtime {

const std::string &target_cpu() {
  static const std::string name = env::text("ETCH_TARGET_CPU").value_or("native");
  return name;
}

}  // namespace etch::runtime
