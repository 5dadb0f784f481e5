"""A smaller request that shows the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from apart.making import Request
from apart.points import Variable
from apart.trees import Node, walk

MOST = 250


def shrunk(request: Request, same: Callable[[Request], bool]) -> Request:
    """The smallest request found by steps that keep the finding."""
    tried, changed = 0, True
    while changed and tried < MOST:
        changed = False
        for smaller in candidates(request):
            tried += 1
            if tried > MOST:
                break
            if cost(smaller) < cost(request) and same(smaller):
                request, changed = smaller, True
                break
    return request


def cost(r: Request) -> int:
    """What a person has to read."""
    held = 2 * bool(r.manifold) + bool(r.structured)
    plain = (
        held
        + (r.layout != "denominator")
        + (r.form != "auto") * 2
        + (r.order == 2) * 3
        + (r.vec_order != "column")
        + 2 * (r.wrt2 is not None)
    )
    return 4 * tree_cost(r.tree) + plain + sum(2 + len(v.properties) + v.rows.isdigit() for v in r.variables)


def tree_cost(n: Node) -> int:
    """The number of nodes, shared ones each time."""
    return 1 + sum(map(tree_cost, n.args))


def candidates(r: Request) -> Iterator[Request]:
    """Requests that are a little smaller."""
    for n in sorted(walk(r.tree), key=tree_cost, reverse=True):
        for small in (*[d for d in walk(n) if d is not n and d.shape == n.shape], *leaves(r, n)):
            made = with_tree(r, replaced(r.tree, n, small))
            if made is not None:
                yield made
    for part in walk(r.tree):
        made = with_tree(r, part) if part is not r.tree and "?" not in part.shape else None
        if made is not None and (r.order == 1 or part.shape == ("1", "1")):
            yield made
    if r.manifold:
        yield replace(r, manifold="")
    if r.order == 2:
        yield replace(r, order=1, wrt2=None)
    yield replace(r, form="auto")
    yield replace(r, layout="denominator")
    yield replace(r, vec_order="column")
    yield replace(r, wrt2=None)
    yield from (
        replace(r, variables=tuple(replace(u, properties=()) if u is v else u for u in r.variables))
        for v in r.variables
        if v.properties and not (r.structured and v.name == r.wrt)
    )


def leaves(r: Request, n: Node) -> list[Node]:
    """Variables of the shape of a node."""
    if not n.args:
        return []
    return [Node("name", data=v.name, rows=v.rows, cols=v.cols) for v in r.variables if (v.rows, v.cols) == n.shape]


def replaced(tree: Node, old: Node, new: Node) -> Node:
    """The tree with another node in one place."""
    if tree is old:
        return new
    args = tuple(replaced(a, old, new) for a in tree.args)
    return tree if all(a is b for a, b in zip(args, tree.args, strict=True)) else replace(tree, args=args)


def with_tree(r: Request, tree: Node) -> Request | None:
    """The request for another tree, with the variables that it holds."""
    used = {n.data for n in walk(tree) if n.op == "name"}
    if r.wrt not in used or (r.wrt2 and r.wrt2 not in used):
        return None
    kept: tuple[Variable, ...] = tuple(v for v in r.variables if v.name in used)
    return replace(r, tree=tree, variables=kept)
