"""Packs circles into the unit square: prints one line `x y r` for each of them."""

COUNT = 26


def pack():
    """Circles in six columns of up to five: a start, and no more than that."""
    # A little less than half the distance: places are rounded, and circles may not overlap by anything.
    radius = 1 / 12 - 1e-12
    places = [(column, row) for row in range(5) for column in range(6)]
    return [((2 * column + 1) / 12, (2 * row + 1) / 12, radius) for column, row in places[:COUNT]]


def main():
    for x, y, radius in pack():
        # repr() gives a text that reads back as the very same double.
        print(repr(x), repr(y), repr(radius))


if __name__ == "__main__":
    main()
