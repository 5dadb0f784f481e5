"""What the environment says of colours and locales is no part of what the tests compare, and what the tests start can be interrupted."""

from __future__ import annotations

import functools
import inspect
import signal

import pytest
from click.testing import CliRunner, Result

# A shell that starts the tests in the background has them ignore interrupts, and all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Click 8.1 captures standard error apart only where it is told so, and then leaves it out of `output`; later releases always have both.
if "mix_stderr" in inspect.signature(CliRunner).parameters:
    CliRunner.__init__ = functools.partialmethod(CliRunner.__init__, mix_stderr=False)  # type: ignore[assignment]
    Result.output = property(lambda result: result.stdout + result.stderr)  # type: ignore[method-assign,assignment]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


# The quick part of the suite is what is left without these: what starts many processes, or goes through hundreds of derivations.
SLOW = frozenset(
    """test_hostile test_import_order test_pool test_terminal test_shell test_notebook test_completion test_packaging test_sheet
    test_sheet_page test_equivalence test_latex_round_trip test_mutation test_properties test_docs test_lecture_notes""".split()
)
# The same of single tests, and of single parameters by the beginning of what stands in brackets.
SLOW_TESTS = frozenset(
    """test_every_module_can_be_imported_alone test_every_move_is_made test_sheets_take_rules test_batches_take_rules
    test_the_environment_names_rules test_rules_of_the_environment_are_checked test_checkout_script test_nothing_of_a_line_is_kept
    test_derive_is_the_function_whatever_was_imported_first test_what_code_prints_is_no_part_of_the_answers
    test_every_line_is_equal_to_what_it_says""".split()
)
SLOW_PARAMETERS = {"test_an_answer_has_its_value_in_sympy": "index-", "test_what_is_printed_is_right_as_a_claim": "d kron(kron"}


def is_slow(item: pytest.Item) -> bool:
    test, _, parameters = item.name.partition("[")
    return item.path.stem in SLOW or test in SLOW_TESTS or parameters.startswith(SLOW_PARAMETERS.get(test, "]"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_slow(item):
            item.add_marker(pytest.mark.slow)
