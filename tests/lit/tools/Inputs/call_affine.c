/* Asks for the sizes, allocates, runs, and then passes extents that do not fit. */
#include <stdio.h>
#include <stdlib.h>

#include "affine.h"

int main(void) {
  const float x[6] = {0, 1, 2, 3, 4, 5}, w[6] = {1, -1, 1, -1, 1, -1}, bias = 1;
  int64_t dims[AFFINE_NUM_DIMS] = {2, 3, 2}, result_dims[AFFINE_NUM_RESULT_DIMS] = {0, 0};
  if (affine_result_dims(dims, result_dims) != 0) return 1;
  printf("result %dx%d\n", (int)result_dims[0], (int)result_dims[1]);
  float *y = malloc((size_t)(result_dims[0] * result_dims[1]) * sizeof *y);
  if (affine(x, w, &bias, dims, y, NULL) != 0) return 1;
  printf("%g %g %g %g\n", (double)y[0], (double)y[1], (double)y[2], (double)y[3]);
  dims[1] = 2;
  if (affine(x, w, &bias, dims, y, NULL) == 0) return 1;
  printf("error: %s\n", etch_last_error());
  free(y);
  return 0;
}
