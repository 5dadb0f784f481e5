"""A process that is cut off: from now on it reaches no network and starts no other program.

The interpreter refuses both. Where Linux lets a user without rights do so, the process also gets a network of its own without a
device, which holds for code that is no Python too.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

# The name spaces of users and of networks, which unshare(2) makes anew.
NEW_USER: Final = 0x10000000
NEW_NETWORK: Final = 0x40000000
# What the interpreter tells before it happens.
REFUSED: Final = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork")


def cut_off() -> None:
    """From now on, and for good, in this process."""
    sys.addaudithook(_refuse)
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).unshare(NEW_USER | NEW_NETWORK)


def _refuse(event: str, _arguments: object) -> None:
    if event.startswith(REFUSED):
        raise PermissionError(f"a worker does without {event}")
