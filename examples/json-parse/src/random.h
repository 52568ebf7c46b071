#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). */
static inline uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* 0 to `count` - 1. */
static inline uint64_t random_below(uint64_t count, uint64_t *state) {
  return next_random(state) % count;
}

#endif
