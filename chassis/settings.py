"""Settings: typed structs filled from one file and the environment, with every mistake told at once.

A file is TOML or JSON (by its ending): the server's settings at the top, a service's under
`services.<name>`. The environment wins over the file. A variable is `REDRESS_` and the path in capitals,
two underscores between levels::

    REDRESS_HTTP_PORT=8001
    REDRESS_SERVICES__REFUND__CONFIRM_ABOVE_MINOR=20000
    REDRESS_POSTGRES_DSN_FILE=/run/secrets/dsn        (the text of any `Secret` may stand in a file)
    REDRESS_SETTINGS_FILE=/etc/redress.toml           (which file to read)

A struct is a frozen `msgspec.Struct` with a default wherever one makes sense. Lists come from the environment
separated by commas. Variables that begin with `REDRESS_TEST_` belong to the test suite and are ignored here.
"""

import difflib
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct

from chassis.errors import ContractError
from chassis.secret import Secret

PREFIX = "REDRESS_"
_FILE_VARIABLE = PREFIX + "SETTINGS_FILE"
_IGNORED_PREFIX = PREFIX + "TEST_"
_LEVEL = "__"

Port = Annotated[int, Meta(ge=1, le=65_535)]

T = TypeVar("T", bound=Struct)


class SettingsError(ContractError):
    """The settings cannot be used; `problems` says in words what is wrong, never showing a value."""

    code = "settings-unusable"
    title = "The settings cannot be used"

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problem_count=len(problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(["The settings cannot be used:", *(f"  - {problem}" for problem in self.problems)])


class ServerSettings(Struct, frozen=True, kw_only=True):
    """What every process needs; an address that is not given means the embedded server.

    `postgres_dsn` may hold `{service}`, which each service replaces by its name: one database and role a
    service. `master_key_file` must have mode 0600; all keys are 32 bytes in base64.
    """

    data_folder: Path = Path("data")
    postgres_dsn: Secret | None = None
    kafka_bootstrap: str | None = None
    redis_url: Secret | None = None
    http_host: str = "127.0.0.1"
    http_port: Port = 8000
    log_level: str = "info"
    is_tracing: bool = False
    otlp_endpoint: str | None = None
    master_key: Secret | None = None
    master_key_file: Path | None = None
    fingerprint_key: Secret | None = None
    fingerprint_key_version: Annotated[int, Meta(ge=1)] = 1
    token_key: Secret | None = None

    def postgres_dsn_of(self, service: str) -> Secret | None:
        """The address of a service's own database, or None for the embedded one."""
        if self.postgres_dsn is None:
            return None
        return Secret(self.postgres_dsn.reveal().replace("{service}", service))


@dataclass(frozen=True)
class Settings:
    """The settings of a process: the server's, and those of each service it may run."""

    server: ServerSettings
    services: Mapping[str, Struct] = field(default_factory=dict)

    def of(self, service: str, kind: type[T]) -> T:
        """A service's settings, as the struct it declared."""
        settings = self.services[service]
        assert isinstance(settings, kind)
        return settings


def load_settings(
    services: Mapping[str, type[Struct]],
    environ: Mapping[str, str],
    file: Path | None = None,
    *,
    server_kind: type[ServerSettings] = ServerSettings,
) -> Settings:
    """Settings of the server and of each named service, from the file (if any) and the environment.

    `server_kind` may add settings of the installation to those of the server. Raises one SettingsError that lists every unknown
    key, missing value and wrong type.
    """
    problems: list[str] = []
    named_file = environ.get(_FILE_VARIABLE)
    tree = _tree_of_file(file or (Path(named_file) if named_file else None), problems)
    sections = tree.pop("services", {})
    if not isinstance(sections, dict):
        problems.append("services: must be a table of services")
        sections = {}
    for name in sections.keys() - services.keys():
        problems.append(f"services.{name}: no such service{_meant(name, services)}")
    variables = {
        name.removeprefix(PREFIX).lower(): (name, value)
        for name, value in environ.items()
        if name.startswith(PREFIX) and name != _FILE_VARIABLE and not name.startswith(_IGNORED_PREFIX)
    }
    server = _Reader("", problems).read(server_kind, tree, variables)
    found = {name: _Reader(f"services.{name}.", problems).read(kind, sections.get(name, {}), variables) for name, kind in services.items()}
    known = [
        *_paths(server_kind, ""),
        *(p for n, k in services.items() for p in _paths(k, f"services.{n}.")),
    ]
    known_variables = [path.replace(".", _LEVEL) for path in known]
    for path, (name, _) in variables.items():
        problems.append(f"{name}: unknown setting{_meant(path, known_variables, is_variable=True)}")
    if problems:
        raise SettingsError(problems)
    return Settings(cast(ServerSettings, server), cast("dict[str, Struct]", found))


class _Reader:
    """Fills one struct; takes what it uses out of the variables and collects what is wrong."""

    def __init__(self, path: str, problems: list[str]) -> None:
        self._path = path
        self._problems = problems

    def read(self, kind: type[Struct], table: object, variables: dict[str, tuple[str, str]]) -> Struct | None:
        if not isinstance(table, dict):
            self._problems.append(f"{self._path.rstrip('.')}: must be a table")
            return None
        table = dict(table)
        values: dict[str, Any] = {}
        count_before = len(self._problems)
        fields = msgspec.structs.fields(kind)
        names = [item.name for item in fields]
        for item in fields:
            nested = _struct_in(item.type)
            if nested is not None:
                reader = _Reader(f"{self._path}{item.name}.", self._problems)
                if item.name in table or item.required or reader._has_variable(variables):
                    values[item.name] = reader.read(nested, table.pop(item.name, {}), variables)
                continue
            found = self._raw(item.name, _keys(item, names), table, variables)
            if found is not None:
                values[item.name] = self._converted(*found, item.type)
            elif item.default is NODEFAULT and item.default_factory is NODEFAULT:
                self._problems.append(f"{self._path}{item.name}: is missing (variable {self._variable(item.name)})")
        self._problems += [f"{self._path}{key}: unknown setting{_meant(key, names)}" for key in table]
        return kind(**values) if len(self._problems) == count_before else None

    def _raw(
        self, name: str, keys: list[str], table: dict[str, Any], variables: dict[str, tuple[str, str]]
    ) -> tuple[str, object, bool] | None:
        """Where the value stands, the value, and whether it is text that must be read as its type."""
        in_table = [(f"{self._path}{key}", table.pop(key), False) for key in keys if key in table]
        in_variables = [(*variables.pop(self._key(key)), True) for key in keys if self._key(key) in variables]
        for found in (in_table, in_variables):
            if len(found) > 1:
                self._problems.append(f"{found[0][0]}: is given both as a value and as a file")
        if not (in_table or in_variables):
            return None
        where, value, is_text = (in_variables or in_table)[0]
        if not where.lower().endswith(f"{name}_file"):
            return where, value, is_text
        try:
            return where, Path(str(value)).read_text("utf-8").strip(), is_text
        except (OSError, UnicodeDecodeError):
            self._problems.append(f"{where}: its file cannot be read")
            return None

    def _converted(self, where: str, value: object, is_text: bool, kind: Any) -> Any:
        if is_text and isinstance(value, str) and _is_list(kind):
            value = [part.strip() for part in value.split(",") if part.strip()]
        try:
            return msgspec.convert(value, kind, strict=not is_text, dec_hook=_decoded)
        except msgspec.ValidationError as error:
            reason = "has the wrong type" if _holds_secret(kind) else _in_words(str(error))
            self._problems.append(f"{where}: {reason}")
            return None

    def _has_variable(self, variables: dict[str, tuple[str, str]]) -> bool:
        return any(name.startswith(self._key("")) for name in variables)

    def _key(self, name: str) -> str:
        return f"{self._path}{name}".replace(".", _LEVEL)

    def _variable(self, name: str) -> str:
        return PREFIX + self._key(name).upper()


def _tree_of_file(file: Path | None, problems: list[str]) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        content = file.read_text("utf-8")
        tree = msgspec.json.decode(content) if file.suffix == ".json" else tomllib.loads(content)
    except (OSError, UnicodeDecodeError):
        problems.append(f"{file}: cannot be read")
        return {}
    except (msgspec.DecodeError, tomllib.TOMLDecodeError):
        # The decoder's own message may quote the file, and a secret may stand in it.
        problems.append(f"{file}: is not {'JSON' if file.suffix == '.json' else 'TOML'}")
        return {}
    if isinstance(tree, dict):
        return tree
    problems.append(f"{file}: must hold a table")
    return {}


def _keys(item: msgspec.structs.FieldInfo, names: list[str]) -> list[str]:
    """What a field may be called: by its name, or for a secret by that of its file, unless that is a field too."""
    file = f"{item.name}_file"
    return [item.name, file] if _holds_secret(item.type) and file not in names else [item.name]


def _members(kind: Any) -> tuple[Any, ...]:
    """The types a field may have: those of a union, without its annotations."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        return get_args(kind)
    return (kind,)


def _struct_in(kind: Any) -> type[Struct] | None:
    return next((m for m in _members(kind) if isinstance(m, type) and issubclass(m, Struct)), None)


def _holds_secret(kind: Any) -> bool:
    return Secret in _members(kind)


def _is_list(kind: Any) -> bool:
    return any(get_origin(member) in (list, tuple, set, frozenset) for member in _members(kind))


def _decoded(kind: type, value: Any) -> Any:
    if kind is Secret or kind is Path:
        if isinstance(value, str) and value:
            return kind(value)
        raise ValueError("must be text that is not empty")
    raise NotImplementedError(f"settings cannot hold a {kind.__name__}")


def _paths(kind: type[Struct], path: str) -> list[str]:
    found: list[str] = []
    for item in msgspec.structs.fields(kind):
        nested = _struct_in(item.type)
        found += _paths(nested, f"{path}{item.name}.") if nested else [f"{path}{item.name}"]
    return found


def _meant(name: str, known: Any, *, is_variable: bool = False) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    if not close:
        return ""
    return f" (did you mean {PREFIX + close[0].upper() if is_variable else close[0]}?)"


def _in_words(message: str) -> str:
    """A decoder's message in our words: `Expected `int`, got `str`` becomes `must be int, not str`."""
    text = re.sub(r" '.*'", "", message.replace("`", "").split(" - at ", maxsplit=1)[0])
    return text.replace("Expected", "must be", 1).replace(", got", ", not", 1)
