"""The languages of generated code: how each writes operations, functions and modules.

A language is an emitter, which spells the operations of an array program, and what stands around the statements
(`language`). Python's is that of NumPy, JAX and PyTorch, of which the first two spell some operations in their own way; they and the
others stand in a module each, the others with their dialect.
"""
