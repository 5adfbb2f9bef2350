// A program that only runs what was exported: the runtime alone.
#include "runtime/base/tensor_type.h"

int main() { return etch::TensorType{etch::f32, etch::Shape{2, 3}}.shape.num_elements() == 6 ? 0 : 1; }
