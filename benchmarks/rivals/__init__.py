"""Generated code beside what does the same without it: NumPy by hand, automatic differentiation of JAX and PyTorch, CasADi.

`functions` has the functions that are differentiated, `by_hand` their derivatives as a person writes them, `problems` which
derivative of which function at which sizes; `contestants` makes the calls that compete, `measuring` times them.
"""
