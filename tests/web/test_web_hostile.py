"""No request, however odd, ends in a fault of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=st.characters(codec=None, categories=["Cs", "Cc", "Co"]), max_size=10),
    st.sampled_from(
        ["", "\x00", "' OR 1=1 --", "$q", "{{7*7}}", "%s%n", "../../etc/passwd", "-1", "1e999",
         "99999999999999999999999", "NaN", "a" * 5000, "İ", "\u202e", "ß" * 199, "'; DROP TABLE x"]
    ),
)  # fmt: skip
PAGES = st.sampled_from(
    ["/", "/search", "/rejects", "/places", "/sources", "/purpose", "/design", "/api/search",
     "/api/summary", "/sign-in", "/static/puente.css"]
)  # fmt: skip
NAMES = st.sampled_from(["q", "kind", "source", "listing", "steps", "after", "before", "record",
                         "month", "span", "page", "reason", "back", "v"])  # fmt: skip
ROOTS = st.sampled_from(["/entities/", "/sources/", "/api/entities/", "/static/", "/", "/api/"])
CALM = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@CALM
@given(page=PAGES, fields=st.lists(st.tuples(NAMES, ODD), max_size=4))
def test_no_query_is_a_fault(
    signed_in: Callable[..., Any], page: str, fields: list[tuple[str, str]]
) -> None:
    query = urlencode([(name, encoded(value)) for name, value in fields])
    answer = signed_in().get(f"{page}?{query}")
    assert answer.status_code < 500, (page, fields)


@CALM
@given(root=ROOTS, name=ODD)
def test_no_path_is_a_fault(signed_in: Callable[..., Any], root: str, name: str) -> None:
    answer = signed_in().get(root + quote(encoded(name), safe=""))
    assert answer.status_code < 500, (root, name)


@CALM
@given(
    path=st.sampled_from(["/sign-in", "/purpose", "/sign-out", "/preferences"]),
    fields=st.dictionaries(
        st.sampled_from(["csrf", "user", "password", "purpose", "case", "reason", "back",
                         "language", "theme", "keys"]),
        ODD, max_size=5,
    ),
)  # fmt: skip
def test_no_form_is_a_fault(
    new_browser: Callable[[], Any], path: str, fields: dict[str, str]
) -> None:
    body = urlencode([(name, encoded(value)) for name, value in fields.items()])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = new_browser().send("POST", path, content=body, headers=headers)
    assert answer.status_code < 500, (path, fields)


@CALM
@given(body=st.binary(max_size=400), kind=st.sampled_from(
    ["multipart/form-data; boundary=x", "multipart/form-data", "application/json", "text/plain",
     "application/x-www-form-urlencoded; charset=utf-16", ""]))  # fmt: skip
def test_no_body_is_a_fault(new_browser: Callable[[], Any], body: bytes, kind: str) -> None:
    answer = new_browser().send("POST", "/sign-in", content=body, headers={"content-type": kind})
    assert answer.status_code < 500, (kind, body)
