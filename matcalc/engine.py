"""The engine, loaded when it is first needed."""

from __future__ import annotations

import gc
import sys
from importlib import import_module


def load_engine() -> None:
    """Imports the engine without the garbage collector, which would take a fifth of that time and find nothing."""
    if "matcalc.answers.derive" in sys.modules:
        return
    gc.disable()
    import_module("matcalc.answers.derive")
    gc.freeze()
    gc.enable()
