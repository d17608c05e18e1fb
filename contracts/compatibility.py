"""What may change in a published message: nothing but new optional fields, also inside the structs it holds.

A schema is *fully* compatible with an earlier one when old readers understand new records and new readers
old ones; it must be so with every schema ever published, since records of all ages are read again (feed,
refill, replay). A field that is removed, renamed, retyped, newly required or no longer required, another
limit, enum, format, default or unit (`x-unit`): each breaks one side, so each is a breach. A new meaning is
a new message, a new shape a new version beside the old one; a published type stays for ever.

Texts for people (title, description, examples) may change freely. Structs are compared where they are used,
not by their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.schema import Schema

_FOR_PEOPLE = {"$schema", "$id", "$comment", "$defs", "title", "description", "examples"}
_COMPARED_IN_DEPTH = {
    "properties",
    "required",
    "items",
    "prefixItems",
    "additionalProperties",
    "anyOf",
    "oneOf",
    "allOf",
}


def breaches(published: Iterable[Schema], candidate: Schema) -> list[str]:
    """Why a candidate may not follow the published schemas of its type, a sentence each with its path; empty when it may."""
    found: dict[str, None] = {}
    for earlier in published:
        comparison = _Comparison(earlier, candidate)
        comparison.compare("$", earlier, candidate)
        found.update(dict.fromkeys(comparison.found))
    return list(found)


def breaches_of_all(published: Mapping[str, Iterable[Schema]], candidates: Mapping[str, Schema]) -> list[str]:
    """The breaches of a whole catalogue, by type name; a published type without a candidate is one."""
    found: list[str] = []
    for type_name in sorted(published):
        if type_name not in candidates:
            found.append(f"{type_name}: the type was published and is gone")
            continue
        found += [f"{type_name} {breach}" for breach in breaches(published[type_name], candidates[type_name])]
    return found


def is_same_shape(left: Schema, right: Schema) -> bool:
    """Whether two schemas differ in nothing but texts for people."""
    return bool(_shape(left) == _shape(right))


class _Comparison:
    """One earlier schema against a candidate; follows `$ref` on both sides and each pair of structs once."""

    def __init__(self, earlier: Schema, candidate: Schema) -> None:
        self.earlier = earlier
        self.candidate = candidate
        self.found: list[str] = []
        self._pairs_seen: set[tuple[str, str]] = set()

    def compare(self, path: str, earlier: Schema, candidate: Schema) -> None:
        if "$ref" in earlier and "$ref" in candidate:
            pair = (earlier["$ref"], candidate["$ref"])
            if pair in self._pairs_seen:
                return
            self._pairs_seen.add(pair)
        earlier, candidate = _resolved(earlier, self.earlier), _resolved(candidate, self.candidate)
        for keyword in sorted((earlier.keys() | candidate.keys()) - _FOR_PEOPLE - _COMPARED_IN_DEPTH):
            if earlier.get(keyword) != candidate.get(keyword) or (keyword in earlier) != (keyword in candidate):
                self._breach(path, f"{keyword} changed from {earlier.get(keyword)!r} to {candidate.get(keyword)!r}")
        self._compare_fields(path, earlier, candidate)
        self._compare_inner(f"{path}[]", "items", earlier, candidate)
        self._compare_inner(f"{path}[*]", "additionalProperties", earlier, candidate)
        for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
            self._compare_branches(path, keyword, earlier, candidate)

    def _compare_fields(self, path: str, earlier: Schema, candidate: Schema) -> None:
        old_fields, new_fields = earlier.get("properties", {}), candidate.get("properties", {})
        old_required, new_required = set(earlier.get("required", ())), set(candidate.get("required", ()))
        for name in old_fields:
            if name not in new_fields:
                self._breach(f"{path}.{name}", "the field is gone or renamed")
                continue
            if name in old_required - new_required:
                self._breach(f"{path}.{name}", "is no longer required; earlier readers need it")
            if name in new_required - old_required:
                self._breach(f"{path}.{name}", "is newly required; earlier records lack it")
            self.compare(f"{path}.{name}", old_fields[name], new_fields[name])
        for name in new_fields:
            if name in old_fields:
                continue
            if name in new_required:
                self._breach(f"{path}.{name}", "is new and required; earlier records lack it")
            if earlier.get("additionalProperties") is False:
                self._breach(f"{path}.{name}", "is new; earlier readers refuse unknown fields here")

    def _compare_inner(self, path: str, keyword: str, earlier: Schema, candidate: Schema) -> None:
        old, new = earlier.get(keyword), candidate.get(keyword)
        if isinstance(old, dict) and isinstance(new, dict):
            self.compare(path, old, new)
        elif old != new:
            self._breach(path, f"{keyword} changed from {old!r} to {new!r}")

    def _compare_branches(self, path: str, keyword: str, earlier: Schema, candidate: Schema) -> None:
        old, new = earlier.get(keyword, []), candidate.get(keyword, [])
        if len(old) != len(new):
            self._breach(path, f"{keyword} changed from {len(old)} to {len(new)} alternatives")
            return
        for old_branch, new_branch in zip(old, new, strict=True):
            self.compare(path, old_branch, new_branch)

    def _breach(self, path: str, reason: str) -> None:
        self.found.append(f"{path}: {reason}")


def _resolved(schema: Schema, root: Schema) -> Schema:
    """The schema a `$ref` points to, with what stands beside the reference on top."""
    while "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _shape(schema: Any, *, of_fields: bool = False) -> Any:
    """A schema without texts for people; the names of fields and structs are kept, whatever they are."""
    if isinstance(schema, list):
        items = [_shape(item) for item in schema]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    if not isinstance(schema, dict):
        return schema
    return {
        key: _shape(value, of_fields=key in ("properties", "$defs") and not of_fields)
        for key, value in schema.items()
        if of_fields or key == "$defs" or key not in _FOR_PEOPLE
    }
