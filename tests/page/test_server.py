"""The server: the calls and what they refuse, lanes, limits, memory, and what it says of itself. Workers are real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

pytest.importorskip("starlette", reason="needs the extra `web`")
pytest.importorskip("httpx", reason="the client of the tests")

from starlette.testclient import TestClient

from matcalc.batch.keys import KEYS
from matcalc.page import app as serving
from matcalc.page import lanes
from matcalc.page.app import Server, Settings, application
from matcalc.page.calls import CALLS
from matcalc.page.desk import Desk, asked
from matcalc.page.guarding import one_client
from matcalc.page.lanes import Busy
from matcalc.page.memory import Answers, Buckets
from matcalc.page.openapi import description

TRACE = {"request": "d tr(A X B)/dX"}
JSON = {"content-type": "application/json"}


def layers(count: int) -> str:
    return "sum(y0) where " + ";".join(f"y{i}=tanh(W{i}*y{i + 1})" for i in range(count)) + f";y{count}=x"


# The first takes most of a second, the second far longer than anyone is given here.
SLOW = {"expr": layers(16), "wrt": "x", "order": 2}
GREEDY = {"expr": layers(40), "wrt": "x", "steps": True}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    settings = Settings(jobs=1, limit=1.0, allowed=("calc.example",), ancestors=("https://course.example",))
    with TestClient(application(settings), base_url="http://localhost") as found:
        yield found


def ask(client: TestClient, call: str, given: dict[str, Any], status: int = 200, **headers: str) -> Any:
    """The answer to a call; the tests ask more than a person does, each as another client would."""
    answer = client.post(f"/api/{call}", content=json.dumps(given), headers={**JSON, **headers})
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Buckets, "take", lambda self, client, now=None: 0.0)


@pytest.mark.parametrize("name", CALLS)
def test_the_example_of_every_call_has_an_answer(client: TestClient, name: str) -> None:
    assert ask(client, name, dict(CALLS[name].example))["ok"] is True


def test_several_variables(client: TestClient) -> None:
    found = ask(client, "derive", {"request": "d ||W x + b||^2 / d(W, b)", "shown": True})
    assert [one["wrt"] for one in found["results"]] == ["W", "b"]
    assert all(one["shown"]["left"] for one in found["results"])


@pytest.mark.parametrize(
    "line",
    [
        {"request": "d softmax(A x)/dx", "named": "never", "steps": True, "detail": "short"},
        {"request": "d logsumexp(A x)/dx", "style": "frobenius", "steps": True, "id": 3},
        {"request": "d (A X B)/dX", "form": "vec", "vec_order": "row", "codes": ["torch"]},
        {"request": "d tr(S X)/dS", "attrs": {"S": ["symmetric"]}, "structured": True, "reading": "projected"},
    ],
)
def test_an_answer_is_that_of_a_batch_line(client: TestClient, line: dict[str, Any]) -> None:
    from matcalc.batch.lines import Answerer

    found = ask(client, "derive", line)
    assert found["ok"]
    assert found | {"id": None} == json.loads(Answerer()(json.dumps(line).encode())[1]) | {"id": None}


THIRTY = (
    "d tr(A X B)/dX", "d (x^T A x)/dx", "grad_x ||A x - b||^2", "d (A x)/dx", "d ||W x - y||^2/dW", "d logsumexp(W x)/dW",
    "d softmax(x)/dx", "d softmax(A x)/dx",
    "d log det(X)/dX", "d tr(X^-1 A)/dX", "d (a^T X^-1 b)/dX", "d^2 (x^T A x)/dx^2", "d^2 ||A x - b||^2/dx^2",
    "d^2 logsumexp(x)/dx^2", "d^2 sum(exp(A*x))/dx^2", "d (A X B)/dX", "d (X^T X)/dX", "d det(X)/dX", "d ||X||_F/dX", "d tr(X^3)/dX",
    "d sum(tanh(W x + b))/dW", "d (x/||x||)/dx", "d vec(A X B)/dX", "d inv(X)/dX", "d log det(X^T X)/dX",
    "d lambda_max(S)/dS where S: n x n symmetric",
    "dL/dW where z = W*x + b; a = sigma(z); L = loss(a); dL/da = g", "d ||W x + b||^2/d(W, b)", "d (X .* X)/dX", "d kron(A,X)/dX",
)  # fmt: skip


def test_a_sheet_has_the_formulas_of_the_page(client: TestClient) -> None:
    from matcalc.sheet.formula import Job, answer
    from matcalc.sheet.spec import Entry

    for request in THIRTY:
        found = ask(client, "derive", {"request": request, "shown": True})
        assert found["ok"], request
        sheet = answer(Job(json.dumps(Entry(1, request).question), "denominator", derivation=False)).formulas
        page = [one["shown"] for one in found.get("results", [found])]
        spelled = [(f.latex.left, f.latex.right, list(f.latex.where), list(f.latex.given)) for f in sheet]
        assert [(one["left"], one["right"], one["where"], one["given"]) for one in page] == spelled, request


def test_an_error_says_where(client: TestClient) -> None:
    found = ask(client, "derive", {"id": "a", "request": "d tr(A X B/dX"})
    assert found["id"] == "a"
    assert found["error"]["message"] == "this '(' is never closed"
    assert (found["error"]["span"], found["error"]["source"]) == ([4, 5], "d tr(A X B/dX")
    in_a_declaration = ask(client, "derive", {"request": "d tr(A)/dA", "vars": {"A": "n foo!"}})["error"]
    assert in_a_declaration["source"] != "d tr(A)/dA"


@pytest.mark.parametrize(
    ("call", "given", "message"),
    [
        ("derive", {"reqest": "d tr(X)/dX"}, "unknown key 'reqest'"),
        ("verify", {"layout": "mixed"}, "'claim' is missing"),
        ("value", {**TRACE, "at": "/etc/passwd.npz"}, "a point is written out here, not read from a file"),
        ("rules", {"name": "sofmax"}, "the rule book has no function 'sofmax'"),
        ("read", {"request": "d tr(X)/dX", "steps": True}, "unknown key 'steps'"),
    ],
)
def test_what_is_asked_wrongly_is_told(client: TestClient, call: str, given: dict[str, Any], message: str) -> None:
    assert ask(client, call, given)["error"]["message"] == message


def test_a_solution_has_its_lines_and_their_rules(client: TestClient) -> None:
    found = ask(client, "solve", {"problem": "argmin_X ||A X - B||_F^2", "steps": True})
    assert found["latex"] in [line["latex"] for line in found["lines"]]
    assert any(line["source"] for line in found["lines"])
    assert found["derivation"].startswith(r"\begin{align*}")
    rule = ask(client, "rules", {"name": "normal equations"})["rules"][0]
    assert (rule["solution"], rule["where"]) == ("pinv(A)*b", "A is m x n, b is m x p, X is n x p")


def test_a_claim_that_is_wrong(client: TestClient) -> None:
    found = ask(client, "verify", {"claim": "d tr(A X)/dX = A"})
    assert (found["verdict"], found["layouts"]) == ("wrong", ["numerator"])


# ---------------------------------------------------------------------------------------------------- transport


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[1]", 400),
        (b'{"a": 1, "a": 2}', 400),
        (b"[" * 9000, 400),
        (json.dumps({"vars": {"a": [[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]}}).encode(), 400),
        (json.dumps({"request": "x" * 5001}).encode(), 413),
        (b" " * 20_000, 413),
    ],
)
def test_bodies_that_are_not_looked_at(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/api/derive", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["ok"] is False


def test_only_json_is_read(client: TestClient) -> None:
    assert client.post("/api/derive", content=json.dumps(TRACE), headers={"content-type": "text/plain"}).status_code == 415
    assert client.get("/api/derive").status_code == 405
    assert ask(client, "nothing", {}, 404)["ok"] is False


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "calc.example:8000"}, 200),
        ({"host": "[::1]:8000"}, 200),
        ({"host": "localhost:1", "origin": "http://localhost:1"}, 200),
        ({"host": "localhost:1", "origin": "http://evil.example"}, 403),
        ({"host": "localhost:1", "origin": "null"}, 403),
    ],
)
def test_who_is_let_in(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post("/api/derive", content=json.dumps(TRACE), headers={**JSON, **headers}).status_code == status


def test_what_every_answer_says_to_browsers(client: TestClient) -> None:
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert client.get("/embed").headers["content-security-policy"].endswith("frame-ancestors https://course.example")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers


def test_files_are_kept_for_ever_under_their_version(client: TestClient) -> None:
    version = Server(Settings(jobs=1)).assets.version
    script = client.get(f"/assets/{version}/katex/katex.min.js")
    assert (script.status_code, script.headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in script.headers["cache-control"]
    assert client.get(f"/assets/{version}/../app.py").status_code == 404
    assert client.get("/assets/older/main.js").status_code == 404


def test_lines_of_a_batch(client: TestClient) -> None:
    lines = [json.dumps({"id": 1, **TRACE}), "", "nonsense", json.dumps({"id": 3, "request": "d"})]
    answer = client.post("/api/batch", content="\n".join(lines), headers={"content-type": "application/x-ndjson"})
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["ok"] for one in told] == [True, False, False]
    assert told[0]["text"] == "A^T*B^T"


def test_a_batch_is_as_long_as_its_lines_are_short(client: TestClient) -> None:
    short, long = {"id": 1, **TRACE, "vars": {f"u{k}": "n" for k in range(800)}}, {"id": 2, "request": "x" * 17_000}
    lines = [json.dumps(short), json.dumps(short), json.dumps(long)]
    answer = client.post("/api/batch", content="\n".join(lines), headers={"content-type": "application/x-ndjson"})
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["ok"] for one in told] == [True, True, False]
    assert told[2]["error"] == {"kind": "limit", "message": "the line is longer than 16384 bytes"}
    assert client.post("/api/batch", content=b" " * 2_000_000, headers=JSON).status_code == 413


def test_every_line_of_a_batch_counts_as_a_request(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def take(_self: Buckets, who: str) -> float:
        taken.append(who)
        return 0.01 if len(taken) == 2 else 0.0

    monkeypatch.setattr(Buckets, "take", take)
    answer = client.post("/api/batch", content="\n".join([json.dumps(TRACE)] * 3), headers=JSON)
    assert len(answer.text.splitlines()) == 3
    assert len(taken) == 4


def test_the_description_is_that_of_the_table(client: TestClient) -> None:
    told = client.get("/api/openapi.json").json()
    assert told == description()
    assert set(told["paths"]) == {f"/api/{name}" for name in [*CALLS, "batch"]}
    derive = told["paths"]["/api/derive"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(derive["properties"]) == {*KEYS, "id", "shown"}
    assert derive["properties"]["layout"]["enum"] == ["numerator", "denominator", "mixed"]


# -------------------------------------------------------------------------------------------- lanes and limits


def test_what_the_live_lane_has_no_time_for_is_answered_in_the_slow_one(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "LIVE", 0.01)
    found = ask(client, "derive", SLOW)
    assert found["ok"] or found["error"]["kind"] == "limit"
    assert 'matcalc_answers_total{lane="slow"}' in client.get("/metrics").text


def test_what_takes_too_long_is_told_and_remembered(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(client, "derive", GREEDY)
    assert first["error"] == {"kind": "limit", "message": "no answer within 1 s"}
    monkeypatch.setattr(_server_of(client).lanes, "answer", None)
    assert ask(client, "derive", GREEDY) == first


def test_a_worker_that_was_killed_is_replaced(client: TestClient) -> None:
    server = _server_of(client)
    for k in range(3):
        worker = server.lanes.live.posts[0].open()
        os.kill(worker.pid, signal.SIGKILL)
        assert ask(client, "derive", {"expr": f"tr(A{k} X)", "wrt": "X"})["text"] == f"A{k}^T"


def _server_of(client: TestClient) -> Server:
    route = next(r for r in client.app.app.app.routes if getattr(r, "path", "") == "/healthz")  # type: ignore[attr-defined]
    server: Server = route.endpoint.__self__
    return server


def test_health_and_metrics(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    # One that was killed before is started again with the next call.
    for post in _server_of(client).lanes.posts:
        post.open()
    told = client.get("/metrics").text
    assert "matcalc_workers 2" in told
    assert 'matcalc_requests_total{call="derive",status="200"}' in told


# Seconds; far more than it takes to free a worker where the machine is busy.
LONG: Final = 60.0


def test_a_client_that_goes_frees_its_worker() -> None:
    async def went() -> float:
        server = Server(Settings(jobs=1, limit=LONG))
        await server.lanes.open()
        task = asyncio.ensure_future(server.lanes.answer("derive", GREEDY, "one"))
        await asyncio.sleep(1.0)
        with pytest.raises(Busy, match="still being worked on"):
            await server.lanes.answer("derive", GREEDY | {"id": 2}, "one")
        began = time.perf_counter()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        told, _ = await server.lanes.answer("derive", TRACE, "one")
        server.lanes.close()
        assert json.loads(told)["ok"]
        assert server.lanes.slow.posts[0].replaced == 0
        return time.perf_counter() - began

    assert asyncio.run(went()) < LONG / 2


def test_requests_are_logged_without_their_texts(capfd: pytest.CaptureFixture[str]) -> None:
    with TestClient(application(Settings(jobs=1, logs=True)), base_url="http://localhost") as found:
        ask(found, "derive", {"request": "d tr(Secret X)/dX"})
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert (line["path"], line["status"]) == ("/api/derive", 200)
    assert "Secret" not in json.dumps(line)


def test_a_base_path() -> None:
    with TestClient(application(Settings(jobs=1, base="/calc")), base_url="http://localhost") as found:
        assert found.get("/calc", follow_redirects=False).headers["location"] == "/calc/"
        assert "matcalc" in found.get("/calc/").text
        assert found.get("/").status_code == 404


# ------------------------------------------------------------------------------------------------------ memory


def test_the_answers_that_were_used_last_stay() -> None:
    kept = Answers(1000)
    for name in (b"a", b"b", b"c"):
        kept.put(name, b"x" * 100)
    assert kept.get(b"a") is not None
    kept.put(b"d", b"x" * 100)
    assert (kept.get(b"a") is not None, kept.get(b"b")) == (True, None)
    kept.put(b"e", b"x" * 2000)
    assert kept.kept == {}
    assert kept.size == 0


def test_a_bucket_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    bucket = Buckets(2.0, 3.0)
    assert [bucket.take("one", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.take("other", 0.0) == 0
    assert bucket.take("one", 0.5) == 0
    assert bucket.take("one", 0.5) == 0.5


def test_too_many_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(serving, "BURST", 2.0)
    monkeypatch.setattr(serving, "RATE", 0.01)
    app = application(Settings(jobs=1, proxies=("testclient",)))
    with TestClient(app, base_url="http://localhost") as found:
        codes = [found.post("/api/derive", content=json.dumps(TRACE), headers=JSON).status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        other = found.post("/api/derive", content=json.dumps(TRACE), headers={**JSON, "x-forwarded-for": "1.2.3.4, 5.6.7.8"})
        assert other.status_code == 200


def test_an_answer_has_a_bound() -> None:
    fine, told = Desk(longest=100)(asked("derive", TRACE, 5.0))
    assert not fine
    assert json.loads(told)["error"]["message"] == "the answer is longer than 100 characters"


def test_a_network_of_ipv6_is_one_client() -> None:
    assert one_client("2001:db8:1:2:aaaa::1") == one_client("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert one_client("2001:db8:1:3::1") != one_client("2001:db8:1:2::1")
    assert one_client("::ffff:10.0.0.1") == one_client("10.0.0.1") == "10.0.0.1"
    assert one_client("testclient") == "testclient"
