"""Every rule that a derivation can name can be asked for: it has a statement, a proof, a source, and an example that uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import matcalc
from matcalc.book import rules as rulebook
from matcalc.book.frechet import SUFFIX
from matcalc.book.moves import LINEAR_ARGUMENT, moves
from matcalc.book.proofs import Example, proof_of, proofs
from matcalc.book.spaces import manifolds, structures
from matcalc.book.theory import FREE, MANIFOLD, PROJECTION, Theory, names_of, names_of_theories, theories
from matcalc.commands.rules import rules_command

FUNCTIONS = list(rulebook.names())
SPACES = [FREE + s.means for s in structures().values()] + [PROJECTION + s.means for s in structures().values()]
SPACES += [MANIFOLD + name for name in manifolds()]


def rules_of(example: Example | None) -> list[str]:
    assert example is not None
    options = {"check": False} if example.by in ("derive", "backprop") else {}
    found = getattr(matcalc, example.by)(example.request, **options, **example.options)
    return [s.rule.replace(LINEAR_ARGUMENT, "") for s in (found[0] if isinstance(found, tuple) else found).steps]


def one(name: str) -> Theory:
    (found,) = theories(name)
    return found


def test_every_move_has_a_proof() -> None:
    assert set(proofs()) == set(moves())
    assert all(p.statement and p.proof for p in proofs().values())


@pytest.mark.parametrize("key", list(proofs()))
def test_the_example_of_a_move_names_it(key: str) -> None:
    assert any(moves()[key].name in rule for rule in rules_of(proofs()[key].example))


@pytest.mark.parametrize("name", SPACES)
def test_the_example_of_a_structure_or_manifold_names_it(name: str) -> None:
    told = one(name)
    assert told.source
    assert any(told.name in rule for rule in rules_of(told.example))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_a_function_names_its_differential(name: str) -> None:
    """A linear function is told by linearity, and one with a simpler meaning by the functions in that."""
    rule = rulebook.find(name)
    assert rule is not None
    for said in names_of(rule):
        told = one(said)
        assert told.proof
        assert told.source
        named = rules_of(told.example)
        simpler = rule.kind in ("linear", "bilinear") or rule.means or rule.short_for or rule.written or name == "inv"
        assert simpler or any(said in r for r in named)


def test_every_explicit_function_of_the_package_has_a_proof_of_its_own() -> None:
    general = proof_of(rulebook.in_use().functions["sylvester"].__class__("f", "explicit", (), ("1", "1"), "own.toml"))
    explicit = [r for r in rulebook.in_use().functions.values() if r.kind == "explicit" and not r.name.endswith(SUFFIX)]
    assert [r.name for r in explicit if proof_of(r) == general] == []


def test_a_rule_is_found_by_every_name_that_a_derivation_gives_it() -> None:
    assert [name for name in names_of_theories() if not theories(name)] == []
    assert [t.name for t in theories("First  Identification theorem")] == ["first identification theorem"] * 2
    assert one("cyclic") == one("cyclic property of the trace")
    assert one("scalar transpose").identity == "x^T*y = y^T*x"


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("derivative of exp", "d exp(x) = exp(x)*dx"),
        ("derivative of tanh, entry by entry", "d tanh(x) = (1 - tanh(x).^2).*dx"),
        ("differential of logdet", "d logdet(A) = tr(A^-1*dA)"),
        ("differential of kron", "d kron(A, B) = kron(dA, B) + kron(A, dB)"),
        ("differential of expm", "d tr(expm(A)) = tr(expm(A)*dA)"),
        ("projected on the space of symmetric matrices", "the gradient G with all entries free becomes (G + G^T)/2"),
    ],
)
def test_what_a_rule_says(name: str, statement: str) -> None:
    assert one(name).statement == statement


def asked(*arguments: str) -> str:
    run = CliRunner().invoke(rules_command, arguments)
    assert run.exit_code == 0, run.stderr
    return run.stdout


def test_a_rule_is_told_with_its_example() -> None:
    told = asked("a scalar is its own trace").splitlines()
    assert told[0] == "a scalar is its own trace"
    assert told[1] == "  statement:    x^T*A*y = tr(y*x^T*A)"
    assert '  $ derive "d a^T*X*b/dX" --steps' in told
    assert told[-1].split("   ")[0] == "  df/dX = a*b^T"
    assert max(map(len, told)) <= 80


def test_the_rules_of_one_line_are_told_one_after_the_other() -> None:
    told = asked("derivative of exp, entry by entry, linearity").splitlines()
    assert told[0] == "derivative of exp, entry by entry"
    assert "linearity" in told


def test_a_function_is_told_with_its_proof_and_an_example() -> None:
    told = asked("logdet")
    assert "  proof:        d det(A) = det(A)*tr(A^-1*dA) by Jacobi's formula" in told
    assert told.endswith("df/dA = A^-T          first identification theorem\n")


def test_a_rule_as_json() -> None:
    (told,) = json.loads(asked("linearity", "--to", "json"))
    assert set(told) == {"name", "statement", "identity", "where", "proof", "source", "example"}
    assert told["example"]["steps"][-1]["after"] == "df/dX = A^T*B^T"


def test_a_misspelt_rule_is_suggested() -> None:
    run = CliRunner().invoke(rules_command, ["cyclic property of a trace"])
    assert run.exit_code == 1
    assert "did you mean 'cyclic property of the trace'?" in run.stderr


def test_a_function_of_a_users_own_is_told_with_an_example() -> None:
    told = asked("plateau", "--rules", str(Path(__file__).parent / "own.toml"))
    assert "  proof:        stated in a file of your own; compared with numbers" in told
    assert "differential of plateau" in told
