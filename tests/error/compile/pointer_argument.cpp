// semantics 23: a pointer has no value to compare, so it is no static argument.
// error: this type cannot be an argument, a result or a carried value of a traced function
#include <etch/etch.h>

void user(double *weights) {
  auto f = etch::function([](double *, etch::Tensor x) { return x; });
  f(weights, etch::constant(1.f));
}
