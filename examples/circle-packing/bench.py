"""Reads circles.txt, which the build made, and writes the sum of the radii. Whether they are allowed, verify decides."""

import math
import os


def main():
    with open("circles.txt", encoding="ascii") as file:
        radii = [float(line.split()[2]) for line in file]
    if not all(map(math.isfinite, radii)):
        raise SystemExit("bench: a radius is no number")
    with open(os.environ.get("LOOPTY_METRICS", "metrics.csv"), "w", encoding="ascii") as metrics:
        print("iteration,sum_radii (higher is better)", file=metrics)
        print(f"1,{math.fsum(radii)!r}", file=metrics)


if __name__ == "__main__":
    main()
