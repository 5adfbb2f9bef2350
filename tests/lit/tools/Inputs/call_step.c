#include <stdio.h>
#include <string.h>

#include "step.h"

/* One float past an aligned address: buffers need the alignment of their elements only. */
static _Alignas(64) float memory[2 * (STEP_W_COUNT + 1)];

int main(void) {
  float *x = memory + 1, *w = memory + STEP_W_COUNT + 2, sum = 0;
  int64_t n;
  memcpy(w, step_initial_w, sizeof step_initial_w);
  memcpy(&n, step_initial_n, sizeof n);
  for (int i = 0; i < STEP_X_COUNT; ++i) x[i] = 0.25f;
  if (step(x, w, &n, &sum) != 0) return 1;
  printf("sum %g\nw %g %g %g count %d\n", (double)sum, (double)w[0], (double)w[1], (double)w[2], (int)n);
  x[3] = 2;
  if (step(x, w, &n, &sum) == 0) return 1;
  printf("error: %s\n", etch_last_error());
  printf("w %g %g %g count %d\n", (double)w[0], (double)w[1], (double)w[2], (int)n);
  if (step(0, w, &n, &sum) == 0) return 1;
  printf("error: %s\n", etch_last_error());
  return 0;
}
