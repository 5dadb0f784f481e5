"""The derivative itself: differentials of operations, the sweep that collects them, and the order of the axes.

In comes an expression and a variable; out goes their derivative as index terms (`differentiate`), which a layout arranges
(`layout`). The rules of functions come from the book; a user's own are checked here when their file is loaded (`loading`).
"""
