"""`dataclass`, whose methods are made when the first object of the class is made.

The library writes and compiles them as source for every class as soon as it is imported, which would take a sixth of the time in
which a command starts; of a hundred classes a request makes objects of a few. Of those, too, only the `__init__` of such as have many
needs source of its own: what equality, hash and text of an object are, and that a frozen one does not change, is the same for all classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import dataclass as dataclass

    def restored(cls: type[T], kept: Mapping[str, Any]) -> T:
        """The object that had these fields and else the usual ones, made as `copy` does, without its `__init__`."""
else:
    import dataclasses
    from dataclasses import MISSING, Field, field
    from inspect import get_annotations
    from operator import attrgetter
    from threading import RLock

    # Fields leave a class as they are found, so that a second thread would not find them.
    _LOCK = RLock()
    _PENDING: dict[type, dict[str, Any]] = {}
    _FIELDS: dict[type, tuple[Any, ...]] = {}
    FEW = 40
    KNOWN = {"frozen", "eq", "repr"}

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """The library's decorator, put off; at once where more is asked for, as slots or an order."""
        if cls is None:
            return lambda c: dataclass(c, **options)
        if not options.keys() <= KNOWN or "__init__" in cls.__dict__:
            return dataclasses.dataclass(cls, **options)
        _PENDING[cls] = options
        cls.__init__, cls.__dataclass_fields__ = _first, _Late()
        return cls

    def restored(cls: type[T], kept: dict[str, Any]) -> T:
        """An object from its fields."""
        if "_usual" not in cls.__dict__:
            _complete_all(cls)
            fields = _FIELDS[cls]
            cls._made_anew = {f.name: f.default_factory for f in fields if f.default_factory is not MISSING}
            cls._usual = {f.name: f.default for f in fields if f.default is not MISSING}
        made = object.__new__(cls)
        made.__dict__.update(cls._usual, **kept)
        for name, make in cls._made_anew.items():
            if name not in kept:
                made.__dict__[name] = make()
        return made

    class _Late:
        """The fields as `dataclasses.fields` and `replace` ask for them, which the library finds then."""

        def __get__(self, made: Any, cls: type) -> Any:
            _complete_all(cls)
            with _LOCK:
                for c in reversed(cls.__mro__):
                    if isinstance(c.__dict__.get("__dataclass_fields__"), _Late):
                        _ask_the_library(c)
            return cls.__dataclass_fields__

    def _first(self: Any, *args: Any, **named: Any) -> None:
        """The first object of a class, or of one that has it among its bases, whose own `__init__` may call this one."""
        asked = next((c for c in type(self).__mro__ if c.__dict__.get("__init__") is _first), type(self))
        _complete_all(type(self))
        asked.__init__(self, *args, **named)

    def _complete_all(cls: type) -> None:
        """Complete a class and its bases, these first.

        Where an interrupt comes between, all of it can be done again: a class has its `__init__` last.
        """
        with _LOCK:
            for c in reversed(cls.__mro__):
                if c in _PENDING:
                    if c not in _FIELDS:
                        _FIELDS[c] = _fields_of(c)
                    _add_methods(c, _PENDING[c])
                    _PENDING.pop(c, None)

    def _fields_of(cls: type) -> tuple[Any, ...]:
        """What the methods need of the fields, which takes a fifth of what the library takes that reads every annotation."""
        found = {}
        for base in reversed(cls.__mro__[1:]):
            known = _FIELDS[base] if base in _FIELDS else dataclasses.fields(base) if "__dataclass_fields__" in base.__dict__ else ()
            found |= {f.name: f for f in known}
        for name, told in get_annotations(cls).items():
            assert "Var[" not in told and "KW_ONLY" not in told, f"{cls.__qualname__} needs the library's own decorator"
            given = cls.__dict__.get(name, MISSING)
            found[name] = f = given if isinstance(given, Field) else field(default=given)
            f.name = name
        return tuple(found.values())

    def _set_usual(cls: type, f: Any) -> None:
        """What the class itself has in the place of a field: its usual value."""
        if f.default is MISSING:
            delattr(cls, f.name)
        else:
            setattr(cls, f.name, f.default)

    def _ask_the_library(cls: type) -> None:
        """Have the library find the fields, which it takes from the class; without a text it would write the signature."""
        cls.__doc__ = cls.__doc__ or cls.__name__
        for f in _FIELDS[cls]:
            if f.name in get_annotations(cls):
                setattr(cls, f.name, f)
        dataclasses.dataclass(cls, init=False, eq=False, repr=False)

    def _add_methods(cls: type, options: dict[str, Any]) -> None:
        """Those that the library would write as source, unless the class has its own."""
        own, fields, frozen = cls.__dict__, _FIELDS[cls], options.get("frozen", False)
        for f in fields:
            if own.get(f.name) is f:
                _set_usual(cls, f)
        if options.get("repr", True) and "__repr__" not in own:
            cls.__repr__ = _told
        if options.get("eq", True):
            compared = [f.name for f in fields if f.compare]
            cls._compared = attrgetter(*compared) if compared else _nothing
            if "__eq__" not in own:
                cls.__eq__ = _equal
            if own.get("__hash__") is None:
                cls.__hash__ = _hashed if frozen else None
        if frozen:
            cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
        if "__match_args__" not in own:
            cls.__match_args__ = tuple([f.name for f in fields])
        cls.__init__ = _init(cls, fields, frozen)

    def _init(cls: type, fields: tuple[Any, ...], frozen: bool) -> Any:
        """The method that sets the fields, all of which are parameters, in order: source is written where a class has many objects."""
        assert all(f.init and f.kw_only in (MISSING, False) for f in fields), f"{cls.__qualname__} needs the library's own decorator"
        usual = {f.name: f.default for f in fields if f.default is not MISSING}
        new = {f.name: f.default_factory for f in fields if f.default_factory is not MISSING}
        set_field, is_followed, made = object.__setattr__, hasattr(cls, "__post_init__"), 0

        def first_objects(self: Any, *args: Any, **named: Any) -> None:
            nonlocal made
            made += 1
            given = {f.name: value for f, value in zip(fields, args, strict=False)} | named
            values = usual | {name: make() for name, make in new.items() if name not in given} | given
            if made > FEW or len(given) < len(args) + len(named) or len(values) != len(fields):
                # What does not fit the parameters is refused as of any function.
                cls.__init__ = _written(cls, fields, frozen)
                cls.__init__(self, *args, **named)
                return
            for f in fields:
                set_field(self, f.name, values[f.name])
            if is_followed:
                self.__post_init__()

        return first_objects

    def _written(cls: type, fields: tuple[Any, ...], frozen: bool) -> Any:
        """The same method, compiled."""
        known: dict[str, Any] = {f"_default_{f.name}": f.default for f in fields}
        known |= {f"_new_{f.name}": f.default_factory for f in fields}
        taken = ", ".join(f.name if f.default is f.default_factory else f"{f.name}=_default_{f.name}" for f in fields)
        values = {n: n if f.default_factory is MISSING else f"_new_{n}() if {n} is _default_{n} else {n}" for f in fields if (n := f.name)}
        # A frozen object takes them all at once: to pass its guard with each takes twice as long.
        at_once = ", ".join(f"{name}={value}" for name, value in values.items())
        lines = [f"self.__dict__.update({at_once})"] if frozen else [f"self.{name} = {value}" for name, value in values.items()]
        lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
        source = f"def __init__(self, {taken}):\n    {'; '.join(lines) or 'pass'}"
        exec(compile(source, f"<{cls.__qualname__}>", "exec"), known)  # noqa: S102 - as the library does
        return known["__init__"]

    def _refuse_to_set(self: Any, name: str, value: Any) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self: Any, name: str) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

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
