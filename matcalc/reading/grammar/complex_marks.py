r"""The marks by which a text speaks of complex numbers: ^H, conj(z), \Re, 1j, \mathbb{C}, a derivative by z^*, words such as hermitian.

Signs that mean something else beside real numbers, \bar z, \dagger and z^*, are no marks themselves; they are read by them.
"""

from __future__ import annotations

import re
from typing import Final

_UPRIGHT: Final = r"\\(?:mathsf|mathrm|text|textrm|operatorname)\s*\{?\s*"
_MARK: Final = re.compile(
    rf"\^\s*\{{?\s*-?\s*(?:{_UPRIGHT})?H(?![0-9_(])|ᴴ|\.m?H(?![A-Za-z0-9_])"
    r"|\bd?(?:conj|conjugate|Conjugate|ConjugateTranspose|real|imag|arg|angle|Re|Im)\s?[\[({]|\.(?:conj|real|imag)\b|\bconj\b"
    rf"|\\mathbb\s?\{{?\s?C|ℂ|\bC\^|\\(?:Re|Im)(?![A-Za-z])|{_UPRIGHT}(?:Re|Im|conj|[ij]\s*\}})"
    r"|[0-9]j(?![A-Za-z0-9_])|\b(?:complex|[Hh]ermitian|unitary)\b"
    r"|(?:[d∂]|\\partial)\s?[{(]?\s?(?:\\[a-z]+\s?\{?\s?)?\w\}?\s?\^\s?\{?\s?(?:\*|\\ast|\\star)|∇_\{?\w\^"
    r"|\\nabla\s?_\s?\{\s?(?:\\[a-z]+\s?\{?\s?)?\w\}?\s?\^\s?\{?\s?(?:\*|\\ast|\\star)"
)


def speaks_of_complex_numbers(source: str) -> bool:
    """Whether a text has a mark of complex numbers."""
    return _MARK.search(source) is not None
