"""A shop in two versions, told to Prometheus: python3 shop.py PORT NEW_ERRORS NEW_SECONDS

Two instances of version 1.4.1 (/old-1, /old-2) and one of 1.4.2 (/new-1) serve made-up requests. Of the old version one request in
two hundred fails and a request takes 0.12 s; the new version's share of failures and mean time are arguments. With the same arguments
it makes the same requests.
"""

import http.server
import random
import sys
import threading
import time

BOUNDS = [0.1, 0.25, 0.5, 1.0]


class Instance:
    def __init__(self, version, rate, errors, seconds, seed):
        self.version, self.rate, self.errors, self.seconds = version, rate, errors, seconds
        self.random = random.Random(seed)
        self.codes, self.buckets, self.sum = {"200": 0}, [0] * len(BOUNDS), 0.0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            time.sleep(0.05)
            for _ in range(round(self.rate * 0.05)):
                took = self.random.gammavariate(4, self.seconds / 4)
                self.sum += took
                self.buckets = [count + (took <= bound) for count, bound in zip(self.buckets, BOUNDS)]
                code = "500" if self.random.random() < self.errors else "200"
                self.codes[code] = self.codes.get(code, 0) + 1

    def metrics(self):
        label, total = f'version="{self.version}"', sum(self.codes.values())
        for code, count in self.codes.items():
            yield f'http_requests_total{{{label},code="{code}"}} {count}'
        for bound, count in zip(BOUNDS, self.buckets):
            yield f'http_request_seconds_bucket{{{label},le="{bound}"}} {count}'
        yield f'http_request_seconds_bucket{{{label},le="+Inf"}} {total}'
        yield f"http_request_seconds_count{{{label}}} {total}"
        yield f"http_request_seconds_sum{{{label}}} {self.sum}"


port, errors, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
INSTANCES = {
    "/old-1": Instance("1.4.1", 800, 0.005, 0.12, 1),
    "/old-2": Instance("1.4.1", 800, 0.005, 0.12, 2),
    "/new-1": Instance("1.4.2", 400, errors, seconds, 3),
}


class Endpoint(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        instance = INSTANCES.get(self.path)
        self.send_response(200 if instance else 404)
        self.end_headers()
        if instance:
            self.wfile.write("".join(f"{line}\n" for line in instance.metrics()).encode())


http.server.ThreadingHTTPServer(("127.0.0.1", port), Endpoint).serve_forever()
