"""Formulas in characters: plain text, LaTeX, Unicode, NumPy source."""
