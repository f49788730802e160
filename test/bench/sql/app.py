"""SQL for about a minute on two cores: joins, aggregations and sorts of made-up sales. Prints the seconds from a session that is
warm (its executors are there) to the last answer."""
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 6_000_000

spark = SparkSession.builder.appName("sql-minute").config("spark.sql.shuffle.partitions", "8").getOrCreate()
while spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < 3:
    time.sleep(0.1)
spark.range(1_000).selectExpr("id % 7 AS k").groupBy("k").count().collect()

started = time.monotonic()
sales = spark.range(0, ROWS, 1, 8).select(
    (F.hash("id") % 50_000).alias("customer"),
    (F.xxhash64("id") % 1_000).alias("product"),
    (F.rand(7) * 100).alias("price"),
    F.concat(F.lit("order-"), F.col("id") % 997).alias("text"),
)
products = spark.range(-1_000, 1_000).select(F.col("id").alias("product"), (F.col("id") % 40).alias("category"))
for turn in range(6):
    (
        sales.join(products, "product")
        .groupBy("category", "customer")
        .agg(F.sum("price").alias("total"), F.count("*").alias("count"), F.max(F.length("text")).alias("longest"))
        .where(F.col("count") > turn)
        .orderBy(F.desc("total"))
        .limit(100)
        .collect()
    )
    sales.select(F.regexp_replace("text", "order-(\\d)", "$1:").alias("text")).groupBy("text").count().orderBy("text").collect()
print(f"sql-minute: {time.monotonic() - started:.2f}")
spark.stop()
