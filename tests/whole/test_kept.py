"""What is kept beside the compiled modules: used while its stamp is the same, made anew else, done without where nothing can be kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from matcalc.kept import kept, times_of


@pytest.fixture(autouse=True)
def _writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_it_is_made_once_for_a_stamp(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> dict[str, tuple[int, ...]]:
        made.append(0)
        return {"a": (1, 2)}

    source = str(tmp_path / "numbers.toml")
    assert [kept(source, (1,), make) for _ in range(3)] == [{"a": (1, 2)}] * 3
    assert len(made) == 1
    assert kept(source, (2,), make) == {"a": (1, 2)}
    assert len(made) == 2


def test_what_was_spoilt_is_made_anew(tmp_path: Path) -> None:
    source = str(tmp_path / "numbers.toml")
    assert kept(source, (), lambda: 3) == 3
    (file,) = (tmp_path / "__pycache__").iterdir()
    for spoilt in (b"", b"abc", file.read_bytes()[:-1]):
        file.write_bytes(spoilt)
        assert kept(source, (), lambda: 4) == 4


def test_nothing_is_kept_where_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert kept(str(tmp_path / "numbers.toml"), (), lambda: 3) == 3
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert kept(str(tmp_path / "file" / "numbers.toml"), (), lambda: 3) == 3
    assert [f.name for f in tmp_path.iterdir()] == ["file"]


def test_the_stamp_of_files_changes_with_them(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    missing = times_of([file])
    file.write_text("a = 1")
    first = times_of([file])
    file.write_text("a = 12")
    assert len({missing, first, times_of([file])}) == 3
