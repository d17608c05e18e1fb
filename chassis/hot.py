"""Routes on the way of every order: served as plain Starlette routes, past FastAPI's own work on a request.

That work (matching included routers, dependencies, validation of parameters) costs more than all of ours on such a route. An endpoint
marked `hot` takes the request, and its path's parameters as text by their names, and returns a Response; FastAPI's route of it stays
for the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])

_MARK = "is_hot"


def hot(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint; the decorator below the router's."""
    setattr(endpoint, _MARK, True)
    return endpoint


def hot_routes(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """The plain routes of the marked endpoints, to stand in front of all others."""
    return [
        Route(route.path, _plain(route.endpoint), methods=list(route.methods or ()), include_in_schema=False)
        for route in routes
        if isinstance(route, APIRoute) and getattr(route.endpoint, _MARK, False)
    ]


def _plain(endpoint: Any) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        answer: Response = await endpoint(request=request, **request.path_params)
        return answer

    return serve
