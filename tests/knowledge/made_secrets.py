"""Secrets made up at run time, the way each kind really looks: none stands in a file, and none opens anything."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

LETTERS: Final = string.ascii_letters + string.digits
HEX: Final = "0123456789abcdef"
UPPER: Final = string.ascii_uppercase + string.digits
WORDLIKE: Final = LETTERS + "_-"


def some(r: Random, alphabet: str, size: int) -> str:
    return "".join(r.choice(alphabet) for _ in range(size))


def _jwt(r: Random) -> str:
    def part(said: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")

    claims = {"sub": str(r.randrange(10**9)), "name": some(r, LETTERS, 12), "iat": r.randrange(10**9)}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{some(r, WORDLIKE, 43)}"


def _private_key(r: Random) -> str:
    kind = r.choice(["RSA ", "EC ", "OPENSSH ", ""])
    body = "\n".join(some(r, LETTERS + "+/", 64) for _ in range(r.randrange(6, 26)))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


def _figures(r: Random, size: int) -> str:
    return r.choice("123456789") + some(r, string.digits, size - 1)


# What nothing but such a secret begins with.
BY_PREFIX: Final[Mapping[str, Callable[[Random], str]]] = {
    "aws key id": lambda r: r.choice(["AKIA", "ASIA"]) + some(r, UPPER, 16),
    "github token": lambda r: r.choice(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]) + some(r, LETTERS, 36),
    "github fine-grained token": lambda r: f"github_pat_{some(r, LETTERS, 22)}_{some(r, LETTERS, 59)}",
    "gitlab token": lambda r: "glpat-" + some(r, WORDLIKE, 20),
    "slack bot token": lambda r: f"xoxb-{_figures(r, 12)}-{_figures(r, 13)}-{some(r, LETTERS, 24)}",
    "slack browser token": lambda r: f"xoxc-{_figures(r, 12)}-{_figures(r, 12)}-{_figures(r, 12)}-{some(r, HEX, 64)}",
    "slack browser cookie": lambda r: f"xoxd-{some(r, LETTERS, 60)}%2B{some(r, LETTERS, 40)}%3D",
    "salesforce session": lambda r: f"00D{some(r, LETTERS, 12)}!{some(r, LETTERS + '._', 96)}",
    "slack user token": lambda r: f"xoxp-{_figures(r, 12)}-{_figures(r, 12)}-{_figures(r, 13)}-{some(r, HEX, 32)}",
    "slack app token": lambda r: f"xapp-1-A{some(r, UPPER, 10)}-{_figures(r, 13)}-{some(r, HEX, 64)}",
    "slack webhook": lambda r: (
        f"https://hooks.slack.com/services/T{some(r, UPPER, 8)}/B{some(r, UPPER, 10)}/{some(r, LETTERS, 24)}"
    ),
    "stripe key": lambda r: r.choice(["sk_live_", "rk_live_", "sk_test_"]) + some(r, LETTERS, r.choice([24, 99])),
    "google key": lambda r: "AIza" + some(r, WORDLIKE, 35),
    "sendgrid key": lambda r: f"SG.{some(r, WORDLIKE, 22)}.{some(r, WORDLIKE, 43)}",
    "npm token": lambda r: "npm_" + some(r, LETTERS, 36),
    "pypi token": lambda r: "pypi-AgEIcHlwaS5vcmc" + some(r, WORDLIKE, r.randrange(120, 170)),
    "openai key": lambda r: r.choice(
        [
            f"sk-{some(r, LETTERS, 20)}T3BlbkFJ{some(r, LETTERS, 20)}",
            f"sk-proj-{some(r, WORDLIKE, 74)}T3BlbkFJ{some(r, WORDLIKE, 74)}",
        ]
    ),
    "anthropic key": lambda r: f"sk-ant-api03-{some(r, WORDLIKE, 93)}AA",
    "session token": _jwt,
    "private key": _private_key,
    "digitalocean token": lambda r: "dop_v1_" + some(r, HEX, 64),
    "shopify token": lambda r: "shpat_" + some(r, HEX, 32),
    "hugging face token": lambda r: "hf_" + some(r, LETTERS, 34),
    "twilio key": lambda r: "SK" + some(r, HEX, 32),
    "telegram token": lambda r: f"{_figures(r, 10)}:AA{some(r, WORDLIKE, 33)}",
}

SYMBOLS: Final = "!#$%&*+-?@^_~"


def password(r: Random) -> str:
    """What people choose, and what machines choose for them."""
    match r.randrange(4):
        case 0:
            word = r.choice(["Sommer", "Winter", "Dragon", "Madrid", "Hunter", "Welcome", "Qwerty", "Barcelona"])
            return f"{word}{r.randrange(1, 3000)}{r.choice(['', '!', '#', '$$'])}".ljust(6, "x")
        case 1:
            return some(r, LETTERS, r.randrange(10, 21))
        case 2:
            return some(r, LETTERS, 1) + some(r, LETTERS + SYMBOLS, r.randrange(9, 20)) + some(r, string.digits, 1)
        case _:
            word = r.choice(["P@ssw0rd", "L3tM3In", "S3cr3t", "Adm1n", "t0mat0", "Fu55ball"])
            return f"{word}{r.choice('!#_-.')}{r.randrange(100)}"


def _plain(r: Random) -> str:
    """A password that may stand in an address as it is."""
    return some(r, LETTERS, 1) + some(r, LETTERS + "!$_-.", r.randrange(7, 20))


# Each gives the words around it with the secret in them, and the secret alone.
Said = tuple[str, str]


def _password_said(r: Random) -> Said:
    secret = password(r)
    key = r.choice(
        ["password", "Password", "PASSWORD", "passwd", "Passwort", "Kennwort", "contraseña", "Contraseña", "pwd", "pw"]
    )
    form = r.choice(
        [
            '{key}: "{it}"',
            "{key}: {it}",
            "{key}:{it}",
            "{key} = {it}",
            "{key}={it}",
            "{key}: `{it}`",
            "the {key} is {it}",
            "*{key}:* {it}",
            "{key} for the test account: {it}",
            '"{key}": "{it}"',
            "{key}:\n{it}",
        ]
    )
    return form.format(key=key, it=secret), secret


def _database_said(r: Random) -> Said:
    secret = _plain(r)
    scheme = r.choice(
        ["postgres", "postgresql", "mysql", "mongodb", "mongodb+srv", "redis", "amqp", "postgresql+psycopg"]
    )
    user = (
        r.choice(["app", "admin", "svc_report", "", "root"])
        if scheme == "redis"
        else r.choice(["app", "admin", "root"])
    )
    return f"{scheme}://{user}:{secret}@db{r.randrange(9)}.example.com:{r.randrange(1024, 9999)}/orders", secret


def _address_said(r: Random) -> Said:
    secret = _plain(r)
    scheme = r.choice(["https", "http", "ftp", "sftp", "ssh", "smb"])
    return f"{scheme}://{r.choice(['anna', 'svc', 'deploy'])}:{secret}@host{r.randrange(99)}.example.com/path", secret


def _key_said(r: Random) -> Said:
    secret = some(r, LETTERS, r.choice([24, 32, 40, 64]))
    key = r.choice(
        ["API key", "api_key", "access token", "client secret", "auth token", "Secret key", "aws_secret_access_key"]
    )
    return r.choice(["{key}: {it}", "{key}={it}", 'my {key} is "{it}"', "{key} = {it}"]).format(
        key=key, it=secret
    ), secret


def _beside_said(r: Random) -> Said:
    secret = some(r, LETTERS, 3) + some(r, string.digits, 2) + some(r, "!#%&*", 1) + some(r, LETTERS, 5)
    form = r.choice(
        ["password {it}", "pw {it}", "password - {it}", "Password\n{it}", "login anna / {it}", "credentials: anna:{it}"]
    )
    return form.format(it=secret), secret


def _key_beside_said(r: Random) -> Said:
    secret = r.choice([some(r, HEX, 32), some(r, LETTERS, 40), some(r, LETTERS, 24)])
    name = r.choice(["datadog api key", "the zendesk token", "twilio auth token", "Client secret", "my access key"])
    return f"{name}{r.choice([' ', '  ', chr(10)])}{secret}", secret


IN_WORDS: Final[Mapping[str, Callable[[Random], Said]]] = {
    "password": _password_said,
    "database address": _database_said,
    "address with a password": _address_said,
    "key in words": _key_said,
    "password without a colon": _beside_said,
    "key without a colon": _key_beside_said,
}

# Where people put them.
AROUND: Final = (
    "{it}",
    "We use {it} for now",
    "please check Otter.ai, {it}, thanks",
    "this is it: {it}.",
    "It was `{it}`",
    "({it})",
    "Hola, uso {it} ahora",
    "Für den Test nehmen wir {it} – ok?",
    "line one\n{it}\nline three",
    "<@U0PREFLIGHT> is this ok? {it} 🙂",
    "ñandú äöü 漢字 {it} 🙂 and more",
    '"{it}", she said',
)


def card_number(r: Random, issuer: str) -> str:
    """A number that passes the check, of nobody's card."""
    start, size = {
        "visa": (r.choice(["4", "453", "4929"]), 16),
        "mastercard": (str(r.choice([51, 52, 53, 54, 55, 2221, 2500, 2720])), 16),
        "amex": (r.choice(["34", "37"]), 15),
        "discover": (r.choice(["6011", "65", "644"]), 16),
    }[issuer]
    digits = start + some(r, string.digits, size - len(start) - 1)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def grouped(number: str, between: str) -> str:
    """A card number as it stands on the card."""
    if len(number) == 15:
        return between.join((number[:4], number[4:10], number[10:]))
    return between.join(number[at : at + 4] for at in range(0, len(number), 4))
