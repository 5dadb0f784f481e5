"""Why is a formula wrong? The kinds of mistakes that people make with derivatives of matrices, each tried on numbers.

`case` is the wrong formula beside the true one, `samples` numbers for both; `scaling`, `edits`, `summands`, `inner`, `conditions` and
`scalar_rules` each know some kinds, and `naming` asks them in order.
"""
