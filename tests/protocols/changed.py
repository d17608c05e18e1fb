"""What is signed, with one character of it another one: every such change must be noticed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from hypothesis import strategies as st

from protocols.http import HttpRequest

ENCODABLE = st.characters(codec="utf-8")


@st.composite
def changed_text(draw: st.DrawFn, text: str, alike: Callable[[str], str] = str, characters: st.SearchStrategy[str] = ENCODABLE) -> str:
    """A text that is not empty, with one character replaced; `alike`: what makes two characters the same to their reader."""
    position = draw(st.integers(0, len(text) - 1))
    character = draw(characters.filter(lambda each: alike(each) != alike(text[position])))
    return text[:position] + character + text[position + 1 :]


@st.composite
def changed_field(draw: st.DrawFn, fields: Mapping[str, str], among: Collection[str] = ()) -> dict[str, str]:
    """Fields as a form decodes to, half characters included, one of which (of those named, else of all not empty) is changed."""
    name = draw(st.sampled_from(sorted(among or (each for each in fields if fields[each]))))
    return {**fields, name: draw(changed_text(fields[name], characters=st.characters()))}


@st.composite
def changed_request(draw: st.DrawFn, request: HttpRequest, signed_headers: Collection[str]) -> HttpRequest:
    """A request of which the method, the path, the body or one of these headers is changed."""
    part = draw(st.sampled_from(["method", "url_path", "body", *signed_headers]))
    if part == "body":
        return replace(request, body=draw(changed_text(request.body.decode())).encode())
    if part in signed_headers:
        return with_header(request, part, draw(changed_text(request.header(part) or "", str.upper)))
    text = draw(changed_text(getattr(request, part), str.upper))
    return replace(request, method=text) if part == "method" else replace(request, url_path=text)


def with_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    """The request with another value of a header that it has."""
    return replace(request, headers=tuple((known, value if known == name else before) for known, before in request.headers))
