"""Files of a batch: compressed ones by their suffix, and an output that can be used while it grows.

A run that was interrupted goes on where complete lines end.
"""

from __future__ import annotations

import gzip
import io
import time
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from matcalc.batch.part import named
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES: Final = (".gz", ".zst")
# Seconds after which what is compressed can be read by others.
FRESH: Final = 1.0
CHUNK: Final = 1 << 20


# ----------------------------------------------------------------------------------------------------- reading


class _Unpacked(io.RawIOBase):
    """A compressed source, which says where it is damaged."""

    def __init__(self, packed: Any, name: str, *damages: type[Exception]) -> None:
        self.packed, self.name, self.damages = packed, name, damages

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            data = self.packed.read(len(buffer))
        except self.damages as error:
            raise UsageError(f"{self.name} is no whole compressed file: {error}") from None
        buffer[: len(data)] = data
        return len(data)


def unpacked(source: BinaryIO, name: str) -> BinaryIO:
    """The source, decompressed where its name says that it is compressed.

    Raises UsageError where a library is missing.
    """
    suffix = Path(name).suffix
    if suffix == ".gz":
        whole = gzip.GzipFile(fileobj=source, mode="rb")
        return cast("BinaryIO", io.BufferedReader(_Unpacked(whole, name, EOFError, zlib.error, gzip.BadGzipFile)))
    if suffix == ".zst":
        zstd = _zstd()
        reader = zstd.ZstdDecompressor().stream_reader(source, read_across_frames=True)
        return cast("BinaryIO", io.BufferedReader(_Unpacked(reader, name, zstd.ZstdError)))
    return source


def _zstd() -> Any:
    try:
        import zstandard
    except ImportError:
        raise UsageError("files that end in .zst need zstandard", hint='pip install "matcalculus[zstd]"') from None
    return zstandard


# ----------------------------------------------------------------------------------------------------- writing


@dataclass
class _Packed:
    """A compressed sink; what was written to it can be read by others soon."""

    file: BinaryIO
    packed: Any
    flushed: float = field(default_factory=time.monotonic)

    def write(self, data: bytes, /) -> int:
        self.packed.write(data)
        return len(data)

    def flush(self) -> None:
        now = time.monotonic()
        if now - self.flushed >= FRESH:
            self.flushed = now
            self.packed.flush()
            self.file.flush()


@contextmanager
def packed(sink: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """The sink, compressed where its name says so."""
    suffix = Path(name).suffix
    if suffix not in SUFFIXES:
        yield sink
        return
    if suffix == ".gz":
        writer: Any = gzip.GzipFile(filename="", fileobj=sink, mode="wb", mtime=0)
    else:
        writer = _zstd().ZstdCompressor().stream_writer(sink, closefd=False)
    try:
        yield cast("BinaryIO", _Packed(sink, writer))
    finally:
        writer.close()
        sink.flush()


@contextmanager
def growing(path: Path) -> Iterator[tuple[BinaryIO, int, str | None]]:
    """A file that answers are added to, with the number of those that it has and the id of the last; half a line at its end goes."""
    count, last = _mended(path) if path.exists() and path.stat().st_size else (0, None)
    with path.open("ab") as file, packed(file, path.name) as sink:
        yield sink, count, last


def _mended(path: Path) -> tuple[int, str | None]:
    """Leaves whole lines in a file, and counts them."""
    from matcalc.batch.lines import replacing

    if path.suffix not in SUFFIXES:
        return _cut(path)
    count, last = 0, b""
    with replacing(path) as fresh, packed(fresh, path.name) as sink:
        for line in _whole_lines(path):
            sink.write(line)
            count, last = count + 1, line
    return count, named(last) if count else None


def _cut(path: Path) -> tuple[int, str | None]:
    count = end = 0
    last = b""
    with path.open("r+b") as file:
        for line in file:
            if line.endswith(b"\n"):
                count, end, last = count + 1, end + len(line), line
        file.truncate(end)
    return count, named(last) if count else None


def _whole_lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a compressed file that may end in the middle."""
    with path.open("rb") as file, suppress(UsageError):
        for line in unpacked(file, path.name):
            if line.endswith(b"\n"):
                yield line
