"""Where the installation of a data folder, or of the settings, answers: for the commands that ask it.

`redress up` notes its address in `<data folder>/run/up.json` while it runs. Without one, each service has a process of its own at the
address that the settings give.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from chassis.embedded.running import holder_of
from redress.settings import RedressSettings


def note_place(data_folder: Path, url: str) -> Path:
    """Note that an installation answers at `url`; the file to take away again."""
    path = data_folder / "run" / "up.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"url": url}))
    return path


def addresses_of(settings: RedressSettings, services: list[str], url: str | None = None) -> Mapping[str, str]:
    """Base URL of each service: below `url` where given, else of the running `up`, else as the settings say."""
    base = url or noted_url(settings.data_folder)
    if base is not None:
        return {name: f"{base.rstrip('/')}/{name}" for name in services}
    return {name: settings.address_of(name, place) for place, name in enumerate(services)}


def noted_url(data_folder: Path) -> str | None:
    """Where the `up` that runs on this data folder answers; None where none does."""
    path = data_folder / "run" / "up.json"
    if holder_of(data_folder) is None or not path.exists():
        return None
    url: str = json.loads(path.read_text())["url"]
    return url
