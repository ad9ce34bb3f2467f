"""As whom PostgreSQL runs, which refuses to be root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.launch.errors import LaunchError

NAMESPACE = ("--user", "--map-user=1000", "--map-group=1000")
FALLBACKS = ("postgres", "nobody")


@dataclass(frozen=True)
class Owner:
    """`uid` and `gid` own the files; `prefix` goes before each command; `said` is for people."""

    uid: int
    gid: int
    said: str
    prefix: tuple[str, ...] = ()

    @property
    def switches(self) -> bool:
        return self.uid != os.geteuid()


def _namespace() -> Owner | None:
    """Root's own files, seen from inside as a plain user's: no account, no changed folder."""
    program = shutil.which("unshare")
    if program is None:
        return None
    prefix = (program, *NAMESPACE)
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    owner = Owner(0, 0, "in a user namespace", prefix)
    return owner if tried.returncode == 0 else None


def _account(uid: int) -> Owner:
    entry = pwd.getpwuid(uid)
    return Owner(uid, entry.pw_gid, f"as user {entry.pw_name}")


def choose_owner(data: Path) -> Owner:
    """Whoever owns `data` where it exists already, else the first way that works here."""
    me = os.geteuid()
    made_by = data.stat().st_uid if data.exists() else me
    if me != 0:
        if made_by != me:
            raise LaunchError(f"{data} belongs to another user, and PostgreSQL refuses that.")
        return Owner(me, os.getegid(), "as you")
    if made_by != 0:
        return _account(made_by)
    namespace = _namespace()
    if namespace is not None:
        return namespace
    if data.exists():
        raise LaunchError(
            f"{data} belongs to root, but `unshare --user` no longer works here and PostgreSQL "
            "refuses root: give its files to another user (chown -R) or set DATABASE_URL."
        )
    return _fallback()


def _fallback() -> Owner:
    accounts = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    for name in FALLBACKS:
        if name in accounts:
            return _account(accounts[name])
    raise LaunchError(
        "PostgreSQL refuses root, and here is neither `unshare --user` nor a user postgres or "
        "nobody: run this as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def check_reach(owner: Owner, folder: Path, program: Path) -> None:
    """Raises LaunchError where the other user could not enter a folder on the way."""
    if not owner.switches:
        return
    script = 'test -x "$1" && test -w "$2"'
    tried = run_as(owner, ["/bin/sh", "-c", script, "sh", program, folder], environ={})
    if tried.returncode != 0:
        raise LaunchError(
            f"PostgreSQL would run {owner.said}, who may not enter {folder} or {program}: "
            "run this as an ordinary user, or set DATABASE_URL and REDIS_URL."
        )


def command(owner: Owner, *parts: str | Path) -> list[str]:
    return [*owner.prefix, *(os.fspath(part) for part in parts)]


def run_as(
    owner: Owner, parts: Sequence[str | Path], *, environ: dict[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs to its end what PostgreSQL's owner must run, from a folder anybody may enter."""
    return subprocess.run(
        command(owner, *parts),
        cwd="/",
        start_new_session=True,  # Ctrl-C is ours to hear; half a cluster helps nobody.
        env=environ,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        user=owner.uid if owner.switches else None,
        group=owner.gid if owner.switches else None,
        extra_groups=[] if owner.switches else None,
    )
