"""Numbers: the value of an expression at a point, and the certificate that compares a formula with the function.

In come expressions and formulas; out go arrays (`evaluate`), points of the domain (`domain`, `sampling`) and what was found there
(`certificate`). It shares no law with the algebra, so that a wrong one cannot hide.
"""
