"""The process that workers are forked from: it has the engine, and has answered once, so that a worker starts in milliseconds.

It is imported for that alone, by the fork server of `multiprocessing`. What each kind of request needs is loaded when the first of its
kind comes, so the template has answered one of each.
"""

from __future__ import annotations

import json
import os

# Arrays are small and workers many: threads of BLAS would only stand in each other's way. It is read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from matcalc.batch.keys import CODES
from matcalc.batch.lines import Answerer
from matcalc.engine import load_engine

WHOLE = {"request": "d ||A*x - b||^2/dx", "steps": True, "codes": CODES}
OTHERS = (
    "d softmax(W x)/dx", "dL/dW where y = W x + b; L = loss(y)", "d^2 logsumexp(x)/dx^2", "d log det(X^T X)/dX", "d (A X B)/dX",
    "dL/dW where y = W x;", "d tr(A X",
)  # fmt: skip

load_engine()
for line in (WHOLE, *({"request": request} for request in OTHERS)):
    Answerer()(json.dumps(line).encode())
