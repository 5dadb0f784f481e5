"""What a wheel holds, and that it works from any folder."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from places import ROOT

import matcalc

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def can_build() -> bool:
    try:
        return importlib.util.find_spec("build") is not None and int(version("setuptools").partition(".")[0]) >= 77
    except PackageNotFoundError:
        return False


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution of a copy."""
    if not can_build():
        pytest.skip("needs build and setuptools 77, see the extra `dev`")
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("matcalc", "rules"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:]
    (built,) = out.glob("*.whl")
    return built


def held(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {n for n in archive.namelist() if not n.endswith("/")}


def test_only_the_package_lands_in_site_packages(wheel: Path) -> None:
    assert {n.partition("/")[0] for n in held(wheel)} == {"matcalc", f"matcalculus-{matcalc.__version__}.dist-info"}


def test_the_wheel_holds_every_module_and_rule(wheel: Path) -> None:
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "matcalc").rglob("*.py")}
    folders = [ROOT / "matcalc" / name for name in ("sheet/katex", "sheet/page", "page/site")]
    pages = {str(p.relative_to(ROOT)) for folder in folders for p in folder.rglob("*") if p.is_file()}
    rules = {f"matcalc/rules/{p.relative_to(ROOT / 'rules')}" for p in (ROOT / "rules").rglob("*.toml")}
    package = {n for n in held(wheel) if n.startswith("matcalc/")}
    assert package == modules | rules | pages | {"matcalc/py.typed"}
    assert {"matcalc/rules/sheets/cookbook.toml", "matcalc/sheet/katex/katex.min.js", "matcalc/sheet/page/sheet.css"} <= package


def test_the_wheel_holds_the_licences(wheel: Path) -> None:
    licences = f"matcalculus-{matcalc.__version__}.dist-info/licenses"
    assert {f"{licences}/LICENSE", f"{licences}/matcalc/sheet/katex/LICENSE"} <= held(wheel)


def test_the_wheel_works_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = """
import sys
sys.path.insert(0, sys.argv[1])
import matcalc
from matcalc import derive
from matcalc.book import rules as rulebook
assert matcalc.__file__.startswith(sys.argv[1])
from matcalc.sheet import html, library
assert "logdet" in rulebook.names()
assert "cookbook" in library.built_in()
assert "font/woff2;base64" in html.katex_style()
print(derive("d tr(W x) / dW").text)
"""
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "site")]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert run.stdout == "x^T\n"


def test_every_subpackage_is_listed() -> None:
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    folders = {p.parent.relative_to(ROOT) for p in (ROOT / "matcalc").rglob("*.py")}
    assert listed == {".".join(f.parts) for f in folders} | {"matcalc.rules"}


def test_the_commands() -> None:
    assert PROJECT["project"]["scripts"] == {"matcalc": "matcalc.cli:main", "derive": "matcalc.cli:derive_main"}
