/* Trains a small network from plain C, with a step that etchc compiled: no C++, no LLVM, no compiler in this process.
 *
 * model.mlir holds the step. The build runs
 *   etchc model.mlir -o train_step.o --header=train_step.h
 * and links the object with etch_runtime. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train_step.h"

enum { kBatch = 64, kSteps = 3000 };
static const float kGoal = 0.001f; /* predicting 0 everywhere has a loss of 0.111 */

/* A number in [-1, 1), the same on every machine. */
static float draw(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (float)(*state >> 8) / (float)(1 << 23) - 1.0f;
}

int main(void) {
  /* The variables: buffers of ours, filled with what the program starts from and updated in place by each step. */
  float w1[TRAIN_STEP_W1_COUNT], b1[TRAIN_STEP_B1_COUNT], w2[TRAIN_STEP_W2_COUNT], b2[TRAIN_STEP_B2_COUNT];
  memcpy(w1, train_step_initial_w1, sizeof w1);
  memcpy(b1, train_step_initial_b1, sizeof b1);
  memcpy(w2, train_step_initial_w2, sizeof w2);
  memcpy(b2, train_step_initial_b2, sizeof b2);

  uint32_t state = 1;
  const float rate = 0.2f;
  float average = 0.0f;
  for (int step = 1; step <= kSteps; ++step) {
    float x[TRAIN_STEP_X_COUNT], y[TRAIN_STEP_Y_COUNT], loss;
    for (int i = 0; i < kBatch; ++i) {
      x[2 * i] = draw(&state);
      x[2 * i + 1] = draw(&state);
      y[i] = x[2 * i] * x[2 * i + 1]; /* what the network shall learn: a product */
    }
    if (train_step(x, y, &rate, w1, b1, w2, b2, &loss) != 0) {
      fprintf(stderr, "train_step: %s\n", etch_last_error());
      return EXIT_FAILURE;
    }
    average = step == 1 ? loss : 0.98f * average + 0.02f * loss;
    if (step == 1 || step % 500 == 0) printf("step %4d  loss %.5f\n", step, (double)average);
  }
  if (average >= kGoal) {
    fprintf(stderr, "the loss is %.5f after %d steps; it should be below %.3f\n", (double)average, kSteps,
            (double)kGoal);
    return EXIT_FAILURE;
  }
  printf("the network multiplies: loss %.5f < %.3f\n", (double)average, (double)kGoal);
  return EXIT_SUCCESS;
}
