"""Every environment variable: its type, its default, one line of meaning. Only cli and wiring read this.

Values come from the environment, or from `.env` in the working directory; the environment wins, and an empty value
counts as not set. All faults are named at once, and none repeats a value: what was pasted into the wrong line may be
a secret.
"""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.settings import shapes


@dataclass(frozen=True)
class Variable:
    """One environment variable, as people read it in README.md and `.env.example`."""

    name: str
    default: str
    meaning: str
    where: str


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the settings: which variable, what is wrong, what it is for, where to get it."""

    variable: str
    problem: str
    meaning: str = ""
    where: str = ""

    def __str__(self) -> str:
        said = f"{self.variable} {self.problem}."
        if self.meaning:
            said = f"{said[:-1]}: {self.meaning}" if self.problem == "is missing" else f"{said} Its use: {self.meaning}"
        return f"{said} {self.where}".rstrip()


class SettingsFaults(Exception):
    """The settings cannot be used; every reason at once, one a line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def load_settings(*, env_file: Path | None = Path(".env"), **overrides: Any) -> "Settings":
    """Read the settings; what is given here wins over the environment. Raises SettingsFaults with all faults."""
    if unknown := overrides.keys() - Settings.model_fields.keys():
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    try:
        return Settings(_env_file=env_file, _env_file_encoding="utf-8", **overrides)
    except ValidationError as error:
        faults = [_fault(str(found["loc"][0]), _problem(found["msg"])) for found in error.errors(include_input=False)]
    except (OSError, UnicodeDecodeError):
        faults = [Fault(str(env_file), "cannot be read", where="It has to be a text file in UTF-8 that you may read.")]
    raise SettingsFaults(faults)


def needed_to_run(settings: "Settings") -> list[Fault]:
    """What `run` cannot do without and is not set; the other commands need none of it."""
    needed = ["slack_bot_token", "security_channel", "security_leads"]
    if not settings.socket_mode:
        needed.insert(1, "slack_signing_secret")
    return [_fault(field, "is missing") for field in needed if not getattr(settings, field)]


def variables() -> tuple[Variable, ...]:
    """Every variable in the order people read them."""
    return tuple(_variable(field) for field in Settings.model_fields)


def kept_audit_key(directory: Path) -> SecretStr:
    """The audit key kept in that folder, made on first use; for those who set no AUDIT_KEY."""
    kept = directory / "audit.key"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not kept.exists():
        # Written whole beside its place and then linked there: of two processes that start together one wins, and
        # neither ever reads half a key.
        draft = directory / f"audit.key.{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            with contextlib.suppress(FileExistsError):  # the other process was first: its key is the one
                kept.hardlink_to(draft)
        finally:
            draft.unlink()
        _make_durable(directory)
    if kept.stat().st_mode & 0o077:
        raise SettingsFaults([_fault("audit_key", "lies in a file that others may read", f"Run: chmod 600 '{kept}'")])
    key = kept.read_text().strip()
    if len(key) < shapes.SHORTEST_AUDIT_KEY:
        raise SettingsFaults([_fault("audit_key", "lies in a damaged file", f"Restore '{kept}' from a backup.")])
    return SecretStr(key)


def data_directory() -> Path:
    """Where this user's data lives when nothing else is said."""
    return user_data_path("preflight", appauthor=False)


def _make_durable(directory: Path) -> None:
    # A key that is lost with the power, after rows were chained with it, would make an honest trail look forged.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _setting(default: Any, meaning: str, *, where: str = "", shown: str | None = None) -> Any:
    """A field; `shown` is how people read its default where the value itself would tell them little."""
    extra: dict[str, Any] = {"where": where, "shown": shown if shown is not None else str(default or "")}
    return Field(default, description=meaning, json_schema_extra=extra)


# ── The settings ─────────────────────────────────────────────────────────────────────────────────────────────────────

_Leads = Annotated[
    tuple[str, ...], NoDecode, AfterValidator(shapes.ids(shapes.USER_OR_GROUP_ID, "U0123ABCD or S0123ABCD"))
]
_People = Annotated[tuple[str, ...], NoDecode, AfterValidator(shapes.ids(shapes.USER_ID, "U0123ABCD or W0123ABCD"))]


class Settings(BaseSettings):
    """What the process was told; frozen, and safe to print: secrets show as stars."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=False)

    slack_bot_token: Annotated[SecretStr | None, AfterValidator(shapes.secret("xoxb-"))] = _setting(
        None,
        "lets the bot read and write in Slack (xoxb-…).",
        where="Slack app page > OAuth & Permissions > Bot User OAuth Token.",
    )
    slack_signing_secret: Annotated[SecretStr | None, AfterValidator(shapes.secret())] = _setting(
        None,
        "proves that a request comes from Slack; needed over HTTP.",
        where="Slack app page > Basic Information > App Credentials > Signing Secret.",
    )
    slack_app_token: Annotated[SecretStr | None, AfterValidator(shapes.secret("xapp-"))] = _setting(
        None,
        "switches to Socket Mode, which needs no public address (xapp-…).",
        where="Slack app page > Basic Information > App-Level Tokens, with the scope connections:write.",
    )
    slack_api_url: Annotated[str, AfterValidator(shapes.slack_api)] = _setting(
        "https://slack.com/api/",
        "the address of Slack's Web API; another host than Slack's only on this machine.",
        where="Leave it out, except for trying things against a stand-in for Slack.",
    )
    security_channel: Annotated[str | None, AfterValidator(shapes.channel)] = _setting(
        None,
        "the id of the channel where the security leads decide (C… or G…).",
        where="In Slack: the channel's name > About, at the bottom. Invite the bot there.",
    )
    security_leads: _Leads = _setting(
        (),
        "who may sign off: a user group's id (S…), user ids (U…), or both, with commas between.",
        where="In Slack: a profile > ⋮ > Copy member ID; a user group > ⋮ > Copy group ID.",
    )
    ciso: _People = _setting(
        (),
        "user ids of those who sign as the CISO, with commas between; without one, what needs the CISO waits.",
        where="In Slack: a profile > ⋮ > Copy member ID.",
    )
    time_zone: Annotated[str, AfterValidator(shapes.zone)] = _setting(
        "UTC",
        "the company's own time zone, for the digest and for reminders in channels.",
        where="A name of the IANA list, like Europe/Berlin or America/New_York.",
    )
    digest_day: Annotated[str, AfterValidator(shapes.weekday)] = _setting("Monday", "the day of the weekly digest.")
    digest_hour: Annotated[int, AfterValidator(shapes.hour)] = _setting(9, "its hour, 0 to 23, by TIME_ZONE.")
    digest_channel: Annotated[str | None, AfterValidator(shapes.channel)] = _setting(
        None,
        "the id of the channel that gets the weekly digest.",
        where="In Slack: the channel's name > About, at the bottom. Invite the bot there.",
        shown="SECURITY_CHANNEL",
    )
    database_url: Annotated[SecretStr, AfterValidator(shapes.database)] = Field(
        default_factory=lambda: SecretStr(f"sqlite:///{data_directory() / 'preflight.sqlite3'}"),
        description="where reviews and decisions are kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE.",
        json_schema_extra={"where": "", "shown": "SQLite in the user's data directory"},
    )
    host: Annotated[str, AfterValidator(shapes.host)] = _setting("127.0.0.1", "the address to listen on, over HTTP.")
    port: int = _setting(3000, "the port to listen on, over HTTP; 0 takes any free one.")
    audit_key: Annotated[SecretStr | None, AfterValidator(shapes.secret(at_least=shapes.SHORTEST_AUDIT_KEY))] = (
        _setting(
            None,
            "the key that chains the audit trail, 16 characters or more; keep it apart from the database.",
            where="Make one: python3 -c 'import secrets; print(secrets.token_hex(32))'",
            shown="a random key, kept in a private file in the data directory",
        )
    )
    openai_api_key: Annotated[SecretStr | None, AfterValidator(shapes.secret())] = _setting(
        None,
        "a model's key. A model reads and drafts, it never decides, and everything works without one.",
        where="The account page of the model's provider; a service on your own machines may need none.",
    )
    openai_base_url: Annotated[str | None, AfterValidator(lambda value: value and shapes.model_address(value))] = (
        _setting(None, "the address of a service that speaks OpenAI's protocol.", shown="OpenAI's")
    )
    openai_model: str | None = _setting(None, "the name of the model to ask; without it no model is used.")
    model_use: Annotated[str, AfterValidator(shapes.model_use)] = _setting(
        "all",
        "what the model is used for until the security leads switch it in Slack: off, questions (only those to the "
        "knowledge base) or all.",
    )
    model_daily_tokens: Annotated[int, AfterValidator(shapes.at_least_one)] = _setting(
        500_000, "how many tokens a day the model may use up; the day is that of UTC."
    )
    model_at_once: Annotated[int, AfterValidator(shapes.at_least_one)] = _setting(
        8, "how many calls of the model may run at the same time."
    )
    model_removes: Annotated[tuple[str, ...], NoDecode, AfterValidator(shapes.removable)] = _setting(
        ("emails", "phones"),
        "what is taken out of words before the model reads them, beside secrets and card numbers, which always are: "
        "emails, phones, or none.",
        shown="emails, phones",
    )
    link_hosts: Annotated[tuple[str, ...], NoDecode, AfterValidator(shapes.hosts)] = _setting(
        (), "the hosts that a link in a model's words may lead to, with commas between; any other link is taken out."
    )
    log_level: Annotated[str, AfterValidator(shapes.level)] = _setting(
        "INFO", "how much is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL."
    )
    knowledge_dir: Annotated[Path | None, AfterValidator(shapes.folder)] = _setting(
        None, "the folder with the guidelines, questions and policy.", shown="the one that comes with the bot"
    )
    prompts_dir: Annotated[Path | None, AfterValidator(shapes.folder)] = _setting(
        None, "the folder with the prompts for a model.", shown="the one that comes with the bot"
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_set(cls, given: dict[str, Any]) -> dict[str, Any]:
        told = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
        return {name: value for name, value in told.items() if value != ""}

    @field_validator("security_leads", "ciso", "model_removes", "link_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("port", mode="before")
    @classmethod
    def _port_number(cls, value: Any) -> int:
        return shapes.port(value)

    @property
    def socket_mode(self) -> bool:
        """Slack is reached by a socket that we open, so nothing listens for Slack here."""
        return self.slack_app_token is not None

    @property
    def slack_on_loopback(self) -> bool:
        """Slack is played by something on this machine, so the other addresses it hands out may be here too."""
        return shapes.is_loopback(urlsplit(self.slack_api_url).hostname or "")

    @property
    def digest_weekday(self) -> int:
        """The day of the digest as a number; Monday is 0."""
        return shapes.WEEKDAYS.index(self.digest_day)

    @property
    def database(self) -> str:
        """The database's address as SQLAlchemy takes it, driver named. It may hold a password: never print it."""
        return shapes.POSTGRESQL.sub("postgresql+psycopg://", self.database_url.get_secret_value(), count=1)

    @property
    def model_set_up(self) -> bool:
        """Is there a model to ask: a name, and a key or an address of its own?"""
        return bool(self.openai_model) and (self.openai_api_key is not None or self.openai_base_url is not None)

    @property
    def knowledge(self) -> Path:
        """The folder that the knowledge is read from."""
        return self.knowledge_dir or _shipped("knowledge")

    @property
    def prompts(self) -> Path:
        """The folder that the prompts are read from."""
        return self.prompts_dir or _shipped("prompts")


def _shipped(folder: str) -> Path:
    package = Path(__file__).parents[1]
    in_wheel = package / "_data" / folder
    return in_wheel if in_wheel.is_dir() else package.parent / folder


def _variable(field: str) -> Variable:
    info = Settings.model_fields[field]
    extra = info.json_schema_extra
    if info.description is None or not isinstance(extra, dict):
        raise TypeError(f"{field} has no line of meaning")  # whoever adds a setting makes it with _setting
    return Variable(field.upper(), str(extra["shown"]), info.description, str(extra["where"]))


def _fault(field: str, problem: str, where: str = "") -> Fault:
    variable = _variable(field)
    return Fault(variable.name, problem, variable.meaning, where or variable.where)


def _problem(message: str) -> str:
    """What a validator above said, without pydantic's own words; pydantic's own refusals are of the type only."""
    return message.removeprefix("Value error, ") if message.startswith("Value error, ") else "has the wrong shape"
