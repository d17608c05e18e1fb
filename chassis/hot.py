"""Routes on the way of every order: served before FastAPI, by what a request needs and nothing else.

FastAPI's and Starlette's own way to an endpoint (six layers around the router, matching included routers, dependencies, validation of
parameters) costs more than all of ours on such a route. An endpoint marked `hot` takes the request, and its path's parameters as text
by their names, and returns a Response. It is found by its method and path here, with the same edge around it (`chassis.problem`) and
the application's own handlers of errors behind it; FastAPI's route of it stays, for the OpenAPI document and for an application that
is mounted below a path.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, compile_path
from starlette.types import Receive, Scope, Send

from chassis.problem import Edge

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])
Found = tuple[Callable[..., Awaitable[Response]], dict[str, str]]

_MARK = "is_hot"


def hot(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint; the decorator below the router's."""
    setattr(endpoint, _MARK, True)
    return endpoint


class HotApp(FastAPI):
    """A FastAPI application whose hot endpoints are served before it. `edge`: what stands around them, as around all others."""

    def __init__(self, edge: Edge, **options: Any) -> None:
        super().__init__(**options)
        self._edge = edge
        self._fixed: dict[tuple[str, str], Callable[..., Awaitable[Response]]] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Callable[..., Awaitable[Response]]]] = []

    def serve_hot(self, routes: Iterable[BaseRoute]) -> None:
        """Serve the marked endpoints of these routes."""
        for route in routes:
            if isinstance(route, APIRoute) and getattr(route.endpoint, _MARK, False):
                pattern, _, parameters = compile_path(route.path)
                for method in route.methods or ():
                    if parameters:
                        self._patterns.append((method, pattern, route.endpoint))
                    else:
                        self._fixed[method, route.path] = route.endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if scope["type"] == "http" and not scope.get("root_path") else None
        if found is None:
            await super().__call__(scope, receive, send)
            return
        endpoint, parameters = found
        scope["app"] = self
        await self._edge.answer(scope, receive, send, lambda request: endpoint(request=request, **parameters), self._of_error)

    def _find(self, scope: Scope) -> Found | None:
        method, path = scope["method"], scope["path"]
        endpoint = self._fixed.get((method, path))
        if endpoint is not None:
            return endpoint, {}
        for known, pattern, endpoint in self._patterns:
            if known == method and (match := pattern.match(path)) is not None:
                return endpoint, match.groupdict()
        return None

    async def _of_error(self, request: Request, error: Exception) -> Response | None:
        """What the application answers to an error; None where it foresaw none."""
        handlers: Mapping[Any, Any] = self.exception_handlers
        handler = next((handlers[kind] for kind in type(error).__mro__ if kind in handlers), None)
        return None if handler is None else await handler(request, error)
