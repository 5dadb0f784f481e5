"""`dataclass`, whose methods are written when the first object of the class is made.

The library writes and compiles them as source for every class as soon as it is imported, which would take a sixth of the time in
which a command starts; of a hundred classes a request makes objects of a few. What equality, hash and text of an object are is the
same for all classes, and needs no source of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter

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
        if options.get("order") or options.get("unsafe_hash"):
            dataclasses.dataclass(cls, **options)
        else:
            dataclasses.dataclass(cls, **{**options, "eq": False, "repr": False})
            _add_methods(cls, options)
        _PENDING.pop(cls, None)

    def _add_methods(cls: type, options: dict[str, Any]) -> None:
        """Those that the library would write as source, unless the class has its own."""
        own, fields = cls.__dict__, dataclasses.fields(cls)
        if options.get("repr", True) and "__repr__" not in own:
            cls.__repr__ = _told
        if options.get("eq", True):
            compared = [f.name for f in fields if f.compare]
            cls._compared = attrgetter(*compared) if compared else _nothing
            if "__eq__" not in own:
                cls.__eq__ = _equal
            if own.get("__hash__") is None:
                cls.__hash__ = _hashed if options.get("frozen") else None

    def _nothing(self: Any) -> tuple[()]:
        return ()

    def _equal(self: Any, other: object) -> Any:
        cls = self.__class__
        return cls._compared(self) == cls._compared(other) if other.__class__ is cls else NotImplemented

    def _hashed(self: Any) -> int:
        return hash(self.__class__._compared(self))

    def _told(self: Any) -> str:
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
        return f"{self.__class__.__qualname__}({shown})"
