"""`python -m matcalc` is the command `matcalc`."""

from matcalc.cli import main

if __name__ == "__main__":
    main("python -m matcalc")
