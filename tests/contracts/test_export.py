"""What is committed for readers outside is what the code says, samples stay readable, and a breach is never exported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from contracts.catalogue import all_messages
from contracts.envelope import envelope_of
from contracts.examples import EXAMPLE_ENVELOPE, EXAMPLES
from contracts.export import CONTRACTS_FOLDER, IncompatibleContracts, export, exported_files, main, read_published
from contracts.fields import Id, ReasonCode
from contracts.message import decode, encode
from contracts.order import OrderClosed, OrderMessage

SAMPLES = sorted((CONTRACTS_FOLDER / "samples").glob("redress.*.json"))


def type_of(sample: Path) -> str:
    """`redress.order.OrderPlaced.v1.2.json` is a sample of the second revision of `redress.order.OrderPlaced.v1`."""
    return ".".join(sample.name.split(".")[:4])


@pytest.fixture
def published_folder(tmp_path: Path) -> Path:
    """A copy of everything published."""
    for part in ("schemas", "samples"):
        shutil.copytree(CONTRACTS_FOLDER / part, tmp_path / part)
    shutil.copy(CONTRACTS_FOLDER / "asyncapi.json", tmp_path)
    return tmp_path


def publish_a_field_more(path: Path, name: str) -> None:
    """As if a message had once been published with an optional field that the code does not have."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    struct = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    struct["properties"][name] = {"type": "string", "default": ""}
    path.write_text(json.dumps(schema), encoding="utf-8")


def test_what_is_committed_equals_the_code() -> None:
    for name, text in exported_files(read_published(CONTRACTS_FOLDER)).items():
        assert (CONTRACTS_FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: run python -m contracts.export"


def test_exporting_again_writes_nothing(published_folder: Path) -> None:
    assert export(published_folder) == []


def test_exporting_into_an_empty_folder_gives_the_newest_revision_of_what_is_committed(tmp_path: Path) -> None:
    export(tmp_path)
    for path in tmp_path.rglob("*.json"):
        committed = CONTRACTS_FOLDER / path.relative_to(tmp_path)
        revisions = sorted(committed.parent.glob(f"{committed.stem}.[0-9]*.json"), key=lambda each: int(each.stem.rpartition(".")[2]))
        assert path.read_bytes() == (revisions or [committed])[-1].read_bytes()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_ever_published_is_read(sample: Path) -> None:
    message = decode(type_of(sample), sample.read_bytes())
    told = json.loads(sample.read_bytes())
    now = json.loads(encode(message))
    assert {name: now[name] for name in told} == told


def test_every_type_has_one_example_and_a_sample() -> None:
    assert sorted(example.TYPE for example in EXAMPLES) == sorted(known.TYPE for known in all_messages())
    assert {type_of(sample) for sample in SAMPLES} == {known.TYPE for known in all_messages()}


def test_the_sample_of_the_headers_is_an_envelope() -> None:
    pairs = json.loads((CONTRACTS_FOLDER / "samples" / "envelope.v1.json").read_text(encoding="utf-8"))
    assert envelope_of([(name, value.encode()) for name, value in pairs]) == EXAMPLE_ENVELOPE


def test_nothing_at_all_is_written_when_something_would_break_readers(published_folder: Path) -> None:
    publish_a_field_more(published_folder / "schemas/order/OrderClosed.v1.json", "once_published")
    (published_folder / "asyncapi.json").unlink()
    with pytest.raises(IncompatibleContracts) as refused:
        export(published_folder)
    assert refused.value.breaches == ["redress.order.OrderClosed.v1 $.once_published: the field is gone or renamed"]
    assert not (published_folder / "asyncapi.json").exists()


def test_a_type_that_was_published_cannot_go(published_folder: Path) -> None:
    schemas = published_folder / "schemas" / "order"
    shutil.copy(schemas / "OrderClosed.v1.json", schemas / "OrderVanished.v1.json")
    with pytest.raises(IncompatibleContracts, match=r"redress\.order\.OrderVanished\.v1"):
        export(published_folder)


def test_a_new_text_for_people_changes_the_schema_in_place(published_folder: Path) -> None:
    schema = published_folder / "schemas/order/OrderClosed.v1.json"
    told_otherwise = {**json.loads(schema.read_text(encoding="utf-8")), "title": "as it was called then"}
    schema.write_text(json.dumps(told_otherwise), encoding="utf-8")
    assert export(published_folder) == [schema]


def test_a_grown_message_gets_files_beside_the_first_and_never_shrinks_again(published_folder: Path) -> None:
    class GrownOrderClosed(OrderMessage, frozen=True, kw_only=True):
        order_id: Id
        outcome: ReasonCode
        added_later: str | None = None

    GrownOrderClosed.TYPE = OrderClosed.TYPE
    grown = GrownOrderClosed(order_number="K1", shop_id="s", order_id="o", outcome="x", added_later="y")
    examples = [grown if isinstance(example, OrderClosed) else example for example in EXAMPLES]
    assert [str(path.relative_to(published_folder)) for path in export(published_folder, examples)] == [
        "schemas/order/OrderClosed.v1.2.json",
        "samples/redress.order.OrderClosed.v1.2.json",
    ]
    assert export(published_folder, examples) == []
    with pytest.raises(IncompatibleContracts, match="added_later: the field is gone"):
        export(published_folder)


def test_revisions_are_read_in_their_order(published_folder: Path) -> None:
    schemas = published_folder / "schemas" / "order"
    for number in (2, 10):
        shutil.copy(schemas / "OrderClosed.v1.json", schemas / f"OrderClosed.v1.{number}.json")
    publish_a_field_more(schemas / "OrderClosed.v1.10.json", "newest")
    revisions = read_published(published_folder)["redress.order.OrderClosed.v1"]
    assert ["newest" in json.dumps(schema) for schema in revisions] == [False, False, True]


def test_the_command_tells_that_all_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert capsys.readouterr().out == ""
