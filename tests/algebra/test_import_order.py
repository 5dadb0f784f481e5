"""The normal form of an expression does not depend on which module of the room was imported first."""

from __future__ import annotations

import subprocess
import sys

import pytest
from places import ROOT

FORMS = """
from matcalc.algebra.normal_form.hadamard import epow, had
from matcalc.algebra.node import ones, sym
from matcalc.algebra.normal_form.parts import entry
from matcalc.algebra.normal_form.powers import power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.normal_form.reductions import total
from matcalc.algebra.normal_form.stacking import kron, vec
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.algebra.normal_form.functions import fun
from matcalc.book.sizes import dim
m, n = dim("m"), dim("n")
x, y, M, A = sym("x", (m, dim(1))), sym("y", (n, dim(1))), sym("M", (m, n)), sym("A", (n, n))
forms = [had(mul(x, transpose(y)), M), total(had(x, x)), total(epow(x, 2)), power(fun("norm2", x), 2), mul(kron(A, A), vec(A)),
         transpose(fun("exp", transpose(M))), entry(fun("tanh", M), 1, 2), power(fun("abs", total(x)), 2), mul(kron(A, A), kron(A, A)),
         total(fun("softmax", x)), transpose(fun("pinv", M)), transpose(mul(fun("sigmoid", M), fun("tanh", transpose(M))))]
print([repr(f) for f in forms])
"""
MODULES = ("node", "normal_form.products", "normal_form.transposes", "walk")


def forms_after(first: str) -> str:
    ran = subprocess.run([sys.executable, "-c", f"import {first}\n{FORMS}"], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def after_all() -> str:
    return forms_after("matcalc.answers.derive")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imported_alone_builds_the_same_normal_forms(module: str, after_all: str) -> None:
    assert forms_after(f"matcalc.algebra.{module}") == after_all
    assert "inner(T(x), x)" in after_all and "diag" in after_all
