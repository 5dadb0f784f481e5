"""The forms that a request comes in, before it is cut into tokens: words around formulas, operators as calls, what is said of names.

What is understood is blanked out, so that the rest stands where it stood and errors point into the text that was written.
"""
