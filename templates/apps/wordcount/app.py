"""Counts the words of a text by their stem ("light", "lights" and "lighted" are one) and prints the ten most common."""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator
from operator import add

from pyspark.sql import SparkSession

BUNDLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "words.txt")
TOP = 10


def stems(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    import snowballstemmer  # here: it is executors that run this

    stemmer = snowballstemmer.stemmer("english")
    for line in lines:
        for word in re.findall(r"[^\W\d_]+", line.lower()):
            yield stemmer.stemWord(word), 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", default=BUNDLED, metavar="PATH", help="a text file, a folder of them, or a URL")
    path = parser.parse_args().input
    if "://" not in path:
        if not os.path.exists(path):
            print(f'Cannot count the words of "{path}": there is no such file or folder', file=sys.stderr)
            return 2
        path = f"file:{os.path.abspath(path)}"

    spark = SparkSession.builder.appName("wordcount").getOrCreate()
    lines = spark.read.text(path).rdd.map(lambda row: row.value)
    counts = lines.mapPartitions(stems).reduceByKey(add)
    for stem, count in counts.takeOrdered(TOP, key=lambda pair: (-pair[1], pair[0])):
        print(f"{count:6} {stem}")
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
