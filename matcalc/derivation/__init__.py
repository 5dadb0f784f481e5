"""How a person gets to the answer: the lines of a derivation with the name of the rule that leads to each.

In comes a request with its answer; out go lines (`lines`), which are differentiated a second time, in the order in which a
person writes, and printed in any notation (`printing`).
"""
