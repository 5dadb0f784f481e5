"""What remembers: the shell, the magics of a notebook, and the declarations and definitions that both keep."""
