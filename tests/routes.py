"""The routes that a service declares, for tests that hold their own tables against all of them."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI

from chassis.service import Service

Route = tuple[str, str]
"""Method and path pattern."""


def routes_of(service: Service, desk: Any) -> list[Route]:
    """Every route of a service, in the order of its document."""
    assert service.routes is not None
    app = FastAPI()
    app.include_router(service.routes(desk))
    return [(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods]


def route_asked(routes: list[Route], method: str, path: str) -> Route:
    """Which of them answers a request: the one with the fewest names to fill in, where several would."""
    bare = path.partition("?")[0]
    fitting = [each for each in routes if each[0] == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", each[1]), bare)]
    assert fitting, f"no route answers {method} {bare}"
    return min(fitting, key=lambda each: each[1].count("{"))
