"""Whether circles.txt holds 26 circles inside the unit square that do not overlap. Exact: there is no tolerance.

Every double is a fraction, and with fractions nothing is rounded. Nothing of the agent's runs here: the circles are text.
"""

import math
import re
import sys
from fractions import Fraction
from itertools import combinations

COUNT = 26
MAX_BYTES = 64 * 1024
# As repr() writes a double. float() would take "nan", "1_0" and digits of other scripts as well.
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]{1,3})?")


def read_circles(text):
    """Circles as exact fractions, or ValueError."""
    lines = text.split("\n")
    if lines.pop() != "":
        raise ValueError("the last line does not end")
    if len(lines) != COUNT:
        raise ValueError(f"{len(lines)} lines instead of {COUNT}")
    return [read_circle(line, number) for number, line in enumerate(lines, 1)]


def read_circle(line, number):
    fields = line.split(" ")
    if len(fields) != 3:
        raise ValueError(f"line {number}: {len(fields)} fields instead of x y r")
    circle = []
    for field in fields:
        value = float(field) if NUMBER.fullmatch(field) else math.nan
        if not math.isfinite(value):
            raise ValueError(f"line {number}: {field[:40]!r} is no finite number")
        circle.append(Fraction(value))
    return circle


def problem(circles):
    """What is wrong, or None."""
    for number, (x, y, radius) in enumerate(circles, 1):
        if radius <= 0:
            return f"circle {number}: the radius is not positive"
        if x - radius < 0 or y - radius < 0 or x + radius > 1 or y + radius > 1:
            return f"circle {number} leaves the square"
    for (first, (x1, y1, r1)), (second, (x2, y2, r2)) in combinations(enumerate(circles, 1), 2):
        if (x1 - x2) ** 2 + (y1 - y2) ** 2 < (r1 + r2) ** 2:
            return f"circles {first} and {second} overlap"
    return None


def main(path):
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return f"{path} is longer than {MAX_BYTES} bytes"
    try:
        circles = read_circles(data.decode("ascii"))
    except ValueError as error:
        return str(error)
    wrong = problem(circles)
    if wrong is None:
        print(f"{COUNT} circles, sum of radii {float(sum(radius for _, _, radius in circles))!r}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
