from pyspark.sql import SparkSession

# .master("yarn") was before
spark = SparkSession.builder.master("local[*]").appName("pi").getOrCreate()
