"""Estimates pi on request: a web service that keeps one SparkSession for all of them."""

import os
import random
import signal
import threading

from flask import Flask, Response, jsonify, request
from pyspark.sql import SparkSession
from werkzeug.serving import make_server

DARTS_PER_SLICE = 100_000
MAXIMUM_SCALE = 100


def darts_inside(seed: int) -> int:
    throw = random.Random(seed).random
    return sum(throw() ** 2 + throw() ** 2 <= 1 for _ in range(DARTS_PER_SLICE))


def create_app(spark: SparkSession) -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def routes() -> Response:
        return jsonify({"/sparkpi?scale=2": "estimates pi; scale is the size of the work", "/healthz": "is it up"})

    @app.get("/sparkpi")
    def sparkpi() -> Response | tuple[Response, int]:
        text = request.args.get("scale", "2")
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAXIMUM_SCALE):
            return jsonify(error=f"scale must be a whole number from 1 to {MAXIMUM_SCALE}", scale=text), 400
        scale = int(text)
        # Requests run side by side, each as a Spark job of its own: the context may be used by many threads.
        inside = spark.sparkContext.parallelize(range(scale), scale).map(darts_inside).sum()
        return Response(f"Pi is roughly {4 * inside / (scale * DARTS_PER_SLICE)}\n", mimetype="text/plain")

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    return app


def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080"))
    spark = SparkSession.builder.appName("pi-flask").getOrCreate()
    server = make_server(host, port, create_app(spark), threaded=True)

    stop = threading.Event()
    # After the context, which puts a handler of its own for SIGINT.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    print(f"Listens on http://{host}:{port}", flush=True)
    stop.wait()
    server.shutdown()
    spark.stop()


if __name__ == "__main__":
    main()
