"""`make run`: the servers, web, worker and scheduler in the foreground, stopped together."""

import json
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from config.launch.crew import Crew
from config.launch.errors import LaunchError, StopRequested
from config.launch.folders import make_data_dir, run_lock
from config.launch.listening import check_port, is_live
from config.launch.options import Options, child_environment, read_options
from config.launch.servers import Servers, start_servers
from config.launch.services import services, steps
from config.launch.terminal import say

LIVE_SECONDS = 60.0
LEFTOVER_SECONDS = 10.0


def run(options: Options) -> None:
    """Ends only with StopRequested or LaunchError."""
    begun = time.monotonic()
    make_data_dir(options.data_dir)
    # What is entered first is left last: the programs end before their folders go.
    with run_lock(options.data_dir), ExitStack() as stack, Crew() as crew:
        # The note of a run that was killed still lies there: its web server may be going yet.
        killed = note_of(options).exists()
        check_port(options.host, options.port, patience=LEFTOVER_SECONDS if killed else 0.0)
        servers = start_servers(
            crew,
            stack,
            options.data_dir,
            database_url=options.database_url,
            redis_url=options.redis_url,
            durable=True,
        )
        tell_commands(stack, options, servers)
        start_product(crew, options, servers)
        say(banner(options, servers, time.monotonic() - begun))
        while True:
            crew.pump(1)
            crew.check()


def start_product(crew: Crew, options: Options, servers: Servers) -> None:
    environ = child_environment(os.environ, options, servers.database_url, servers.redis_url)
    for step in steps(options, environ):
        crew.run_to_end(step)
    for service in services(options, environ):
        crew.start(service)
    silent = f"The web server did not answer within {LIVE_SECONDS:.0f} s."
    crew.wait_until(lambda: is_live(options), LIVE_SECONDS, silent)


def note_of(options: Options) -> Path:
    return options.data_dir / "run.json"


def tell_commands(stack: ExitStack, options: Options, servers: Servers) -> None:
    """Lets `manage.py` in another terminal find the servers that were started here."""
    file = note_of(options)
    file.unlink(missing_ok=True)
    stack.callback(file.unlink, missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump({"public_url": options.public_url, **servers.embedded}, out)


def banner(options: Options, servers: Servers, seconds: float) -> str:
    url = options.public_url
    lines = [
        f"Countersign is running (ready in {seconds:.1f} s)",
        f"  front page  {url}/",
        f"  admin       {url}/admin/",
        f"  API docs    {url}/api/docs",
    ]
    if options.environment == "local":
        lines.append(f"  sign-ins    {options.data_dir / 'demo.json'}")
    if servers.said:
        lines.append(f"  data        {options.data_dir} ({servers.said})")
    return "\n".join(["", *lines, "  Ctrl-C stops it.", ""])


def main() -> int:
    try:
        run(read_options(os.environ))
    except (StopRequested, KeyboardInterrupt):
        say("Countersign has stopped.")
        return 0
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
