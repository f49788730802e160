"""Estimates pi: throws darts at a square and counts how many land in the circle."""

import argparse
import random

from pyspark.sql import SparkSession

DARTS_PER_SLICE = 200_000


def darts_inside(seed: int) -> int:
    throw = random.Random(seed).random
    return sum(throw() ** 2 + throw() ** 2 <= 1 for _ in range(DARTS_PER_SLICE))


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {number}")
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=positive, default=2, metavar="N", help="parts of the work (default 2)")
    slices = parser.parse_args().slices

    spark = SparkSession.builder.appName("pi").getOrCreate()
    inside = spark.sparkContext.parallelize(range(slices), slices).map(darts_inside).sum()
    print(f"Pi is roughly {4 * inside / (slices * DARTS_PER_SLICE)}")
    spark.stop()


if __name__ == "__main__":
    main()
