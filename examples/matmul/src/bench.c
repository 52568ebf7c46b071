/* Times matmul() and writes one row of metrics after every few multiplications. */
#define _GNU_SOURCE

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "matmul.h"
#include "random.h"

/* Elements of a column are 24 cache lines apart here, so they share few sets of the first cache. */
#define SIZE 384
#define ELEMENTS ((size_t)SIZE * SIZE)
#define ROWS 5
#define MULTIPLICATIONS_PER_ROW 6

static void fail(const char *message) {
  fprintf(stderr, "bench: %s\n", message);
  exit(1);
}

static uint32_t *new_elements(size_t count) {
  uint32_t *elements = malloc(count * sizeof *elements);
  if (elements == NULL) fail("out of memory");
  return elements;
}

static double now_ms(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) fail("no monotonic clock");
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

#define PAGE 4096

static int read_segments(struct dl_phdr_info *program, size_t size, void *unused) {
  (void)size, (void)unused;
  for (int i = 0; i < program->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &program->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD) continue;
    const volatile char *from = (const char *)program->dlpi_addr + segment->p_vaddr;
    for (size_t at = 0; at < segment->p_filesz; at += PAGE) (void)from[at];
  }
  return 0;
}

/*
 * Reads all of this program, so that peak memory counts all of it. Pages that nobody reads count as far as they happen to be
 * in the page cache, and for minutes that may differ by 2 % between two copies of the same file.
 */
static void load_program(void) { dl_iterate_phdr(read_segments, NULL); }

/* Peak memory since this program began. getrusage() would count what ran before exec() as well. */
static long peak_rss_kb(void) {
  FILE *status = fopen("/proc/self/status", "r");
  if (status == NULL) fail("cannot read /proc/self/status");
  char line[256];
  long kb = -1;
  while (kb < 0 && fgets(line, sizeof line, status) != NULL) sscanf(line, "VmHWM: %ld kB", &kb);
  fclose(status);
  if (kb < 0) fail("no VmHWM in /proc/self/status");
  return kb;
}

static void multiply_vector(const uint32_t *matrix, const uint32_t *vector, uint32_t *result) {
  for (size_t i = 0; i < SIZE; i++) {
    result[i] = 0;
    for (size_t j = 0; j < SIZE; j++) result[i] += matrix[i * SIZE + j] * vector[j];
  }
}

/* Freivalds' check, c * v == a * (b * v) for a random v: far cheaper than a second multiplication. */
static int is_product(const uint32_t *a, const uint32_t *b, const uint32_t *c, uint64_t *state) {
  uint32_t v[SIZE], bv[SIZE], abv[SIZE], cv[SIZE];
  fill_random(v, SIZE, state);
  multiply_vector(b, v, bv);
  multiply_vector(a, bv, abv);
  multiply_vector(c, v, cv);
  return memcmp(abv, cv, sizeof cv) == 0;
}

/* Milliseconds of one multiplication of matrices that were never seen before. */
static double multiply_ms(uint32_t *a, uint32_t *b, uint32_t *c, uint64_t *state) {
  fill_random(a, ELEMENTS, state);
  fill_random(b, ELEMENTS, state);
  double start = now_ms();
  matmul(SIZE, a, b, c);
  double ms = now_ms() - start;
  if (!is_product(a, b, c, state)) fail("matmul() gave a wrong result");
  return ms;
}

int main(void) {
  load_program();
  const char *path = getenv("LOOPTY_METRICS");
  FILE *metrics = fopen(path != NULL ? path : "metrics.csv", "w");
  if (metrics == NULL) fail("cannot write the metrics file");
  uint32_t *a = new_elements(ELEMENTS), *b = new_elements(ELEMENTS), *c = new_elements(ELEMENTS);
  uint64_t state = 1;

  multiply_ms(a, b, c, &state); /* warms up caches and page tables */
  fprintf(metrics, "iteration,time_ms (lower is better),rss_kb (lower is better)\n");
  for (int row = 1; row <= ROWS; row++) {
    double ms = 0;
    for (int i = 0; i < MULTIPLICATIONS_PER_ROW; i++) ms += multiply_ms(a, b, c, &state);
    fprintf(metrics, "%d,%.6f,%ld\n", row, ms / MULTIPLICATIONS_PER_ROW, peak_rss_kb());
    if (fflush(metrics) != 0) fail("cannot write the metrics file");
  }
  if (fclose(metrics) != 0) fail("cannot write the metrics file");
}
