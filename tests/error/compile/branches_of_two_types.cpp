// Both branches of cond hand back the same C++ type.
// error: both branches must return the same C++ type
#include <etch/etch.h>

void user(etch::Tensor p, etch::Tensor x) {
  etch::cond(p, [&] { return x; }, [&] { return std::pair{x, x}; });
}
