"""The settings' promises: all faults at once, no value repeated, nothing asked for that a command does not need."""

import stat
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsFaults, kept_audit_key, load_settings, needed_to_run

SECRET = "hunter2-hunter2"  # the test looks for it in what is said
FOR_HTTP = {
    "slack_bot_token": "xoxb-1",
    "slack_signing_secret": "abc",
    "security_channel": "C0SECURITY",
    "security_leads": "S0LEADS, U0LEAD1",
}


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def refused(**given: object) -> SettingsFaults:
    with pytest.raises(SettingsFaults) as faults:
        load_settings(**given)
    return faults.value


def test_with_nothing_set_everything_has_its_default():
    settings = load_settings()
    assert (settings.host, settings.port, settings.slack_api_url) == ("127.0.0.1", 3000, "https://slack.com/api/")
    assert settings.database.startswith("sqlite:///")
    assert not settings.socket_mode
    assert (settings.knowledge / "questions").is_dir()


def test_all_faults_are_named_at_once_and_no_value_is_repeated():
    given = {field: f"{SECRET} {SECRET}" for field in Settings.model_fields if field != "openai_model"}
    error = refused(**given)
    assert [fault.variable for fault in error.faults] == [field.upper() for field in given]
    assert SECRET not in str(error)
    assert SECRET not in repr(error)


def test_a_secret_never_shows_when_settings_are_printed():
    kept = {
        "database_url": f"postgresql://u:{SECRET}@h/d",
        "slack_bot_token": f"xoxb-{SECRET}",
        "audit_key": SECRET * 3,
    }
    assert SECRET not in repr(load_settings(**kept, openai_api_key=SECRET, slack_signing_secret=SECRET))


def test_what_run_lacks_is_named_with_its_use_and_where_to_get_it():
    missing = needed_to_run(load_settings())
    names = ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SECURITY_CHANNEL", "SECURITY_LEADS"]
    assert [fault.variable for fault in missing] == names
    assert str(missing[1]) == (
        "SLACK_SIGNING_SECRET is missing: proves that a request comes from Slack; needed over HTTP. "
        "Slack app page > Basic Information > App Credentials > Signing Secret."
    )
    assert all(fault.meaning and fault.where for fault in missing)


def test_http_needs_the_signing_secret_and_socket_mode_does_not():
    assert needed_to_run(load_settings(**FOR_HTTP)) == []
    without_secret = FOR_HTTP | {"slack_signing_secret": ""}
    assert [fault.variable for fault in needed_to_run(load_settings(**without_secret))] == ["SLACK_SIGNING_SECRET"]
    assert needed_to_run(load_settings(**without_secret, slack_app_token="xapp-1")) == []


def test_the_environment_wins_over_the_file_and_empty_counts_as_not_set(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("PORT=4000\nHOST=0.0.0.0\nLOG_LEVEL=\nSLACK_APP_TOKEN=xapp-1\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("PORT", "5000")
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    settings = load_settings()
    assert (settings.port, settings.host, settings.log_level) == (5000, "0.0.0.0", "INFO")
    assert not settings.socket_mode


def test_the_example_file_can_be_used_as_it_is():
    example = Path(__file__).parent.parent / ".env.example"
    assert load_settings(env_file=example) == load_settings(env_file=None)


def test_an_unreadable_file_is_one_plain_fault():
    Path(".env").write_bytes(b"SLACK_BOT_TOKEN=xoxb-\xff")
    assert str(refused()) == ".env cannot be read. It has to be a text file in UTF-8 that you may read."


def test_ids_are_split_at_commas_and_kept_once():
    settings = load_settings(security_leads=" S0LEADS,U0ANA , U0ANA,", ciso="W0CEM")
    assert (settings.security_leads, settings.ciso) == (("S0LEADS", "U0ANA"), ("W0CEM",))


@pytest.mark.parametrize("wrong", ["#security", "@ana", "ana@example.com", "<@U0ANA>", "u0ana"])
def test_a_name_is_not_taken_for_an_id(wrong: str):
    error = refused(security_leads=f"U0BEN,{wrong}", security_channel=wrong, ciso=wrong)
    assert [fault.variable for fault in error.faults] == ["SECURITY_CHANNEL", "SECURITY_LEADS", "CISO"]
    assert "at place 2" in error.faults[1].problem


@pytest.mark.parametrize("address", ["https://slack.com/api/", "http://127.0.0.1:9000/api/", "http://[::1]:9/x/api/"])
def test_slack_is_slack_or_on_this_machine(address: str):
    assert load_settings(slack_api_url=address).slack_on_loopback == ("slack.com" not in address)


@pytest.mark.parametrize(
    "address",
    [
        "https://slack.com/api",
        "http://slack.com/api/",
        "https://slack.com.example/api/",
        "https://slack.com@example.com/api/",
        "http://127.0.0.1\\@example.com/api/",
        "http://127.0.0.1.example.com/api/",
        "http://127.0.0.1/?/api/",
        "http://[::1/api/",
        "ftp://127.0.0.1/api/",
        "slack.com/api/",
    ],
)
def test_the_bot_token_goes_nowhere_else(address: str):
    assert [fault.variable for fault in refused(slack_api_url=address).faults] == ["SLACK_API_URL"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_way_to_name_postgresql_is_taken(scheme: str):
    assert load_settings(database_url=f"{scheme}://ana:pw@db/preflight").database == (
        "postgresql+psycopg://ana:pw@db/preflight"
    )


@pytest.mark.parametrize(
    "url", ["mysql://db/x", "sqlite://", "sqlite:///:memory:", "sqlite+aiosqlite:///x", "preflight.db"]
)
def test_a_database_that_could_not_keep_a_decision_is_refused(url: str):
    assert [fault.variable for fault in refused(database_url=url).faults] == ["DATABASE_URL"]


@pytest.mark.parametrize("port", ["-1", "65536", "3000.0", "lots", "10" * 30, "３０００"])
def test_a_port_is_a_whole_number_in_range(port: str):
    assert [fault.variable for fault in refused(port=port).faults] == ["PORT"]


def test_a_setting_that_does_not_exist_is_a_programming_mistake():
    with pytest.raises(TypeError, match="slack_tokn"):
        load_settings(slack_tokn="xoxb-1")


def test_the_kept_audit_key_is_private_and_stays(tmp_path: Path):
    first, second = kept_audit_key(tmp_path / "data"), kept_audit_key(tmp_path / "data")
    assert first == second
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["audit.key"]
    assert stat.S_IMODE((tmp_path / "data" / "audit.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(("mode", "text"), [(0o644, "a" * 64), (0o600, "")])
def test_an_audit_key_that_others_may_know_or_that_is_damaged_is_refused(tmp_path: Path, mode: int, text: str):
    (tmp_path / "audit.key").write_text(text)
    (tmp_path / "audit.key").chmod(mode)
    with pytest.raises(SettingsFaults, match="AUDIT_KEY lies in a"):
        kept_audit_key(tmp_path)


def test_the_digest_comes_when_the_company_wants_it():
    settings = load_settings(time_zone="Asia/Manila", digest_day="fri", digest_hour="16")
    assert (settings.time_zone, settings.digest_weekday, settings.digest_hour) == ("Asia/Manila", 4, 16)
    assert (load_settings().digest_weekday, load_settings().digest_hour) == (0, 9)


def test_a_time_zone_that_does_not_exist_is_refused_with_the_one_that_was_meant():
    assert "did you mean Europe/Berlin" in str(refused(time_zone="Europe/Berln"))
    assert "no time zone" in str(refused(time_zone="localtime"))


@pytest.mark.parametrize(("field", "value"), [("digest_day", "T"), ("digest_day", "Someday"), ("digest_hour", "24")])
def test_a_digest_at_no_time_is_refused(field: str, value: str):
    assert [fault.variable for fault in refused(**{field: value}).faults] == [field.upper()]
