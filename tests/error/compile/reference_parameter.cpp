// What a function changes are its own copies of the arguments.
// error: a parameter is a non-const reference, but a traced function works on copies of its arguments
#include <etch/etch.h>

void user() {
  auto f = etch::function([](std::vector<etch::Tensor> &state) { state[0] = state[0] + 1.f; });
}
