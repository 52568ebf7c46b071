/* Compares json_parse() with the expected results that a file holds: lines of a text in hexadecimal and its value. */
#define _GNU_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "json.h"

#define REFUSED "refused"

static void fail(const char *message, const char *detail) {
  fprintf(stderr, "verify: %s%s\n", message, detail);
  exit(1);
}

/* A text that cannot be written, with a page after its last byte that cannot be read. */
typedef struct {
  char *pages, *text;
  size_t length, size;
} guarded;

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  fail("not hexadecimal", "");
  return 0;
}

static guarded guard(const char *hex) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), length = strlen(hex) / 2;
  size_t size = (length / page + 1) * page;
  char *pages = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) fail("out of memory", "");
  char *text = pages + size - length;
  for (size_t i = 0; i < length; i++) text[i] = (char)(hex_digit(hex[2 * i]) * 16 + hex_digit(hex[2 * i + 1]));
  if (mprotect(pages, size, PROT_READ) != 0 || mprotect(pages + size, page, PROT_NONE) != 0)
    fail("cannot protect memory", "");
  return (guarded){pages, text, length, size + page};
}

static void dump_bytes(FILE *to, const char *bytes, size_t length) {
  fputc('$', to);
  for (size_t i = 0; i < length; i++) fprintf(to, "%02x", (unsigned char)bytes[i]);
}

static void dump(FILE *to, const json_value *value) {
  json_type type = json_type_of(value);
  double number;
  uint64_t bits;
  size_t length;
  const char *bytes;
  switch (type) {
    case JSON_NULL: fputc('n', to); return;
    case JSON_FALSE: fputc('f', to); return;
    case JSON_TRUE: fputc('t', to); return;
    case JSON_NUMBER:
      number = json_number(value);
      memcpy(&bits, &number, sizeof bits);
      fprintf(to, "#%016" PRIx64, bits);
      return;
    case JSON_STRING:
      bytes = json_string(value, &length);
      dump_bytes(to, bytes, length);
      return;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
  }
  fputc(type == JSON_OBJECT ? '{' : '[', to);
  for (const json_value *child = json_first(value); child != NULL; child = json_next(child)) {
    if (type == JSON_OBJECT) {
      bytes = json_key(child, &length);
      dump_bytes(to, bytes, length);
    }
    dump(to, child);
    fputc(',', to);
  }
  fputc(type == JSON_OBJECT ? '}' : ']', to);
}

/* The value as text, or REFUSED. */
static char *parsed(const char *hex) {
  guarded input = guard(hex);
  json_document *document = json_parse(input.text, input.length);
  char *text = NULL;
  size_t length;
  FILE *to = open_memstream(&text, &length);
  if (to == NULL) fail("out of memory", "");
  if (document == NULL) fputs(REFUSED, to);
  else dump(to, json_root(document));
  fclose(to);
  if (document != NULL) json_free(document);
  munmap(input.pages, input.size);
  return text;
}

int main(int argc, char **argv) {
  if (argc != 2) fail("usage: verify EXPECTED", "");
  FILE *file = fopen(argv[1], "r");
  if (file == NULL) fail("cannot read the expected results: ", argv[1]);

  int cases = 0, failures = 0;
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, file) > 0) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#') continue;
    char *expected = strchr(line, ' ');
    if (expected == NULL) fail("not a line of text and value: ", line);
    *expected++ = '\0';
    char *got = parsed(line);
    cases++;
    if (strcmp(got, expected) != 0) {
      failures++;
      printf("FAIL case %d: %.60s gave %.60s instead of %.60s\n", cases, line, got, expected);
    }
    free(got);
  }
  free(line);
  fclose(file);
  if (cases == 0) fail("no expected results in ", argv[1]);
  printf("%d of %d cases passed\n", cases - failures, cases);
  return failures == 0 ? 0 : 1;
}
