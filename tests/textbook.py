"""The published derivatives of tests/corpus."""

from __future__ import annotations

import json

from places import CORPUS_FOLDER

SAMPLE = CORPUS_FOLDER / "sample.jsonl"

CASES = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]

LAYOUTS = ("numerator", "denominator", "mixed")
