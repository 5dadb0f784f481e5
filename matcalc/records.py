"""`dataclass`, whose methods are written when the first object of the class is made.

The library writes and compiles them as source for every class as soon as it is imported, which would take a sixth of the time in
which a command starts; of a hundred classes a request makes objects of a few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    _PENDING: dict[type, dict[str, Any]] = {}

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """The library's decorator, put off; at once where it makes a new class, as slots do."""
        if cls is None:
            return lambda c: dataclass(c, **options)
        if options.get("slots") or "__init__" in cls.__dict__:
            return dataclasses.dataclass(cls, **options)
        _PENDING[cls] = options
        cls.__init__ = _first
        return cls

    def _first(self: Any, *args: Any, **named: Any) -> None:
        """The first object of a class, or of one that has it among its bases."""
        for c in reversed(type(self).__mro__):
            if c in _PENDING:
                _complete(c)
        self.__init__(*args, **named)

    def _complete(cls: type) -> None:
        # Another thread may be at it as well: the library may do it twice.
        options = _PENDING[cls]
        if cls.__dict__.get("__init__") is _first:
            del cls.__init__
        dataclasses.dataclass(cls, **options)
        _PENDING.pop(cls, None)
