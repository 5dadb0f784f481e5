"""The process that workers are forked from: it has the engine, and has answered once, so that a worker starts in milliseconds.

It is imported for that alone, by the fork server of `multiprocessing`.
"""

from __future__ import annotations

import os

# Arrays are small and workers many: threads of BLAS would only stand in each other's way. It is read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from matcalc.batch.lines import Answerer
from matcalc.engine import load_engine

ASKED = b'{"request": "d ||A*x - b||^2/dx", "steps": true, "codes": ["numpy", "jax", "torch", "sympy"]}'

load_engine()
Answerer()(ASKED)
