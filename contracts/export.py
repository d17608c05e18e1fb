"""Writes what readers outside get: JSON Schemas, golden samples and the AsyncAPI document.

    python -m contracts.export

    schemas/<service>/<Name>.v<version>.json       the schema as first published
    schemas/<service>/<Name>.v<version>.<n>.json   its n-th revision (n from 2), with more optional fields
    samples/<type>.json, samples/<type>.<n>.json   a record value as on the wire, and a line end
    samples/envelope.v1.json                       the headers of one record, as [name, value] pairs
    asyncapi.json                                  everything in one document, as of today

A published schema keeps its shape and a sample its bytes for ever: a grown message gets a further file.
When the code is not compatible with all that was published, the breaches are told and nothing is written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts import asyncapi
from contracts.compatibility import breaches_of_all, is_same_shape
from contracts.envelope import headers_of
from contracts.examples import EXAMPLE_ENVELOPE, EXAMPLES
from contracts.message import Message, encode
from contracts.schema import Schema, schema_of

CONTRACTS_FOLDER = Path(__file__).parent

Published = Mapping[str, list[Schema]]
"""The published schemas of each type, by revision."""


class IncompatibleContracts(ValueError):
    """The code breaks what was published; `breaches` says where, a sentence each."""

    def __init__(self, breaches: list[str]) -> None:
        super().__init__("\n".join(breaches))
        self.breaches = breaches


def read_published(folder: Path) -> dict[str, list[Schema]]:
    """All schemas that were ever exported into a folder, by type name, in the order of their revisions."""
    published: dict[str, dict[int, Schema]] = {}
    for path in sorted(folder.glob("schemas/*/*.json")):
        name, version, *revision = path.stem.split(".")
        type_name = f"redress.{path.parent.name}.{name}.{version}"
        number = int(revision[0]) if revision else 1
        published.setdefault(type_name, {})[number] = json.loads(path.read_text(encoding="utf-8"))
    return {type_name: [schemas[number] for number in sorted(schemas)] for type_name, schemas in published.items()}


def exported_files(published: Published, examples: Sequence[Message] = EXAMPLES) -> dict[str, str]:
    """What must stand in the folder today, text by relative path; raises IncompatibleContracts.

    `examples` holds one message of each type. Files of earlier revisions are not told: they stay as they are.
    """
    candidates = {example.TYPE: schema_of(type(example)) for example in examples}
    breaches = breaches_of_all(published, candidates)
    if breaches:
        raise IncompatibleContracts(breaches)
    files = {"asyncapi.json": _pretty(asyncapi.document()), "samples/envelope.v1.json": _headers_sample()}
    for example in examples:
        revision = _revision(published.get(example.TYPE, []), candidates[example.TYPE])
        suffix = "" if revision == 1 else f".{revision}"
        _, service, name, version = example.TYPE.split(".")
        files[f"schemas/{service}/{name}.{version}{suffix}.json"] = _pretty(candidates[example.TYPE])
        files[f"samples/{example.TYPE}{suffix}.json"] = encode(example).decode() + "\n"
    return files


def export(folder: Path, examples: Sequence[Message] = EXAMPLES) -> list[Path]:
    """Bring a folder up to date and return what was written; raises IncompatibleContracts before anything is."""
    written = []
    for name, text in exported_files(read_published(folder), examples).items():
        path = folder / name
        if path.exists() and (path.parent.name == "samples" or path.read_text(encoding="utf-8") == text):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _revision(published: list[Schema], candidate: Schema) -> int:
    if not published:
        return 1
    return len(published) if is_same_shape(published[-1], candidate) else len(published) + 1


def _headers_sample() -> str:
    return _pretty([[name, value.decode()] for name, value in headers_of(EXAMPLE_ENVELOPE)])


def _pretty(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Export into this package's own folder; 1 when the code breaks what was published."""
    try:
        written = export(CONTRACTS_FOLDER)
    except IncompatibleContracts as error:
        print("Not exported. Readers of these messages would break:", file=sys.stderr)
        for breach in error.breaches:
            print(f"  {breach}", file=sys.stderr)
        return 1
    for path in written:
        print(f"wrote {path.relative_to(CONTRACTS_FOLDER)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
