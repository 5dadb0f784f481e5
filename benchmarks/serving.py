"""The page under load, with its acceptance list: each line prints its figure and the bound.

    python benchmarks/serving.py [--quick]

A server is started for each part, on this machine; clients are told apart by X-Forwarded-For. The key to pixels is in
benchmarks/pixels.py; what a browser must not do is in tests/page/test_page.py.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
TYPICAL: Final = (
    "d tr(A X B) / dX",
    "grad_x ||A x - b||^2",
    "d (x^T A x) / dx",
    "d log det(X^T X) / dX",
    "d softmax(W x) / dx",
    "d^2 logsumexp(x) / dx^2",
    "dL/dW where y = W x + b; L = loss(y)",
    "d sum(sigmoid(W x + b)) / dW",
)
LAYERS: Final = ";".join(f"y{i}=tanh(W{i}*y{i + 1})" for i in range(40)) + ";y40=x"


def greedy(k: int) -> dict[str, Any]:
    """What takes far longer than anyone is given."""
    return {"id": k, "expr": f"{k}*sum(y0) where {LAYERS}", "wrt": "x", "steps": True}


class Client:
    """Asks over one connection, as one person."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name = port, name
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, call: str, given: dict[str, Any]) -> tuple[int, Any, float]:
        """The status, the answer, and the seconds that it took."""
        began = time.perf_counter()
        headers = {"content-type": "application/json", "x-forwarded-for": self.name}
        try:
            self.connection.request("POST", f"/api/{call}", json.dumps(given), headers)
            answer = self.connection.getresponse()
            told = json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            raise
        return answer.status, told, time.perf_counter() - began


@contextmanager
def server(*words: str) -> Iterator[int]:
    """The port of a server that runs as long as the body."""
    command = [sys.executable, "-m", "matcalc", "serve", "--port", "0", "--trusted-proxy", "127.0.0.1", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        port = int(found[1])
        while not _is_up(port):
            time.sleep(0.05)
        try:
            yield port
        finally:
            process.terminate()


def _is_up(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def metric(port: int, name: str) -> float:
    """One of the server's gauges or counters."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/metrics")
    told = connection.getresponse().read().decode()
    return sum(float(line.rpartition(" ")[2]) for line in told.splitlines() if line.startswith(name))


def workers(port: int) -> list[int]:
    """The processes of the workers: children of the fork server, which is a child of the server."""
    processes = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True).stdout
    listed = [line.split(None, 2) for line in processes.splitlines()]
    servers = {pid for pid, _, args in listed if "matcalc serve" in args and _serves(pid, port)}
    forks = {pid for pid, parent, args in listed if parent in servers and "forkserver" in args}
    return [int(pid) for pid, parent, _ in listed if parent in forks]


def _serves(pid: str, port: int) -> bool:
    ours = f":{port:04X} "
    sockets = [line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines() if ours in line and " 0A " in line]
    held = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    return any(f"socket:[{inode}]" in held for inode in sockets)


def told(what: str, value: float, bound: float, unit: str = "ms") -> bool:
    """Prints a figure with its bound; whether it holds."""
    holds = value <= bound
    print(f"{'ok  ' if holds else 'MISS'} {what}: {value:.0f} {unit} (at most {bound:g})")
    return holds


def quantile(seconds: list[float], part: float) -> float:
    """A quantile in milliseconds."""
    return 1000 * sorted(seconds)[min(len(seconds) - 1, int(part * len(seconds)))]


def prefixes() -> list[str]:
    """Every prefix of the typical requests."""
    return [text[:k] for text in TYPICAL for k in range(1, len(text) + 1)]


def typed(port: int) -> list[bool]:
    """Every prefix, one after the other, as somebody types."""
    seconds = []
    for k, text in enumerate(prefixes()):
        status, _, took = Client(port, f"10.0.{k}.1").ask("derive", {"request": text, "shown": True})
        assert status == 200, status
        seconds.append(took)
    print(f"     {len(seconds)} prefixes")
    return [told("prefixes, p50", quantile(seconds, 0.5), 10), told("prefixes, p99", quantile(seconds, 0.99), 100)]


def crowd(port: int, people: int, slow: int, seconds: float) -> list[float]:
    """The times of people who type, five keys a second each, while others ask what is slow."""
    times: list[float] = []
    ends = time.perf_counter() + seconds

    def person(number: int) -> None:
        client, chosen = Client(port, f"10.1.0.{number}"), random.Random(number)
        while time.perf_counter() < ends:
            text = chosen.choice(TYPICAL).replace("A", f"A{number}")
            for k in range(1, len(text) + 1):
                if time.perf_counter() > ends:
                    return
                times.append(client.ask("derive", {"request": text[:k], "shown": True})[2])
                time.sleep(0.2 * chosen.uniform(0.5, 1.5))

    def troublemaker(number: int) -> None:
        client, k = Client(port, f"10.2.0.{number}"), 1000 * number
        while time.perf_counter() < ends:
            k += 1
            client.ask("derive", greedy(k))

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    threads += [threading.Thread(target=troublemaker, args=(n,)) for n in range(slow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def all_greedy(port: int, limit: float) -> list[bool]:
    """Sixteen clients that ask too much at once: each is answered or sent away in time."""
    times: list[tuple[int, float]] = []

    def ask(k: int) -> None:
        status, _, took = Client(port, f"10.3.0.{k}").ask("derive", greedy(k))
        times.append((status, took))

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worked = [took for status, took in times if status == 200]
    print(f"     16 greedy texts: {len(worked)} told that there was no time, {16 - len(worked)} that there was no room")
    first = min(worked)
    return [told("the first greedy text", 1000 * first, 1000 * (limit + 0.5)), told("all are told", 16 - len(times), 0, "left")]


def aborted(port: int) -> list[bool]:
    """How soon a worker is free again when its client goes."""
    client = Client(port, "10.4.0.1")
    body = json.dumps(greedy(77))
    client.connection.request("POST", "/api/derive", body, {"content-type": "application/json", "x-forwarded-for": "10.4.0.1"})
    time.sleep(1.5)
    before = metric(port, 'matcalc_answers_total{lane="slow"}')
    client.connection.close()
    began = time.perf_counter()
    while metric(port, 'matcalc_answers_total{lane="slow"}') == before and time.perf_counter() - began < 5:
        time.sleep(0.002)
    return [told("an abort frees a worker", 1000 * (time.perf_counter() - began), 50)]


def killed(port: int, count: int) -> list[bool]:
    """Requests while workers are killed at random: every one is answered."""
    chosen, lost, ends = random.Random(1), 0, threading.Event()

    def murder() -> None:
        while not ends.wait(0.25):
            if found := workers(port):
                try:
                    os.kill(chosen.choice(found), signal.SIGKILL)
                except ProcessLookupError:
                    continue

    thread = threading.Thread(target=murder)
    thread.start()
    for k in range(count):
        status, answer, _ = Client(port, f"10.5.{k % 200}.{k // 200}").ask("derive", {"expr": f"tr(A{k}*X)", "wrt": "X"})
        lost += status != 200 or not (answer["ok"] or answer["error"]["kind"] == "crash")
    ends.set()
    thread.join()
    replaced = metric(port, "matcalc_replaced_total")
    print(f"     {replaced:.0f} workers were killed and replaced")
    return [told(f"{count} requests, not answered", lost, 0, "requests"), told("no worker was killed", float(replaced < 3), 0, "")]


def memory(port: int, count: int) -> list[bool]:
    """The memory of the workers after a tenth of the requests and after all."""
    early = 0.0
    for k in range(count):
        client = Client(port, f"10.{6 + k % 9}.{k % 250}.{k // 250 % 250}")
        client.ask("derive", {"expr": f"tr(A{k}*X*B{k % 7})", "wrt": "X", "shown": True})
        if k == count // 10:
            early = metric(port, "matcalc_workers_resident_bytes")
    late = metric(port, "matcalc_workers_resident_bytes")
    return [told(f"memory after {count} requests, of that after {count // 10}", 100 * late / early, 120, "%")]


def main() -> int:
    """Every part; 0 where all bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter, with fewer requests")
    quick = parser.parse_args().quick
    held: list[bool] = []
    with server("--jobs", "1") as port:
        held += typed(port)
    with server("--jobs", "2", "--limit", "5") as port:
        held.append(told("20 people, p95", quantile(crowd(port, 20, 0, 8 if quick else 30), 0.95), 150))
        held.append(told("20 people and 4 slow ones, p95", quantile(crowd(port, 20, 4, 12 if quick else 30), 0.95), 400))
    with server("--jobs", "2", "--limit", "2") as port:
        held += all_greedy(port, 2.0)
    with server("--jobs", "1", "--limit", "20") as port:
        held += aborted(port)
    with server("--jobs", "2") as port:
        held += killed(port, 200 if quick else 1000)
    with server("--jobs", "1") as port:
        held += memory(port, 2000 if quick else 10_000)
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
