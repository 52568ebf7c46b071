"""Writes expected.txt: sizes, seeds and hashes of the products, by a multiplication of its own.

Run it as `python3 oracle/make_expected.py > oracle/expected.txt`; it takes some seconds.
"""

import random
from operator import mul

MASK_32 = (1 << 32) - 1
MASK_64 = (1 << 64) - 1

# Around the tile sizes, odd ones, primes, and the size that the benchmark times.
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 129, 131, 200, 257, 384]


def splitmix64(state):
    """The upper 32 bits of each number: what fill_random() of src/random.h gives."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK_64
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK_64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK_64
        yield (z ^ (z >> 31)) >> 32


def product_hash(size, seed):
    """FNV-1a over the 32-bit elements of a * b, row by row; a is filled first, then b."""
    numbers = splitmix64(seed)
    a, b = ([[next(numbers) for _ in range(size)] for _ in range(size)] for _ in range(2))
    columns = list(zip(*b))
    result = 0xCBF29CE484222325
    for row in a:
        for column in columns:
            element = sum(map(mul, row, column)) & MASK_32
            result = ((result ^ element) * 0x100000001B3) & MASK_64
    return result


def main():
    seeds = random.Random(1)
    print("# size, seed and hash of the product: see src/verify.c")
    for size in SIZES:
        seed = seeds.getrandbits(64)
        print(f"{size} {seed:016x} {product_hash(size, seed):016x}")


main()
