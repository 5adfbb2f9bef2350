// A generic lambda has no parameter list to match arguments with.
// error: the callable needs parameters of definite types
#include <etch/etch.h>

void user() {
  auto f = etch::function([](auto x) { return x; });
}
