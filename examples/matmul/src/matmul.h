#ifndef MATMUL_H
#define MATMUL_H

#include <stdint.h>

/*
 * c = a * b for n x n matrices in row-major order, n >= 0. Elements are integers modulo 2^32, so a
 * sum has one right value whatever the order of its terms. The three matrices do not overlap; c may
 * hold anything before the call.
 */
void matmul(int n, const uint32_t *a, const uint32_t *b, uint32_t *c);

#endif
