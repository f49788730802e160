from pyspark.sql import SparkSession
from shared import io

spark = (
    SparkSession
    .builder
    .getOrCreate()
)
