"""A cluster of two workers on this machine: prints its address and the processes of its workers, and ends when its input does."""

from __future__ import annotations

import json
import sys
from typing import Any

from distributed import LocalCluster

if __name__ == "__main__":
    kinds: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(**kinds) as cluster:  # type: ignore[no-untyped-call, unused-ignore]
        pids = [nanny.pid for nanny in cluster.workers.values()]
        sys.stdout.write(json.dumps({"address": cluster.scheduler_address, "pids": pids}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
