#!/usr/bin/python3 -u
"""Stands in for Java in tests of what goes on around Spark: it does what the launcher and a cluster's members see of each other, in milliseconds.
A master answers on 7077 and at /json/, a worker registers and stays, a driver registers and runs its Python program."""
import http.server, json, os, re, select, signal, socket, sys, threading, time

args = sys.argv[1:]
main = next((arg for arg in args if arg.startswith("org.apache.spark.deploy.")), "")
rest = args[args.index(main) + 1:] if main else []
host = socket.gethostbyname(socket.gethostname())


def option(name):
    return rest[rest.index(name) + 1]


def master():
    members = {}
    done = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/":
                return self.answer(f'<span class="version">{os.environ.get("HIBANA_TEST_SPARK", "4.2.1")}</span>'.encode())
            size = {"cores": 1, "coresfree": 1, "memory": 640, "memoryfree": 640}
            kinds = [(kind, address) for kind, address in list(members.values())]
            workers = [dict(size, host=a, port=7078, state="ALIVE", webuiaddress=f"http://{a}:8081") for k, a in kinds if k == "worker"]
            apps = [{"id": f"app-{i}", "name": "app", "cores": 1} for i, (k, _) in enumerate(kinds) if k == "app"]
            page = {"url": f"spark://{host}:7077", "status": "ALIVE", "aliveworkers": len(workers), "workers": workers, "activeapps": apps, "completedapps": list(done)}
            self.answer(json.dumps(page).encode())

        def answer(self, body):
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def serve(connection, address):
        kind = connection.makefile().readline().strip()
        members[connection.fileno()] = (kind, address[0])
        print("registered", kind, address[0], file=sys.stderr)
        number = connection.fileno()
        try:
            while connection.recv(1):
                pass
        except OSError:
            pass
        if kind == "app":
            done.append({"id": f"app-{len(done)}", "name": "app"})
        members.pop(number, None)

    server = socket.create_server((host, 7077))
    threading.Thread(target=http.server.ThreadingHTTPServer((host, 8080), Page).serve_forever, daemon=True).start()
    while True:
        threading.Thread(target=serve, args=server.accept(), daemon=True).start()


def register(kind, url):
    address, port = re.match(r"spark://([^:]+):(\d+)", url).groups()
    connection = socket.create_connection((address, int(port)), 5)
    connection.sendall(f"{kind}\n".encode())
    return connection


def worker():
    url = rest[-1]
    heard = time.monotonic()
    if "HIBANA_TEST_EAT" in os.environ:
        hoard = bytearray(2 ** 33)
    while time.monotonic() - heard < 20:
        connection = None
        try:
            connection = register("worker", url)
            connection.settimeout(None)
            while connection.recv(1):
                pass
        except OSError:
            pass
        if connection is not None:
            heard = time.monotonic()
        time.sleep(1)
    sys.exit(1)


def driver():
    file = option("--properties-file")
    text = open(file).read()
    url = re.search(r"^spark\.master=(.*)$", text, re.M).group(1).replace("\\", "")
    at = next(i for i, arg in enumerate(rest) if arg.endswith(".py"))
    connection = register("app", url) if url.startswith("spark://") else None
    child = os.spawnv(os.P_NOWAIT, "/usr/bin/python3", ["python3", *rest[at:]])
    def stop(number, _):
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


if main.endswith(".Master"):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    master()
elif main.endswith(".Worker"):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    worker()
else:
    driver()
