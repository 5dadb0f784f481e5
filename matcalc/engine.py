"""The engine, loaded when it is first needed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

DERIVING: Final = "matcalc.answers.derive"
CHECKING: Final = "matcalc.answers.certified"


def load_engine(checks: bool = True) -> None:
    """Imports the engine without the garbage collector, which would find nothing.

    What `checks` nothing on numbers does without NumPy.
    """
    if (CHECKING if checks else DERIVING) in sys.modules:
        return
    with uncollected():
        import_module(DERIVING)
        if checks:
            import_module(CHECKING)


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it the garbage collector rests, and never looks later at what was made here: what is loaded stays."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if is_on:
            gc.enable()
