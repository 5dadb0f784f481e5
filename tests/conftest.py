"""What the environment says of colours and locales is no part of what the tests compare, and what the tests start can be interrupted."""

from __future__ import annotations

import signal

import pytest

# A shell that starts the tests in the background has them ignore interrupts, and all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
