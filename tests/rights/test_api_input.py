"""Bad input to everything that the API takes: a sentence, never an error of ours.

The operations come from the API document, so a new one is tried without a line here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.factories.accounts import UserFactory, sign_in
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory

ODD: list[Any] = [
    "", "가", "가" * 100_000, "👩‍🔬 金 Ж", "\ue000\uf081", "a\x00b", "\ud800", "0001-01-01",
    "9999-12-31", "2026-02-31", "D999999999999999999", "-" * 36, 10**30, -1, 1.5, True, None, [],
    {}, [None], ["a\x00"], {"x\x00": ["a"]}, [[1]], 2**63,
]  # fmt: skip
ODD_QUERY = ["abc", "99999", "-1", "", "\x00", "🚒", "가" * 2000, "9" * 5000, "2026-02-31", "[]"]
#: ends the visitor's own means of asking
LEFT_OUT = {"/api/v1/experts/me/withdraw/"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def operations(document: dict[str, Any], *methods: str) -> Iterator[tuple[str, str, Any]]:
    """(path, method, operation) of every operation with one of these methods."""
    for path, found in document["paths"].items():
        for method in methods:
            if method in found and path not in LEFT_OUT:
                yield path, method, found[method]


def sample(document: dict[str, Any], shape: dict[str, Any]) -> Any:
    """A value of the shape, good enough to get past the first checks."""
    while "$ref" in shape:
        shape = document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    if "allOf" in shape or "oneOf" in shape:
        return sample(document, (shape.get("allOf") or shape["oneOf"])[0])
    if "enum" in shape:
        return shape["enum"][0]
    if shape.get("type") == "object":
        return {name: sample(document, part) for name, part in shape.get("properties", {}).items()}
    if shape.get("type") == "array":
        return [sample(document, shape["items"])]
    formats = {"date": "2030-03-04", "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12}
    simple = {"integer": 1, "number": 1.5, "boolean": True}
    return simple.get(shape.get("type", ""), formats.get(shape.get("format", ""), "시험"))


def bodies(document: dict[str, Any], operation: Any) -> Iterator[Any]:
    """Bodies with one odd value in each field, and all fields odd at once."""
    shapes = operation.get("requestBody", {}).get("content", {})
    shape = next((entry["schema"] for entry in shapes.values()), {"type": "object"})
    good = sample(document, shape)
    names = list(good) if isinstance(good, dict) else []
    for odd in ODD:
        yield dict.fromkeys(names, odd)
    for number, name in enumerate(names):
        for odd in ODD[number % 3 :: 3]:
            yield {**good, name: odd}


def address(path: str, keys: dict[str, str]) -> str:
    """The path with things that exist, or with things that cannot."""
    parts = path.split("/")
    head = parts[3] if len(parts) > 3 else ""
    first = [keys.get(head, "1")]
    return "/".join((first.pop() if first else "1") if p[:1] == "{" else p for p in parts)


def complaint(answer: Any) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if answer.status_code >= 500:
        return f"error {answer.status_code}"
    if answer.status_code < 400:
        return ""
    problem = answer.headers["Content-Type"].startswith("application/problem+json")
    return "" if problem and answer.json()["title"] else f"{answer.status_code} is no problem"


@pytest.fixture
def visitor(request: pytest.FixtureRequest, db: None) -> tuple[Client, dict[str, str]]:
    person = UserFactory(**{request.param: True})
    facts = {"requester": person} if request.param == "officer" else {"submitted": True}
    own = {"user": person} if request.param == "expert" else {}
    expert = ExpertFactory(**own, **({"in_review": True} if request.param == "reviewer" else {}))
    keys = {"requests": RequestFactory(**facts).ref, "people": str(UserFactory().pk)}
    keys |= dict.fromkeys(("experts", "expert-reviews"), str(expert.public_id))
    client = Client(raise_request_exception=False)
    sign_in(client, person)
    return client, keys


ROLES = ["officer", "expert", "reviewer", "manager", "administrator"]


@pytest.mark.parametrize("visitor", ROLES, indirect=True)
def test_odd_bodies(visitor: tuple[Client, dict[str, str]], document: dict[str, Any]) -> None:
    client, keys = visitor
    wrong = []
    for path, method, operation in operations(document, "post", "put", "patch"):
        url = address(path, keys)
        for body in bodies(document, operation):
            text = json.dumps(body)
            answer = client.generic(method.upper(), url, text, content_type="application/json")
            if found := complaint(answer):
                wrong.append(f"{method} {url} {text[:60]}: {found}")
            if answer.status_code in (401, 403, 404, 405, 415):
                break  # the body was not read
    assert wrong == []


@pytest.mark.parametrize("visitor", ["auditor"], indirect=True)
def test_odd_queries(visitor: tuple[Client, dict[str, str]], document: dict[str, Any]) -> None:
    client, keys = visitor
    wrong = []
    for path, _method, operation in operations(document, "get"):
        url = address(path, keys)
        known = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        for name in (*known, "unknown"):
            for odd in ODD_QUERY:
                answer = client.get(url, {name: odd})
                if found := complaint(answer):
                    wrong.append(f"{url}?{name}={odd[:20]!r}: {found}")
                if answer.status_code == 403:
                    break
    assert wrong == []


@pytest.mark.parametrize("visitor", ["manager"], indirect=True)
def test_odd_addresses(visitor: tuple[Client, dict[str, str]], document: dict[str, Any]) -> None:
    client, _keys = visitor
    wrong = []
    for path, method, _operation in operations(document, "get", "post", "put", "patch", "delete"):
        for odd in ("0", "-1", "9" * 30, "abc", "%00", "%ED%A0%80", "-" * 36, "D" + "9" * 18):
            url = "/".join(odd if part[:1] == "{" else part for part in path.split("/"))
            if url == path:
                break
            answer = client.generic(method.upper(), url, "{}", content_type="application/json")
            if found := complaint(answer):
                wrong.append(f"{method} {url}: {found}")
    assert wrong == []


def test_every_operation_names_its_refusals(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document, "get", "post", "put", "patch", "delete"):
        refusal = operation["responses"]["default"]["content"]
        assert list(refusal) == ["application/problem+json"], f"{method} {path}"
