/* Compares matmul() with the expected results that a file holds: lines of size, seed, hash. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matmul.h"
#include "random.h"

#define MAX_SIZE 2048
/* Elements after the result that must stay as they are. */
#define GUARD 64
#define GUARD_VALUE 0xdeadbeefu

static void fail(const char *message, const char *detail) {
  fprintf(stderr, "verify: %s%s\n", message, detail);
  exit(1);
}

/* FNV-1a, over elements instead of bytes. */
static uint64_t hash(const uint32_t *elements, size_t count) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < count; i++) hash = (hash ^ elements[i]) * 0x100000001b3u;
  return hash;
}

static int guard_is_whole(const uint32_t *guard) {
  for (size_t i = 0; i < GUARD; i++)
    if (guard[i] != GUARD_VALUE) return 0;
  return 1;
}

/* NULL when matmul() is right for these matrices, or else what is wrong. */
static const char *check(int size, uint64_t seed, uint64_t expected) {
  size_t count = (size_t)size * size;
  uint32_t *a = malloc((4 * count + GUARD) * sizeof *a);
  if (a == NULL) fail("out of memory", "");
  uint32_t *b = a + count, *before = b + count, *c = before + count;
  fill_random(a, 2 * count, &seed);
  uint64_t inputs = hash(a, 2 * count);
  /* The result starts as garbage, so that a sum that is not set to zero first shows. */
  fill_random(before, 2 * count, &seed);
  for (size_t i = 0; i < GUARD; i++) c[count + i] = GUARD_VALUE;
  uint64_t outside = hash(before, count);

  matmul(size, a, b, c);

  const char *wrong = NULL;
  if (hash(a, 2 * count) != inputs) wrong = "an input matrix was changed";
  else if (hash(before, count) != outside || !guard_is_whole(c + count))
    wrong = "memory outside the result was changed";
  else if (hash(c, count) != expected) wrong = "the result is wrong";
  free(a);
  return wrong;
}

int main(int argc, char **argv) {
  if (argc != 2) fail("usage: verify EXPECTED", "");
  FILE *file = fopen(argv[1], "r");
  if (file == NULL) fail("cannot read the expected results: ", argv[1]);

  int cases = 0, failures = 0;
  char line[256];
  while (fgets(line, sizeof line, file) != NULL) {
    if (line[0] == '#') continue;
    int size;
    uint64_t seed, expected;
    if (sscanf(line, "%d %" SCNx64 " %" SCNx64, &size, &seed, &expected) != 3 || size < 1 ||
        size > MAX_SIZE)
      fail("not a line of size, seed, hash: ", line);
    const char *wrong = check(size, seed, expected);
    cases++;
    if (wrong == NULL) continue;
    failures++;
    printf("FAIL size %d, seed %016" PRIx64 ": %s\n", size, seed, wrong);
  }
  fclose(file);
  if (cases == 0) fail("no expected results in ", argv[1]);
  printf("%d of %d cases passed\n", cases - failures, cases);
  return failures == 0 ? 0 : 1;
}
