"""Settings come from a file and the environment; all their mistakes are told at once, without a value."""

from pathlib import Path

import msgspec
import pytest

from chassis.secret import Secret
from chassis.settings import ServerSettings, SettingsError, load_settings

CANARY = "CANARY-dsn-5521"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    daily_count: int = 3
    confirm_above_minor: int


class RefundSettings(msgspec.Struct, frozen=True, kw_only=True):
    provider_key: Secret
    limits: Limits
    channels: tuple[str, ...] = ()
    is_advance_paid: bool = False


REFUND = {"refund": RefundSettings}
LIMIT_VARIABLE = "REDRESS_SERVICES__REFUND__LIMITS__CONFIRM_ABOVE_MINOR"
REFUND_VARIABLES = {
    "REDRESS_SERVICES__REFUND__PROVIDER_KEY": CANARY,
    LIMIT_VARIABLE: "20000",
}


def problems_of(environ: dict[str, str], file: Path | None = None, *, is_refund: bool = False) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(REFUND if is_refund else {}, environ, file)
    assert CANARY not in str(caught.value)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def test_nothing_given_means_the_embedded_servers_and_defaults() -> None:
    assert load_settings({}, {"PATH": "/bin"}).server == ServerSettings()


def test_the_environment_fills_typed_fields() -> None:
    environ = {
        "REDRESS_HTTP_PORT": "8123",
        "REDRESS_DATA_FOLDER": "/srv/redress",
        "REDRESS_IS_TRACING": "true",
    }
    server = load_settings({}, environ).server
    assert (server.http_port, server.data_folder, server.is_tracing) == (8123, Path("/srv/redress"), True)


def test_a_services_settings_are_nested_and_typed() -> None:
    refund = load_settings(REFUND, {**REFUND_VARIABLES, "REDRESS_SERVICES__REFUND__CHANNELS": "alipay, wechat"})
    settings = refund.of("refund", RefundSettings)
    assert settings.provider_key.reveal() == CANARY
    assert settings.limits == Limits(daily_count=3, confirm_above_minor=20_000)
    assert settings.channels == ("alipay", "wechat")
    assert CANARY not in repr(refund)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "redress.toml",
            'http_port = 9000\n[services.refund]\nprovider_key = "k"\nlimits.confirm_above_minor = 5\n',
        ),
        (
            "redress.json",
            '{"http_port":9000,"services":{"refund":{"provider_key":"k","limits":{"confirm_above_minor":5}}}}',
        ),
    ],
)
def test_a_file_is_read_and_the_environment_wins_over_it(tmp_path: Path, name: str, content: str) -> None:
    file = tmp_path / name
    file.write_text(content)
    settings = load_settings(REFUND, {"REDRESS_SERVICES__REFUND__LIMITS__DAILY_COUNT": "7"}, file)
    assert settings.server.http_port == 9000
    assert settings.of("refund", RefundSettings).limits == Limits(daily_count=7, confirm_above_minor=5)
    named = load_settings(REFUND, {"REDRESS_SETTINGS_FILE": str(file), "REDRESS_HTTP_PORT": "9001"})
    assert named.server.http_port == 9001


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "dsn"
    file.write_text(f"{CANARY}\n")
    server = load_settings({}, {"REDRESS_POSTGRES_DSN_FILE": str(file)}).server
    assert server.postgres_dsn == Secret(CANARY)
    (tmp_path / "redress.toml").write_text(f'postgres_dsn_file = "{file}"')
    assert load_settings({}, {}, tmp_path / "redress.toml").server.postgres_dsn == Secret(CANARY)


def test_a_field_that_ends_in_file_is_a_path_and_is_not_read(tmp_path: Path) -> None:
    server = load_settings({}, {"REDRESS_MASTER_KEY_FILE": str(tmp_path / "key")}).server
    assert server.master_key_file == tmp_path / "key"
    assert server.master_key is None


def test_each_service_gets_a_database_of_its_own() -> None:
    server = ServerSettings(postgres_dsn=Secret("postgresql://{service}@host/{service}"))
    assert server.postgres_dsn_of("order") == Secret("postgresql://order@host/order")
    assert ServerSettings().postgres_dsn_of("order") is None


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "redress.toml"
    file.write_text(f'kafka_bootstap = "{CANARY}"\nhttp_host = 7\n[services.refnud]\nx = 1\n[services.refund]\n')
    environ = {
        "REDRESS_HTTP_PORT": CANARY,
        "REDRESS_HTPP_HOST": CANARY,
        "REDRESS_SERVICES__REFUND__LIMITS__DAILY_COUNT": "many",
    }
    assert sorted(problems_of(environ, file, is_refund=True)) == [
        "REDRESS_HTPP_HOST: unknown setting (did you mean REDRESS_HTTP_HOST?)",
        "REDRESS_HTTP_PORT: must be int, not str",
        "REDRESS_SERVICES__REFUND__LIMITS__DAILY_COUNT: must be int, not str",
        "http_host: must be str, not int",
        "kafka_bootstap: unknown setting (did you mean kafka_bootstrap?)",
        "services.refnud: no such service (did you mean refund?)",
        f"services.refund.limits.confirm_above_minor: is missing (variable {LIMIT_VARIABLE})",
        "services.refund.provider_key: is missing (variable REDRESS_SERVICES__REFUND__PROVIDER_KEY)",
    ]


def test_a_number_out_of_range_is_told_in_words() -> None:
    assert problems_of({"REDRESS_HTTP_PORT": "70000"}) == ["REDRESS_HTTP_PORT: must be int <= 65535"]


@pytest.mark.parametrize("content", ["not = = toml " + CANARY, "http_port = [1"])
def test_a_malformed_file_is_named_and_not_quoted(tmp_path: Path, content: str) -> None:
    file = tmp_path / "redress.toml"
    file.write_text(content)
    assert problems_of({}, file) == [f"{file}: is not TOML"]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.json", "{", "is not JSON"),
        ("b.json", "[]", "must hold a table"),
        ("c.toml", None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path: Path, name: str, content: str | None, problem: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_text(content)
    assert problems_of({}, file) == [f"{file}: {problem}"]


def test_sections_must_be_tables(tmp_path: Path) -> None:
    file = tmp_path / "redress.json"
    file.write_text('{"services": {"refund": 3}}')
    assert problems_of({}, file, is_refund=True) == ["services.refund: must be a table"]
    file.write_text('{"services": 3}')
    assert "services: must be a table of services" in problems_of({}, file)


def test_a_secret_given_twice_or_in_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "dsn"
    file.write_text(CANARY)
    both = {"REDRESS_POSTGRES_DSN": CANARY, "REDRESS_POSTGRES_DSN_FILE": str(file)}
    assert problems_of(both) == ["REDRESS_POSTGRES_DSN: is given both as a value and as a file"]
    missing = {"REDRESS_POSTGRES_DSN_FILE": str(tmp_path / "none")}
    assert problems_of(missing) == ["REDRESS_POSTGRES_DSN_FILE: its file cannot be read"]
    assert problems_of({"REDRESS_POSTGRES_DSN": ""}) == ["REDRESS_POSTGRES_DSN: has the wrong type"]


def test_variables_of_the_test_suite_are_not_settings() -> None:
    assert load_settings({}, {"REDRESS_TEST_POSTGRES_DSN": "x"}).server == ServerSettings()
