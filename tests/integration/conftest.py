"""The house that the tests of one module share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.the_house import House, databases, house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Order and inventory on real servers, with the product listed; for tests with `loop_scope="module"`."""
    with databases(postgres_admin_dsn) as fresh_database:
        async with house(fresh_database, tmp_path_factory.mktemp("house")) as made:
            await made.list_product()
            yield made
