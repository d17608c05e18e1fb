"""The command line: `redress COMMAND`.

Mistakes of a person, and things that are away, are told in one sentence on standard error with exit code 1 (2 where the command itself
is misspelt). Only a bug shows a traceback, and even that without values.
"""

from __future__ import annotations

import sys

import httpx2
import typer

from chassis.embedded import EmbeddedServerError
from chassis.errors import RedressError
from chassis.logs import configure_logs
from chassis.settings import SettingsError
from chassis.store.port import EpochNotOpen, StoreAway
from redress.commands import accounts, connecting, keeping, looking, mending, proving, restoring, serving, shops, stock, stuck
from redress.commands.common import remarks
from redress.errors import UserError

app = typer.Typer(
    name="redress",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    help="Redress sees to it that every paid order of a card shop ends in a working card or the money back.",
    epilog="Begin with `redress up`, and `redress demo` to see it work. Settings: a file (--settings) or REDRESS_… variables.",
)

SERVE, STOCK, LOOK, ACCOUNTS, KEEP, PROVE = "Serve", "Stock", "Look", "Suppliers' accounts", "Keep well", "Prove"

app.command(rich_help_panel=SERVE)(serving.up)
app.command(rich_help_panel=SERVE)(serving.run)
app.command(rich_help_panel=SERVE)(serving.migrate)
app.add_typer(shops.shop, name="shop", rich_help_panel=SERVE)
app.command(rich_help_panel=STOCK)(connecting.connect)
app.command(rich_help_panel=STOCK)(connecting.mode)
app.command("import", rich_help_panel=STOCK)(stock.import_command)
app.command(rich_help_panel=STOCK)(stock.withdraw)
app.command(rich_help_panel=STOCK)(stock.export)
app.command(rich_help_panel=STOCK)(stuck.stuck)
app.command(rich_help_panel=LOOK)(looking.events)
app.command(rich_help_panel=LOOK)(looking.replay)
app.command(rich_help_panel=LOOK)(mending.alerts)
app.add_typer(mending.mend, name="mend", rich_help_panel=KEEP)
app.command(rich_help_panel=ACCOUNTS)(accounts.claim)
app.command(rich_help_panel=ACCOUNTS)(accounts.settlement)
app.add_typer(keeping.parked, name="parked", rich_help_panel=KEEP)
app.add_typer(keeping.topics, name="topics", rich_help_panel=KEEP)
app.command(rich_help_panel=KEEP)(restoring.restore)
app.command(rich_help_panel=KEEP)(restoring.lost)
app.command(rich_help_panel=KEEP)(restoring.release)
app.command(rich_help_panel=KEEP)(keeping.doctor)
app.command(rich_help_panel=PROVE)(proving.demo)
app.command(rich_help_panel=PROVE)(proving.simulate)


def main() -> None:
    """The entry point of the `redress` program."""
    configure_logs("critical")  # a command talks to a person; those that serve log for themselves
    try:
        app()
    except (UserError, EmbeddedServerError, SettingsError, StoreAway, EpochNotOpen) as failure:
        _fail(str(failure))
    except RedressError as failure:
        facts = ", ".join(f"{name}: {value}" for name, value in failure.facts.items())
        _fail(f"{failure.title}{f' ({facts})' if facts else ''}.")
    except httpx2.HTTPError as failure:
        _fail(f"Redress does not answer at {failure.request.url.copy_with(query=None)}: is it running?")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)


def _fail(text: str) -> None:
    remarks.print(text, style="red", markup=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
