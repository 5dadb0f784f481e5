"""Answers: from a request that was read to a result that shows itself.

In come requests; out go results, each certified or withheld: a derivative (`derive`), a chain of gradients (`backprop`), an
expansion (`taylor`), an exact increment (`increments`), a verdict on a claim (`claims`), the axes of a derivative (`axes`).
What a result says of itself in text, LaTeX, JSON, code and a notebook follows from `shown`.
"""
