"""One table a tool: a line is a spelling of theirs, two spaces or more, and ours; after an exclamation mark, why it is refused.

Names of one letter stand for any argument, other names and numbers for themselves. What is no call is read by the grammar, and
stands here for readers and tests.
"""
