"""The notations: `table` names them, `printer` and `typeset` are what they share, and each has a module that gives forms characters."""
