"""Published schemas only grow: each kind of breach is caught, wherever it hides, and optional fields are let in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from contracts.compatibility import breaches, breaches_of_all, is_same_shape
from contracts.schema import Schema

Unit = Annotated[int, Meta(ge=0, extra_json_schema={"x-unit": "seconds"})]


class Part(msgspec.Struct, kw_only=True):
    code: str
    weight: int = 0


class Thing(msgspec.Struct, kw_only=True):
    """As it was published."""

    name: str
    waited: Unit
    kind: Literal["a", "b"]
    parts: tuple[Part, ...]
    spare: Part | None
    note: str | None = None


def schema_of(struct: type[msgspec.Struct]) -> Schema:
    return msgspec.json.schema(struct)


def grown(**fields: object) -> Schema:
    """The published struct with some fields added or in another form: a type, or (type, default); None removes it."""
    now: dict[str, object] = {
        "name": str,
        "waited": Unit,
        "kind": Literal["a", "b"],
        "parts": tuple[Part, ...],
        "spare": Part | None,
        "note": (str | None, None),
    }
    now.update(fields)
    declared = [(name, *kind) if isinstance(kind, tuple) else (name, kind) for name, kind in now.items() if kind is not None]
    return schema_of(msgspec.defstruct("Thing", declared, kw_only=True))


PUBLISHED = schema_of(Thing)


class HeavierPart(Part, kw_only=True):
    origin: str | None = None


class PartWithout(msgspec.Struct, kw_only=True):
    weight: int = 0


class PartNeedingMore(Part, kw_only=True):
    origin: str


class PartWithTextWeight(msgspec.Struct, kw_only=True):
    code: str
    weight: str = ""


class StrictPart(Part, kw_only=True, forbid_unknown_fields=True):
    pass


class PartRenamed(msgspec.Struct, kw_only=True):
    part_code: str
    weight: int = 0


def test_nothing_changed_is_compatible() -> None:
    assert breaches([PUBLISHED], grown()) == []
    assert is_same_shape(PUBLISHED, grown())


@pytest.mark.parametrize(
    "addition",
    [
        {"added": (int, 0)},
        {"added": (Part | None, None)},
        {"parts": tuple[HeavierPart, ...]},
        {"spare": HeavierPart | None},
    ],
    ids=["a number", "a struct", "inside a list", "inside a struct that may be absent"],
)
def test_a_new_optional_field_is_compatible_at_any_depth(addition: dict[str, object]) -> None:
    assert breaches([PUBLISHED], grown(**addition)) == []
    assert not is_same_shape(PUBLISHED, grown(**addition))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": None}, "$.name: the field is gone"),
        ({"note": None}, "$.note: the field is gone"),
        ({"name": None, "title": str}, "$.title: is new and required"),
        ({"name": None, "title": (str, "")}, "$.name: the field is gone or renamed"),
        ({"added": int}, "$.added: is new and required"),
        ({"note": str | None}, "$.note: is newly required"),
        ({"name": (str, "")}, "$.name: is no longer required"),
        ({"name": int}, "$.name: type changed"),
        ({"name": str | None}, "$.name: anyOf changed"),
        ({"name": Part}, "$.name: type changed"),
        ({"name": Annotated[str, Meta(min_length=1)]}, "$.name: minLength changed"),
        ({"name": Annotated[str, Meta(pattern="^x")]}, "$.name: pattern changed"),
        ({"name": Annotated[str, Meta(extra_json_schema={"format": "uuid"})]}, "$.name: format changed"),
        ({"waited": Annotated[int, Meta(ge=0, extra_json_schema={"x-unit": "minutes"})]}, "$.waited: x-unit changed"),
        ({"waited": Annotated[int, Meta(ge=0)]}, "$.waited: x-unit changed"),
        ({"waited": Annotated[int, Meta(ge=1, extra_json_schema={"x-unit": "seconds"})]}, "$.waited: minimum changed"),
        ({"kind": Literal["a", "b", "c"]}, "$.kind: enum changed"),
        ({"kind": Literal["a"]}, "$.kind: enum changed"),
        ({"kind": str}, "$.kind: enum changed"),
        ({"note": (str | None, "none")}, "$.note: default changed"),
        ({"note": (int | None, None)}, "$.note: type changed"),
        ({"parts": Part}, "$.parts: type changed"),
        ({"parts": tuple[str, ...]}, "$.parts[]: type changed"),
        ({"parts": tuple[Part, Part]}, "$.parts"),
        ({"parts": dict[str, Part]}, "$.parts: type changed"),
        ({"parts": tuple[PartWithout, ...]}, "$.parts[].code: the field is gone"),
        ({"parts": tuple[PartRenamed, ...]}, "$.parts[].code: the field is gone or renamed"),
        ({"parts": tuple[PartNeedingMore, ...]}, "$.parts[].origin: is new and required"),
        ({"spare": PartWithTextWeight | None}, "$.spare.weight: type changed"),
        ({"spare": StrictPart | None}, "$.spare[*]: additionalProperties changed"),
        ({"spare": Part}, "$.spare"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_kind_of_breach_is_caught(change: dict[str, object], place: str) -> None:
    found = breaches([PUBLISHED], grown(**change))
    assert [breach for breach in found if breach.startswith(place)], found


def test_a_field_inside_a_map_is_compared_too() -> None:
    earlier = schema_of(msgspec.defstruct("Thing", [("by_code", dict[str, Part])]))
    later = schema_of(msgspec.defstruct("Thing", [("by_code", dict[str, PartWithTextWeight])]))
    assert [breach for breach in breaches([earlier], later) if "$.by_code[*].weight" in breach]


def test_every_published_schema_counts_not_only_the_last() -> None:
    second = grown(added=(int, 0))
    third_retyping_it = grown(added=(str, ""))
    assert breaches([PUBLISHED], third_retyping_it) == []
    assert breaches([PUBLISHED, second], third_retyping_it) == [
        "$.added: default changed from 0 to ''",
        "$.added: type changed from 'integer' to 'string'",
    ]
    assert breaches([PUBLISHED, second], grown()) == ["$.added: the field is gone or renamed"]


def test_no_field_may_join_a_struct_whose_readers_refuse_unknown_ones() -> None:
    strict = msgspec.defstruct("Thing", [("name", str)], forbid_unknown_fields=True)
    larger = msgspec.defstruct("Thing", [("name", str), ("more", int, 0)], forbid_unknown_fields=True)
    assert breaches([schema_of(strict)], schema_of(larger)) == ["$.more: is new; earlier readers refuse unknown fields here"]


def test_texts_for_people_and_the_names_of_structs_may_change() -> None:
    class Piece(Part, kw_only=True):
        """Another name, another text, the same fields."""

    assert breaches([PUBLISHED], grown(parts=tuple[Piece, ...])) == []
    assert is_same_shape(PUBLISHED, {**PUBLISHED, "title": "Other", "description": "Other"})


def test_a_field_called_like_a_text_for_people_is_a_field() -> None:
    titled = schema_of(msgspec.defstruct("Thing", [("title", str)]))
    assert not is_same_shape(titled, schema_of(msgspec.defstruct("Thing", [("title", int)])))
    assert breaches([titled], schema_of(msgspec.defstruct("Thing", []))) == ["$.title: the field is gone or renamed"]


def test_a_struct_that_holds_itself_is_compared_once() -> None:
    schema = {
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {"inner": {"$ref": "#/$defs/Node"}}, "required": ["inner"]}},
    }
    assert breaches([schema], schema) == []


def test_a_published_type_stays_for_ever() -> None:
    assert breaches_of_all({"redress.x.Gone.v1": [PUBLISHED]}, {}) == ["redress.x.Gone.v1: the type was published and is gone"]
    assert breaches_of_all({"redress.x.Thing.v1": [PUBLISHED]}, {"redress.x.Thing.v1": grown(name=int)}) == [
        "redress.x.Thing.v1 $.name: type changed from 'string' to 'integer'"
    ]
    assert breaches_of_all({}, {"redress.x.New.v1": PUBLISHED}) == []
