"""The engine, loaded when it is first needed."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Final

DERIVING: Final = "matcalc.answers.derive"
CHECKING: Final = "matcalc.answers.certified"


def load_engine(checks: bool = True) -> None:
    """Imports the engine without the garbage collector, which would take a fifth of that time and find nothing.

    What `checks` nothing on numbers does without NumPy.
    """
    if (CHECKING if checks else DERIVING) in sys.modules:
        return
    gc.disable()
    import_module(DERIVING)
    if checks:
        import_module(CHECKING)
    gc.freeze()
    gc.enable()
