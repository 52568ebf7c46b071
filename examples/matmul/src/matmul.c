#include "matmul.h"

#include <stddef.h>
#include <string.h>

#define BLOCK 8      /* side of a tile of b; for LOOP_ORDER 2 */
#define UNROLL 1     /* terms of the sum taken in one step: 1, 2, 4 or 8 */
#define LOOP_ORDER 0 /* 0: i j k, 1: i k j, 2: i k j within tiles of b */

#if LOOP_ORDER == 0

/* The terms k .. k + terms - 1 of row * column; the column's elements are n apart. */
static inline uint32_t dot(int terms, int n, const uint32_t *row, const uint32_t *column) {
  uint32_t sum = 0;
#pragma GCC unroll 8
  for (int k = 0; k < terms; k++) sum += row[k] * column[(size_t)k * n];
  return sum;
}

void matmul(int n, const uint32_t *a, const uint32_t *b, uint32_t *c) {
  for (int i = 0; i < n; i++) {
    const uint32_t *row = a + (size_t)i * n;
    for (int j = 0; j < n; j++) {
      uint32_t sum = 0;
      int k = 0;
      for (; k + UNROLL <= n; k += UNROLL) sum += dot(UNROLL, n, row + k, b + (size_t)k * n + j);
      for (; k < n; k++) sum += dot(1, n, row + k, b + (size_t)k * n + j);
      c[(size_t)i * n + j] = sum;
    }
  }
}

#else

/* to[j] += row * (the `terms` rows of b that start at `from`), for `width` columns. */
static inline void add_rows(int terms, int width, int n, const uint32_t *row, const uint32_t *from,
                            uint32_t *to) {
  for (int j = 0; j < width; j++) {
    uint32_t sum = to[j];
#pragma GCC unroll 8
    for (int k = 0; k < terms; k++) sum += row[k] * from[(size_t)k * n + j];
    to[j] = sum;
  }
}

/* Adds a[.., k0 .. k1) * b[k0 .. k1, j0 .. j1) to the columns j0 .. j1 of c. */
static void add_tile(int n, int k0, int k1, int j0, int j1, const uint32_t *a, const uint32_t *b,
                     uint32_t *c) {
  for (int i = 0; i < n; i++) {
    const uint32_t *row = a + (size_t)i * n;
    uint32_t *to = c + (size_t)i * n + j0;
    int k = k0;
    for (; k + UNROLL <= k1; k += UNROLL)
      add_rows(UNROLL, j1 - j0, n, row + k, b + (size_t)k * n + j0, to);
    for (; k < k1; k++) add_rows(1, j1 - j0, n, row + k, b + (size_t)k * n + j0, to);
  }
}

void matmul(int n, const uint32_t *a, const uint32_t *b, uint32_t *c) {
  const int tile = LOOP_ORDER == 2 ? BLOCK : n;
  memset(c, 0, sizeof *c * n * n);
  for (int k = 0; k < n; k += tile)
    for (int j = 0; j < n; j += tile)
      add_tile(n, k, k + tile < n ? k + tile : n, j, j + tile < n ? j + tile : n, a, b, c);
}

#endif
