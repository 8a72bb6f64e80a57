"""The fleet of a shop: python3 fleet.py PORT STATE

Ten instances, five in each region, serve made-up requests. Which version an instance runs stands in the file STATE/REGION-NUMBER, where
deploy.sh puts it. Version 1.4.2 keeps a connection for each request, and three instances of it use up those of their region: then its
requests begin to fail. With fewer of them nobody notices.

GET /INSTANCE gives an instance's metrics, GET /checkout/INSTANCE buys something there and tells the version.
"""

import http.server
import pathlib
import random
import sys
import threading
import time

port, state = int(sys.argv[1]), pathlib.Path(sys.argv[2])
REQUESTS_PER_TICK, TICK = 200, 0.05
USUAL, EXHAUSTED = 0.005, 0.04


class Instance:
    def __init__(self, region, number):
        self.region, self.name = region, f"{region}-{number}"
        self.random = random.Random(self.name)
        self.counts = {}
        threading.Thread(target=self.serve, daemon=True).start()

    def version(self):
        return (state / self.name).read_text().strip()

    def failing(self):
        new = sum(one.region == self.region and one.version() == "1.4.2" for one in INSTANCES.values())
        return EXHAUSTED if self.version() == "1.4.2" and new >= 3 else USUAL

    def serve(self):
        time.sleep(1)
        while True:
            time.sleep(TICK)
            version, share = self.version(), self.failing()
            failed = sum(self.random.random() < share for _ in range(REQUESTS_PER_TICK))
            for code, count in (("200", REQUESTS_PER_TICK - failed), ("500", failed)):
                key = (version, code)
                self.counts[key] = self.counts.get(key, 0) + count

    def metrics(self):
        for (version, code), count in sorted(self.counts.items()):
            if version == self.version():
                yield f'http_requests_total{{version="{version}",region="{self.region}",code="{code}"}} {count}\n'


INSTANCES = {}
for region in ("east", "west"):
    for number in range(1, 6):
        INSTANCES[f"{region}-{number}"] = Instance(region, number)


class Endpoint(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        kind, _, name = self.path.lstrip("/").rpartition("/")
        instance = INSTANCES.get(name)
        self.send_response(200 if instance else 404)
        self.end_headers()
        if instance and kind == "checkout":
            self.wfile.write(f"bought at {instance.version()}\n".encode())
        elif instance:
            self.wfile.write("".join(instance.metrics()).encode())


http.server.ThreadingHTTPServer(("127.0.0.1", port), Endpoint).serve_forever()
