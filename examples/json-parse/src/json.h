#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/*
 * A parser of JSON as RFC 8259 has it, and strict:
 * - The text is UTF-8 without byte order mark. Overlong forms, surrogates and code points beyond U+10FFFF are refused.
 * - Escaped surrogates must come in pairs. "\u0000" is a byte like any other.
 * - Numbers become the nearest double, ties to even. Those too large for a double are refused; those too small become
 *   zero, and zero keeps its sign.
 * - Members of an object stay in the order of the text, also where two have the same key.
 * - Arrays and objects may be nested JSON_MAX_DEPTH deep, and no deeper.
 */
#define JSON_MAX_DEPTH 512

typedef enum { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_type;

typedef struct json_document json_document;
typedef struct json_value json_value;

/*
 * NULL for what is no JSON text. Reads the `length` bytes at `text` and nothing beyond them, and writes none of them. The
 * caller keeps them unchanged until json_free().
 */
json_document *json_parse(const char *text, size_t length);
void json_free(json_document *document);

const json_value *json_root(const json_document *document);
json_type json_type_of(const json_value *value);
/* Of a JSON_NUMBER. */
double json_number(const json_value *value);
/* Of a JSON_STRING: its bytes, with no zero after them for certain. */
const char *json_string(const json_value *value, size_t *length);
/* The first element of a JSON_ARRAY or member of a JSON_OBJECT, NULL where there is none. */
const json_value *json_first(const json_value *value);
/* The next one, NULL after the last. */
const json_value *json_next(const json_value *value);
/* Of a member of a JSON_OBJECT. */
const char *json_key(const json_value *member, size_t *length);

#endif
