"""The languages of generated code: how each writes operations, functions and modules.

A language is an emitter, which spells the operations of an array program, and what stands around the statements
(`language`). Python's is that of NumPy, JAX and PyTorch; the others stand in a module each, which also has their dialect.
"""
