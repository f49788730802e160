"""Nothing here calls SparkSession.builder or SparkContext() itself."""
# SparkSession.builder.getOrCreate()
from pyspark.sql import SparkSession


def read(spark: SparkSession):
    return spark.read
