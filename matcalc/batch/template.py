"""The process that workers are forked from: it has the engine, and has answered once, so that a worker starts in milliseconds.

It is imported for that alone, by the fork server of `multiprocessing`.
"""

from __future__ import annotations

import json
import os

# Arrays are small and workers many: threads of BLAS would only stand in each other's way. It is read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from matcalc.batch.keys import LANGUAGES
from matcalc.batch.lines import Answerer
from matcalc.engine import load_engine

load_engine()
Answerer()(json.dumps({"request": "d ||A*x - b||^2/dx", "steps": True, "codes": LANGUAGES}).encode())
