"""Parts of a batch: shards, compressed files, an output that grows and is gone on with, and fewer keys of an answer."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from matcalc import cli
from matcalc.batch import files
from matcalc.errors import UsageError

COUNT = 7


def asked(folder: Path, name: str = "in.jsonl") -> Path:
    """Seven requests, a blank line among them."""
    lines = [json.dumps({"id": k, "expr": f"tr(A{k}*X)", "wrt": "X"}) + "\n" for k in range(1, COUNT + 1)]
    text = "".join([*lines[:2], "\n", *lines[2:]]).encode()
    path = folder / name
    if name.endswith(".gz"):
        text = gzip.compress(text)
    elif name.endswith(".zst"):
        text = pytest.importorskip("zstandard").ZstdCompressor().compress(text)
    path.write_bytes(text)
    return path


def batch(*words: Any) -> Result:
    return CliRunner().invoke(cli.group, ["batch", *map(str, words)])


def told(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        return [json.loads(line) for line in files.unpacked(file, path.name)]


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
@pytest.mark.parametrize("jobs", [[], ["--jobs", "2"]], ids=["alone", "jobs"])
def test_compressed_files(ending: str, jobs: list[str], tmp_path: Path) -> None:
    out = tmp_path / f"out.jsonl{ending}"
    assert batch(asked(tmp_path, f"in.jsonl{ending}"), "-o", out, *jobs).exit_code == 0
    assert [a["text"] for a in told(out)] == [f"A{k}^T" for k in range(1, COUNT + 1)]


def test_the_shards_are_the_whole(tmp_path: Path) -> None:
    given = asked(tmp_path)
    found = [[json.loads(line)["id"] for line in batch(given, "--shard", f"{k}/3").stdout.splitlines()] for k in (1, 2, 3)]
    assert found == [[1, 4, 7], [2, 5], [3, 6]]


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "1/0", "a/b", "-1/2"])
def test_a_shard_that_is_none(shard: str, tmp_path: Path) -> None:
    ran = batch(asked(tmp_path), f"--shard={shard}")
    assert ran.exit_code == 2
    assert "2/8 is the second of eight" in ran.stderr


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
@pytest.mark.parametrize("left", [0.0, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("shard", ["1/1", "2/2"])
def test_a_run_goes_on_where_whole_lines_end(ending: str, left: float, shard: str, tmp_path: Path) -> None:
    given, out = asked(tmp_path), tmp_path / f"out.jsonl{ending}"
    options = ["--shard", shard, "--keys", "text"] if ending else ["--shard", shard]
    if ending == ".zst":
        pytest.importorskip("zstandard")
    assert batch(given, "-o", out, *options).exit_code == 0
    whole, data = told(out), out.read_bytes()
    out.write_bytes(data[: int(left * len(data))])
    assert batch(given, "-o", out, "--resume", *options).exit_code == 0
    assert told(out) == whole


def test_an_output_of_other_requests_is_left_alone(tmp_path: Path) -> None:
    given, out = asked(tmp_path), tmp_path / "out.jsonl"
    out.write_text('{"id": "other", "ok": true}\n')
    ran = batch(given, "-o", out, "--resume")
    assert ran.exit_code == 1
    assert 'its line 1 has the id "other", the request 1' in ran.stderr
    assert out.read_text() == '{"id": "other", "ok": true}\n'


def test_what_goes_on_needs_an_output(tmp_path: Path) -> None:
    assert "--resume needs an output" in batch(asked(tmp_path), "--resume").stderr


@pytest.mark.parametrize("jobs", [[], ["--jobs", "1"]], ids=["alone", "jobs"])
def test_fewer_keys(jobs: list[str], tmp_path: Path) -> None:
    given = tmp_path / "in.jsonl"
    lines = [{"id": 1, "request": "d ||W*x||^2/d(W,x)"}, {"id": 2, "expr": "foo(", "wrt": "X"}]
    given.write_text("".join(json.dumps(line) + "\n" for line in lines))
    good, bad = (json.loads(line) for line in batch(given, "--keys", "shape,text", *jobs).stdout.splitlines())
    assert [set(r) for r in good["results"]] == [{"wrt", "text", "shape"}] * 2
    assert bad["error"]["kind"] == "parse"
    assert "did you mean latex?" in batch(given, "--keys", "latx").stderr


def test_a_file_that_is_damaged_is_told(tmp_path: Path) -> None:
    given = asked(tmp_path, "in.jsonl.gz")
    given.write_bytes(given.read_bytes()[:-12])
    ran = batch(given)
    assert ran.exit_code == 1
    assert "is no whole compressed file" in ran.stderr
    given.write_bytes(b"no such thing")
    assert "is no whole compressed file" in batch(given).stderr


def test_what_is_compressed_can_be_read_while_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FRESH", 0.0)
    out = tmp_path / "out.gz"
    with files.growing(out) as (sink, count, _):
        sink.write(b"one\n")
        sink.flush()
        assert count == 0
        with out.open("rb") as file, pytest.raises(UsageError):
            assert files.unpacked(file, "out.gz").readline() == b"one\n"
            files.unpacked(file, "out.gz").read()
