"""The commands of `matcalc`, one a module; the engine is imported by those that need it, so that `--help` answers at once."""
