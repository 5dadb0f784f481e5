r"""The marks by which a text speaks of complex numbers: ^H, conj(z), \Re, 1j, \mathbb{C}, a derivative by z^*, words such as hermitian.

Signs that mean something else beside real numbers, \bar z, \dagger and z^*, are no marks themselves; they are read by them.
"""

from __future__ import annotations

from typing import Final

from matcalc.patterns import late

_UPRIGHT: Final = r"\\(?:mathsf|mathrm|text|textrm|operatorname)\s*\{?\s*"
_STAR: Final = r"(?:\\[a-z]+\s?\{?\s?)?(?:\\[a-z]+|\w)\s?\}?\s?\^\s?\{?\s?(?:\*|\\ast|\\star)"
_MARK: Final = late(
    rf"\^\s*\{{?\s*-?\s*(?:{_UPRIGHT})?H(?![0-9_(])|ᴴ|\.m?H(?![A-Za-z0-9_])"
    r"|\bd?(?:conj|conjugate|Conjugate|ConjugateTranspose|real|imag|arg|angle|Re|Im)\s?[\[({]|\.(?:conj|real|imag)\b|\bconj\b"
    rf"|\\mathbb\s?\{{?\s?C|ℂ|(?:\bin|∈|\\in)\s*C(?![A-Za-z])|\\(?:Re|Im)(?![A-Za-z])|{_UPRIGHT}(?:Re|Im|conj)|(?<!_)(?<!_\{{){_UPRIGHT}[ij]\s*\}}"
    r"|(?<![A-Za-z_,0-9.])(?<!_\{)[0-9][0-9.]*j(?![A-Za-z0-9_])|\b(?:complex|[Hh]ermitian|unitary)\b"
    rf"|(?:/\s?\(?|\}}\s?\{{)\s?(?:[d∂]|\\partial)\s?[{{(]?\s?{_STAR}|(?:∇|\\nabla)\s?_\s?\{{?\s?{_STAR}"
)
# A text in which none of these stands has no mark.
_SIGNS: Final = tuple("H ᴴ ℂ C j conj real imag Re Im arg angle omplex ermitian unitary ^* ^{* ast star".split())


def speaks_of_complex_numbers(source: str) -> bool:
    """Whether a text has a mark of complex numbers."""
    return True in [sign in source for sign in _SIGNS] and _MARK().search(source) is not None
