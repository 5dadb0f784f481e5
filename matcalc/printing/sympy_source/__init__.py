"""SymPy source of results: `code` writes it from pieces of `source`, with matrix expressions that SymPy lacks in `nodes`."""
