/* Times json_parse() with json_free() and writes one row of metrics after every few documents. */
#define _GNU_SOURCE

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "random.h"

#define TEXT_BYTES (512 * 1024)
/* A record is never longer. */
#define MAX_RECORD 2048
#define ROWS 5
#define DOCUMENTS_PER_ROW 24

static void fail(const char *message) {
  fprintf(stderr, "bench: %s\n", message);
  exit(1);
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

/* FNV-1a, over 64-bit words and over bytes. The writer computes it of what it means, the reader of what was parsed. */
static void hash_word(uint64_t *hash, uint64_t word) {
  *hash = (*hash ^ word) * 0x100000001b3u;
}

static void hash_bytes(uint64_t *hash, const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) hash_word(hash, (unsigned char)bytes[i]);
  hash_word(hash, length);
}

static void hash_number(uint64_t *hash, double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  hash_word(hash, JSON_NUMBER);
  hash_word(hash, bits);
}

typedef struct {
  char *text;
  size_t length;
  uint64_t hash, random;
} writer;

static void put(writer *out, const char *text) {
  size_t length = strlen(text);
  memcpy(out->text + out->length, text, length);
  out->length += length;
}

/* A string of letters with now and then an escape or a wide character. */
static void put_string(writer *out, unsigned longest) {
  static const char *const written[] = {"\\n", "\\\"", "\\u00e9", "\xc3\xa9", "\\ud834\\udd1e", "\xe2\x82\xac"};
  static const char *const meant[] = {"\n", "\"", "\xc3\xa9", "\xc3\xa9", "\xf0\x9d\x84\x9e", "\xe2\x82\xac"};
  char bytes[MAX_RECORD];
  size_t length = 0;
  put(out, "\"");
  for (uint64_t left = 1 + random_below(longest, &out->random); left > 0; left--) {
    uint64_t choice = random_below(200, &out->random);
    if (choice < 6) {
      put(out, written[choice]);
      memcpy(bytes + length, meant[choice], strlen(meant[choice]));
      length += strlen(meant[choice]);
    } else {
      out->text[out->length++] = bytes[length++] = "abcdefghijklmnopqrstuvwxyz ABCDE"[choice % 32];
    }
  }
  put(out, "\"");
  hash_bytes(&out->hash, bytes, length);
}

static void put_key(writer *out, const char *key) {
  put(out, "\"");
  put(out, key);
  put(out, "\": ");
  hash_bytes(&out->hash, key, strlen(key));
}

/* A decimal whose digits and power of ten are both exact as doubles: their quotient is then the nearest double. */
static void put_decimal(writer *out) {
  static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  uint64_t digits = next_random(&out->random) >> (12 + random_below(40, &out->random));
  int decimals = 1 + (int)random_below(9, &out->random);
  uint64_t power = (uint64_t)powers[decimals];
  out->length += sprintf(out->text + out->length, "%llu.%0*llu", (unsigned long long)(digits / power), decimals,
                         (unsigned long long)(digits % power));
  hash_number(&out->hash, digits / powers[decimals]);
}

static void put_record(writer *out) {
  put(out, "{");
  put_key(out, "id");
  uint64_t id = random_below(1000000, &out->random);
  out->length += sprintf(out->text + out->length, "%llu", (unsigned long long)id);
  hash_number(&out->hash, (double)id);
  put(out, ",\n  ");
  put_key(out, "name");
  hash_word(&out->hash, JSON_STRING);
  put_string(out, 40);
  put(out, ",\n  ");
  put_key(out, "active");
  int active = (int)random_below(2, &out->random);
  put(out, active ? "true" : "false");
  hash_word(&out->hash, active ? JSON_TRUE : JSON_FALSE);
  put(out, ",\n  ");
  put_key(out, "points");
  hash_word(&out->hash, JSON_ARRAY);
  put(out, "[");
  uint64_t count = random_below(12, &out->random);
  for (uint64_t i = 0; i < count; i++) {
    if (i > 0) put(out, ", ");
    put_decimal(out);
  }
  hash_word(&out->hash, count);
  put(out, "],\n  ");
  put_key(out, "parent");
  put(out, "null}");
  hash_word(&out->hash, JSON_NULL);
  hash_word(&out->hash, 5);
}

/* An object of groups, each an array of records. */
static void write_document(writer *out) {
  size_t groups = 0;
  out->length = 0;
  out->hash = 0xcbf29ce484222325u;
  hash_word(&out->hash, JSON_OBJECT);
  put(out, "{");
  while (out->length < TEXT_BYTES - 24 * MAX_RECORD) {
    if (groups++ > 0) put(out, ",");
    put(out, "\n");
    put_string(out, 20);
    put(out, ": [");
    hash_word(&out->hash, JSON_ARRAY);
    uint64_t count = 1 + random_below(20, &out->random);
    for (uint64_t i = 0; i < count; i++) {
      put(out, i > 0 ? ",\n " : "\n ");
      hash_word(&out->hash, JSON_OBJECT);
      put_record(out);
    }
    put(out, "]");
    hash_word(&out->hash, count);
  }
  put(out, "}\n");
  hash_word(&out->hash, groups);
}

static void hash_value(uint64_t *hash, const json_value *value) {
  json_type type = json_type_of(value);
  size_t length;
  if (type == JSON_NUMBER) {
    hash_number(hash, json_number(value));
    return;
  }
  hash_word(hash, type);
  if (type == JSON_STRING) {
    const char *bytes = json_string(value, &length);
    hash_bytes(hash, bytes, length);
  }
  if (type != JSON_ARRAY && type != JSON_OBJECT) return;
  size_t count = 0;
  for (const json_value *child = json_first(value); child != NULL; child = json_next(child)) {
    if (type == JSON_OBJECT) {
      const char *key = json_key(child, &length);
      hash_bytes(hash, key, length);
    }
    hash_value(hash, child);
    count++;
  }
  hash_word(hash, count);
}

/* Milliseconds of parsing, reading and freeing a document that was never seen before. */
static double parse_ms(writer *out) {
  write_document(out);
  uint64_t hash = 0xcbf29ce484222325u;
  double start = now_ms();
  json_document *document = json_parse(out->text, out->length);
  if (document == NULL) fail("json_parse() refused a good document");
  hash_value(&hash, json_root(document));
  json_free(document);
  double ms = now_ms() - start;
  if (hash != out->hash) fail("json_parse() gave a wrong result");
  return ms;
}

int main(void) {
  load_program();
  const char *path = getenv("LOOPTY_METRICS");
  FILE *metrics = fopen(path != NULL ? path : "metrics.csv", "w");
  if (metrics == NULL) fail("cannot write the metrics file");
  writer out = {.text = malloc(TEXT_BYTES), .random = 1};
  if (out.text == NULL) fail("out of memory");

  parse_ms(&out); /* warms up caches and page tables */
  fprintf(metrics, "iteration,time_ms (lower is better),rss_kb (lower is better)\n");
  for (int row = 1; row <= ROWS; row++) {
    double ms = 0;
    for (int i = 0; i < DOCUMENTS_PER_ROW; i++) ms += parse_ms(&out);
    fprintf(metrics, "%d,%.6f,%ld\n", row, ms / DOCUMENTS_PER_ROW, peak_rss_kb());
    if (fflush(metrics) != 0) fail("cannot write the metrics file");
  }
  if (fclose(metrics) != 0) fail("cannot write the metrics file");
}
