"""Answers for tests of lost workers: a line may end its process, or hang it beyond the reach of an alarm clock."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from matcalc.batch import lines as batch


@dataclass(frozen=True)
class Fatal(batch.Answerer):
    """Answers lines, but obeys the word that one holds first."""

    def __call__(self, line: bytes) -> tuple[bool, str]:
        if b"leave" in line:
            os._exit(3)
        if b"killed" in line:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"hang" in line:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
            time.sleep(600)
        return super().__call__(line)


@dataclass(frozen=True)
class Stillborn(batch.Answerer):
    """Cannot be handed to a process that lives."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (4,)
