"""The command line from a checkout: `python cli.py "d tr(W x) / dW"`, or any subcommand of `matcalc`."""

from __future__ import annotations

import sys

from matcalc.cli import COMMANDS, derive_main, main

if __name__ == "__main__":
    first = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if first in COMMANDS or first in ("--help", "--version"):
        main("cli.py")
    else:
        derive_main("cli.py")
