"""A load generator for machines without wrk: `generator PORT CONNECTIONS SECONDS`, shot on stdin.

It costs more of the machine than wrk does, so all rates come out lower and ratios nearer to 1.
"""

import http.client
import json
import multiprocessing
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.shots import LOOPBACK, Shot, send

PROCESSES = 2


def keep_asking(port: int, shot: Shot, seconds: float) -> tuple[list[float], int]:
    """How long each answer took over one connection, and how many were refusals."""
    took: list[float] = []
    errors = 0
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    until = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        try:
            status, _ = send(connection, shot)
        except (OSError, http.client.HTTPException):
            connection.close()
            errors += 1
            continue
        took.append(time.perf_counter() - begun)
        errors += status >= http.HTTPStatus.BAD_REQUEST
    connection.close()
    return took, errors


def one_process(port: int, shot: Shot, seconds: float, threads: int) -> tuple[list[float], int]:
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda _: keep_asking(port, shot, seconds), range(threads)))
    return [one for took, _ in parts for one in took], sum(errors for _, errors in parts)


def main() -> None:
    port, connections, seconds = (int(text) for text in sys.argv[1:])
    shot = Shot(**json.load(sys.stdin))
    begun = time.perf_counter()
    with multiprocessing.Pool(PROCESSES) as pool:
        task = (port, shot, float(seconds), connections // PROCESSES)
        parts = pool.starmap(one_process, [task] * PROCESSES)
    elapsed = time.perf_counter() - begun
    took = [one for part, _ in parts for one in part]
    hundredths = statistics.quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
    found = {
        "requests": len(took),
        "seconds": elapsed,
        "errors": sum(errors for _, errors in parts),
        "p50_ms": hundredths[49] * 1000,
        "p99_ms": hundredths[98] * 1000,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
