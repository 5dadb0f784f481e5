"""What is known before anything is read: the rule book, operators, letters, sizes, properties, and the choices of a request.

It comes from rules/*.toml and from tables; out go rules, operators, dimensions and names, as data. Nothing here knows of
expressions.
"""
