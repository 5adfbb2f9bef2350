#include <stdio.h>

#include "product.h"
#include "tall.h"

static uint8_t numbers[4096][64];

int main(void) {
  /* Ones in bf16, and what lies behind the result. */
  uint16_t x[20 * 8], y[8], out[22];
  for (int i = 0; i < 20 * 8; ++i) x[i] = 0x3f80;
  for (int i = 0; i < 8; ++i) y[i] = 0x3f80;
  for (int i = 0; i < 22; ++i) out[i] = 0x7777;
  if (product(x, y, out) != 0) return 1;
  printf("product %x %x behind it %x %x\n", out[0], out[19], out[20], out[21]);

  for (int column = 0; column < 64; ++column) numbers[4000 - column][column] = 200;
  int64_t rows[64];
  if (tall(&numbers[0][0], rows) != 0) return 1;
  printf("tall %d %d %d\n", (int)rows[0], (int)rows[1], (int)rows[63]);
  return 0;
}
