"""A request for the element with these labels: d (A*X*B)[i,j]/dX[k,l], the same in every layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from matcalc.answers.claims.axis_labels import Named, name_axes
from matcalc.answers.claims.truth import Truth, labelled, last_step
from matcalc.answers.derivative import Derivative
from matcalc.answers.display.notebook import Answers
from matcalc.calculus.layout import arrange
from matcalc.errors import UsageError
from matcalc.reading.declarations import Declaration, Declared, names_of
from matcalc.reading.notes import LAYOUT, Note


def element(
    request: str, declared: Mapping[str, Declared], form: str, layout: str, derived: Callable[[str], Derivative | Answers]
) -> Derivative | None:
    """The element that a request names by labels on both of its ends, of the array in a layout; None where it names none.

    `derived` gives the derivative in index form and the mixed layout, so that the element is the same text in every layout.

    Raises UsageError where there are not as many labels as axes, where one is the name of a variable or a size, and for another form.
    """
    sizes = {n for d in declared.values() if isinstance(d, Declaration) for n in names_of(d.dimensions)}
    named = name_axes(request, sizes)
    if not named:
        return None
    if form not in ("auto", "index"):
        raise UsageError(f"an element is a number and has no {form} form", hint="ask for the form index, or leave the labels out")
    found = derived(named.request)
    if not isinstance(found, Derivative):
        raise UsageError("the element of a derivative is by one variable", hint="ask for one at a time")
    try:
        _refuse_sizes(found, named)
        made = labelled(found, named)
    except UsageError as error:
        moved = [k for k, (a, b) in enumerate(zip(request, named.request, strict=True)) if a != b]
        raise UsageError(error.message, (moved[0], moved[-1] + 1), request, error.hint) from None
    told = Note(f"the element with the labels {', '.join((*named.of_y, *named.of_x))}, the same in every layout", LAYOUT)
    step, order = last_step(found).tensor, Truth(found).order(layout)
    there = arrange(step.y, step.x, layout)
    dims = there.shape if len(there.labels) <= 2 else there.sizes
    return replace(
        made, layout=layout, labels=tuple(made.labels[k] for k in order), dims=dims, assumptions=(*made.assumptions, told)
    )


def _refuse_sizes(found: Derivative, named: Named) -> None:
    taken = {n for v in found.request.variables.values() for n in names_of(v.shape)} & {*named.of_y, *named.of_x}
    if taken:
        label = min(taken)
        told = f"{label} is the name of a size here, so it cannot label an axis"
        raise UsageError(told, hint="label with i, j, k, l, or declare the sizes")
