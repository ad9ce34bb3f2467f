"""Keeps a site busy with one kind of request: by wrk where there is one, else by ours."""

import json
import shutil
import sys
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.cpu import used_seconds
from benchmarks.errors import BenchmarkError
from benchmarks.shots import LOOPBACK, Shot
from benchmarks.stage import Site, Stage

CONNECTIONS = 8
SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """What came back: answers per second, how long they took, and what one cost the web server."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float | None


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "a generator of our own (wrk was not found)"


def fire(
    stage: Stage, site: Site, shot: Shot, *, seconds: int, patient: bool = False
) -> Load | None:
    """None when nothing was answered in the time. Raises BenchmarkError for any refusal.

    wrk forgets what is under way when the time is up, which is most of it where answers take
    seconds; ``patient`` waits for them with our own generator, whose cost does not matter there.
    """
    wrk = None if patient else shutil.which("wrk")
    before = used_seconds(site.port)
    found = json.loads(
        _by_wrk(stage, wrk, site, shot, seconds) if wrk else _by_ours(stage, site, shot, seconds)
    )
    if found["errors"]:
        raise BenchmarkError(
            f"{site.name}: {shot.method} {shot.path} failed {found['errors']} times under load."
        )
    # What was cut off at the end is worked on a while yet; nobody else is measured meanwhile.
    stage.pause(0.1 + 2 * found["p99_ms"] / 1000)
    if not found["requests"]:
        return None
    used = used_seconds(site.port)
    each = None if used is None or before is None else (used - before) / found["requests"] * 1000
    return Load(found["requests"] / found["seconds"], found["p50_ms"], found["p99_ms"], each)


def _by_wrk(stage: Stage, wrk: str, site: Site, shot: Shot, seconds: int) -> str:
    size = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    headers = [f"--header={name}: {value}" for name, value in shot.headers.items()]
    given = {
        "SHOT_METHOD": shot.method,
        "SHOT_BODY": shot.body,
        "SHOT_UNIQUE": shot.unique,
        "SHOT_RUN": uuid.uuid4().hex,
    }
    script = ["--timeout", "30s", "--script", str(SCRIPT)]
    url = f"http://{LOOPBACK}:{site.port}{shot.path}"
    output = stage.output_of([wrk, *size, *headers, *script, url], given)
    return output.splitlines()[-1]


def _by_ours(stage: Stage, site: Site, shot: Shot, seconds: int) -> str:
    size = [str(site.port), str(CONNECTIONS), str(seconds)]
    command = [sys.executable, "-m", "benchmarks.generator", *size]
    return stage.output_of(command, {}, json.dumps(asdict(shot)))
