"""Programs run on a terminal that the tests hold the other end of."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
from typing import Any

from places import ROOT

UTF8 = {"LC_ALL": "C.UTF-8", "TERM": "xterm", "PYTHONIOENCODING": ""}
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def environment(**changed: str) -> dict[str, str]:
    return {**os.environ, **UTF8, **changed}


def on_terminal(*arguments: str, streams: str = "stdin stdout stderr", typed: str = "", **changed: str) -> tuple[int, str, str]:
    """The exit status of `matcalc`, what the terminal shows, and what goes elsewhere, with only these streams on it."""
    ours, theirs = pty.openpty()
    given: dict[str, Any] = {name: theirs if name in streams else subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    run = [sys.executable, "-m", "matcalc", *arguments]
    with subprocess.Popen(run, cwd=ROOT, env=environment(**changed), **given) as process:
        os.close(theirs)
        if typed:
            os.write(ours, typed.encode())
        shown = b""
        with contextlib.suppress(OSError):
            while data := os.read(ours, 10_000):
                shown += data
        os.close(ours)
        out, err = process.communicate()
        return process.returncode, shown.decode().replace("\r\n", "\n"), ((out or b"") + (err or b"")).decode()


def bare(shown: str) -> str:
    """Without colours."""
    return ESCAPE.sub("", shown)
