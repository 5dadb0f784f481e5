"""Where the checkout keeps what the tests read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CORPUS_FOLDER: Final = ROOT / "tests" / "corpus"
