"""Runs one stage, then ends with a status that is not 0: what a job looks like that found something wrong."""

import argparse
import sys

from pyspark.sql import SparkSession


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--status", type=int, default=3, metavar="N", help="the exit status (default 3)")
    status = parser.parse_args().status

    spark = SparkSession.builder.appName("fails").getOrCreate()
    rejected = spark.range(1000).filter("id % 7 = 0").count()
    spark.stop()
    print(f"{rejected} rows were rejected: ends with status {status}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
