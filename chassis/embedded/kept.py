"""Small JSON files that survive a restart and that only their owner may read: passwords, ports, places."""

import json
import os
from pathlib import Path
from typing import Any


def read_kept(path: Path) -> dict[str, Any]:
    """What was kept under `path`; empty when nothing was."""
    try:
        kept = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    assert isinstance(kept, dict)
    return kept


def keep(path: Path, facts: dict[str, Any]) -> None:
    """Replace what is kept under `path` in one step, so that a crash leaves the old or the new."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
