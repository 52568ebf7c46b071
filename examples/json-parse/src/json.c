#include "json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *bytes;
  size_t length, capacity;
} buffer;

struct json_value {
  json_type type;
  double number;
  buffer string, key;
  json_value *first, *next;
};

struct json_document {
  json_value *root;
};

typedef struct {
  const char *at, *end;
} reader;

static void append(buffer *to, char byte) {
  if (to->length == to->capacity) {
    to->capacity += 16;
    to->bytes = realloc(to->bytes, to->capacity);
    if (to->bytes == NULL) abort();
  }
  to->bytes[to->length++] = byte;
}

/* The byte at hand, -1 at the end. */
static int peek(const reader *in) {
  return in->at < in->end ? (unsigned char)*in->at : -1;
}

static int take(reader *in, char byte) {
  if (peek(in) != byte) return 0;
  in->at++;
  return 1;
}

static void skip_space(reader *in) {
  while (peek(in) == ' ' || peek(in) == '\t' || peek(in) == '\n' || peek(in) == '\r') in->at++;
}

static int take_word(reader *in, const char *word) {
  for (; *word != '\0'; word++)
    if (!take(in, *word)) return 0;
  return 1;
}

static int is_digit(int byte) {
  return byte >= '0' && byte <= '9';
}

static int take_digits(reader *in) {
  if (!is_digit(peek(in))) return 0;
  while (is_digit(peek(in))) in->at++;
  return 1;
}

static int parse_number(reader *in, double *number) {
  const char *start = in->at;
  take(in, '-');
  if (!take(in, '0') && !take_digits(in)) return 0;
  if (take(in, '.') && !take_digits(in)) return 0;
  if (take(in, 'e') || take(in, 'E')) {
    if (!take(in, '+')) take(in, '-');
    if (!take_digits(in)) return 0;
  }
  buffer copy = {0};
  for (const char *from = start; from < in->at; from++) append(&copy, *from);
  append(&copy, '\0');
  *number = strtod(copy.bytes, NULL);
  free(copy.bytes);
  return isfinite(*number);
}

static int parse_hex4(reader *in, uint32_t *unit) {
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    int byte = peek(in);
    if (is_digit(byte)) *unit = *unit * 16 + byte - '0';
    else if (byte >= 'a' && byte <= 'f') *unit = *unit * 16 + byte - 'a' + 10;
    else if (byte >= 'A' && byte <= 'F') *unit = *unit * 16 + byte - 'A' + 10;
    else return 0;
    in->at++;
  }
  return 1;
}

static void append_utf8(buffer *to, uint32_t point) {
  if (point < 0x80) {
    append(to, (char)point);
  } else if (point < 0x800) {
    append(to, (char)(0xc0 | point >> 6));
    append(to, (char)(0x80 | (point & 0x3f)));
  } else if (point < 0x10000) {
    append(to, (char)(0xe0 | point >> 12));
    append(to, (char)(0x80 | (point >> 6 & 0x3f)));
    append(to, (char)(0x80 | (point & 0x3f)));
  } else {
    append(to, (char)(0xf0 | point >> 18));
    append(to, (char)(0x80 | (point >> 12 & 0x3f)));
    append(to, (char)(0x80 | (point >> 6 & 0x3f)));
    append(to, (char)(0x80 | (point & 0x3f)));
  }
}

static int parse_escape(reader *in, buffer *to) {
  static const char escapes[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
  int escape = peek(in);
  if (escape < 0) return 0;
  in->at++;
  if (escape == 'u') {
    uint32_t unit, low;
    if (!parse_hex4(in, &unit)) return 0;
    if (unit >= 0xdc00 && unit <= 0xdfff) return 0;
    if (unit >= 0xd800 && unit <= 0xdbff) {
      if (!take(in, '\\') || !take(in, 'u') || !parse_hex4(in, &low)) return 0;
      if (low < 0xdc00 || low > 0xdfff) return 0;
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(to, unit);
    return 1;
  }
  const char *found = escape == '\0' ? NULL : strchr(escapes, escape);
  if (found == NULL) return 0;
  append(to, bytes[found - escapes]);
  return 1;
}

/* One character of more than one byte. Which second bytes are right depends on the first (Unicode, table 3-7). */
static int parse_wide(reader *in, buffer *to) {
  int first = peek(in), more, low = 0x80, high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) more = 1;
  else if (first >= 0xe0 && first <= 0xef) more = 2;
  else if (first >= 0xf0 && first <= 0xf4) more = 3;
  else return 0;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  append(to, *in->at++);
  for (; more > 0; more--) {
    if (peek(in) < low || peek(in) > high) return 0;
    append(to, *in->at++);
    low = 0x80;
    high = 0xbf;
  }
  return 1;
}

static int parse_string(reader *in, buffer *to) {
  if (!take(in, '"')) return 0;
  while (!take(in, '"')) {
    int byte = peek(in);
    if (byte < 0x20) return 0;
    if (take(in, '\\')) {
      if (!parse_escape(in, to)) return 0;
    } else if (byte >= 0x80) {
      if (!parse_wide(in, to)) return 0;
    } else {
      append(to, *in->at++);
    }
  }
  return 1;
}

static json_value *new_value(void) {
  json_value *value = calloc(1, sizeof *value);
  if (value == NULL) abort();
  return value;
}

static void append_child(json_value *parent, json_value *child) {
  json_value **end = &parent->first;
  while (*end != NULL) end = &(*end)->next;
  *end = child;
}

static int parse_value(reader *in, json_value *value, int depth);

static int parse_children(reader *in, json_value *value, int depth) {
  char close = value->type == JSON_OBJECT ? '}' : ']';
  if (depth == JSON_MAX_DEPTH) return 0;
  in->at++;
  skip_space(in);
  if (take(in, close)) return 1;
  do {
    json_value *child = new_value();
    append_child(value, child);
    skip_space(in);
    if (value->type == JSON_OBJECT) {
      if (!parse_string(in, &child->key)) return 0;
      skip_space(in);
      if (!take(in, ':')) return 0;
      skip_space(in);
    }
    if (!parse_value(in, child, depth + 1)) return 0;
    skip_space(in);
  } while (take(in, ','));
  return take(in, close);
}

static int parse_value(reader *in, json_value *value, int depth) {
  switch (peek(in)) {
    case 'n':
      value->type = JSON_NULL;
      return take_word(in, "null");
    case 'f':
      value->type = JSON_FALSE;
      return take_word(in, "false");
    case 't':
      value->type = JSON_TRUE;
      return take_word(in, "true");
    case '"':
      value->type = JSON_STRING;
      return parse_string(in, &value->string);
    case '[':
      value->type = JSON_ARRAY;
      return parse_children(in, value, depth);
    case '{':
      value->type = JSON_OBJECT;
      return parse_children(in, value, depth);
    default:
      value->type = JSON_NUMBER;
      return parse_number(in, &value->number);
  }
}

static void free_value(json_value *value) {
  while (value->first != NULL) {
    json_value *child = value->first;
    value->first = child->next;
    free_value(child);
  }
  free(value->string.bytes);
  free(value->key.bytes);
  free(value);
}

json_document *json_parse(const char *text, size_t length) {
  reader in = {text, text + length};
  json_document *document = malloc(sizeof *document);
  if (document == NULL) abort();
  document->root = new_value();
  skip_space(&in);
  if (parse_value(&in, document->root, 0)) {
    skip_space(&in);
    if (in.at == in.end) return document;
  }
  json_free(document);
  return NULL;
}

void json_free(json_document *document) {
  free_value(document->root);
  free(document);
}

const json_value *json_root(const json_document *document) {
  return document->root;
}

json_type json_type_of(const json_value *value) {
  return value->type;
}

double json_number(const json_value *value) {
  return value->number;
}

const char *json_string(const json_value *value, size_t *length) {
  *length = value->string.length;
  return value->string.bytes;
}

const json_value *json_first(const json_value *value) {
  return value->first;
}

const json_value *json_next(const json_value *value) {
  return value->next;
}

const char *json_key(const json_value *member, size_t *length) {
  *length = member->key.length;
  return member->key.bytes;
}
