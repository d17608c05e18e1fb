"""What the OpenAPI documents of this project have in common (the supplier API's, and that of a shop's own scripts)."""

from __future__ import annotations

from typing import Any


def json_of(schema: type[Any] | str) -> dict[str, Any]:
    """A body or an answer in JSON, by the message class that it is, or by the name of its schema."""
    name = schema.__name__ if isinstance(schema, type) else schema
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def tidied(value: Any) -> Any:
    """A schema without line breaks in its descriptions, and without the defaults of absent fields."""
    if isinstance(value, dict):
        tidy = {key: tidied(each) for key, each in value.items() if key != "default" or isinstance(each, str | int)}
        if isinstance(tidy.get("description"), str):
            tidy["description"] = " ".join(tidy["description"].split())
        return tidy
    return [tidied(each) for each in value] if isinstance(value, list | tuple) else value
