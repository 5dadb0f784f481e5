"""The commands of `matcalc`, one a module, and what they share: options, exit status, colours, what is printed of a result.

In come the words of a command line; out go text and an exit status. The engine is imported by those that need it, so that
`--help` answers at once.
"""
