// x[0] is a tensor of its own: the assignment compiled, and changed nothing.
// error: overload resolution selected deleted operator '='
// error: etch::dynamic_update_slice gives a new x
#include <etch/etch.h>

void user(etch::Tensor x, etch::Tensor row) { x[0] = row; }
