"""How answers that are no derivatives are arrived at: the gradients of a chain, expansions, verdicts on claims.

`stepped` is what has a derivation, `lines` the lines of one; `backward`, `expanding` and `comparing` tell those of each kind.
"""
