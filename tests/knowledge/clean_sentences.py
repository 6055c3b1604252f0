"""Thousands of sentences without a secret: ours, people's, and those that look like one to whoever reads carelessly."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

from bot.knowledge import default_folder

SENTENCES = Path(__file__).parent.parent / "domain" / "sentences.toml"


def clean_sentences() -> list[str]:
    """All of them, each once."""
    return list(dict.fromkeys((*_ours(), *_asked(), *_made(Random(20261126)))))


def _ours() -> Iterator[str]:
    folder = default_folder()
    for page in sorted((*folder.glob("guidelines/*.md"), folder / "README.md")):
        yield from (line.strip() for line in page.read_text("utf-8").splitlines() if len(line.strip()) > 8)
    for page in sorted(folder.glob("questions/*.toml")):
        yield from _texts(tomllib.loads(page.read_text("utf-8")))
    for page in sorted(folder.glob("policy/*.toml")):
        yield from _texts(tomllib.loads(page.read_text("utf-8")))


def _texts(found: object) -> Iterator[str]:
    match found:
        case str():
            yield found
        case dict():
            for each in found.values():
                yield from _texts(each)
        case list():
            for each in found:
                yield from _texts(each)


def _asked() -> Iterator[str]:
    tables = tomllib.loads(SENTENCES.read_text("utf-8"))
    for half in ("tuned", "held"):
        yield from (each["text"] for each in tables[half])


TOOLS = (
    "Otter.ai",
    "1Password",
    "Notepad++",
    "Zoom 6.2.1",
    "KeePassXC",
    "LastPass",
    "Keycloak",
    "Azure AD",
    "Okta",
    "Slack",
)
ABOUT = (
    "Is {tool} safe to roll out to {n} home agents?",
    "{tool} stores passwords hashed with argon2id and the tokens are rotated every {n} days.",
    "Password policy of {tool}: at least {n} characters, MFA through SSO/SAML2.",
    "Password: required. Secret questions: none. Token lifetime: {n} minutes.",
    "The API key is kept in {tool}; access is reviewed each {n} days.",
    "Passwort: mindestens {n} Zeichen, kein Passwort im Klartext bei {tool}.",
    "La contraseña es obligatoria y caduca a los {n} días en {tool}.",
    "Access token: short-lived, {n} min. Refresh token: bound to the device.",
    "authentication: OAuth2.0 + PKCE, {tool} is the identity provider",
    "secret: managed by {tool}, key: rotated, credentials: per agent",
    "curl is used to fetch the report from {tool} every {n} minutes",
    "Key contact: Anna Lee (Example), {n} seats, go-live 2026-12-01, see https://example.com/{tool}?page={n}",
    "Basic authentication is switched off; Bearer tokens are used instead in {tool}",
    "password manager: {tool}, {n} vaults",
    "The password is stored in {tool} and nobody knows it, {n} people can reset it.",
    "Das Passwort ist unbekannt, bitte {tool} fragen ({n}).",
    "pass: {n} of {n}; fail: none ({tool})",
    "Encryption key: AES-256-GCM, kept in {tool}, rotated every {n} days",
    "login: SSO/SAML2 through {tool}, credentials are never shared with {n} people",
    "The password Bitwarden2024 group keeps {n} vaults for {tool}",
    "password FIDO2/WebAuthn - {n} keys, Guest pass: visitor-{n}, Boarding pass: LH{n}-26NOV",
    "client secret: stored in Key Vault ({tool}), owner: U0{n}ABCDE",
)
IDS = (
    "fixed in commit {sha}",
    "see commit {short}, build {long}",
    "sha256:{hex64} is the digest of the installer",
    "review {uuid} belongs to ticket HELP-{n}",
    "Key: {uuid8}, ticket INC00{n}{n}",
    "Case {long} is still open",
    "case number {sixteen}, please look",
    "call me at +1 415 555 0{three} or +49 170 {seven}",
    "phone (415) 555-0{three}, ext. {n}",
    "phone: 0049 170 {seven}, Fax 089 {seven}",
    "version {a}.{b}.{c}-rc.{a}+build.{n} on 10.{a}.{b}.{c}",
    "https://example.atlassian.net/browse/SEC-{n}?focusedCommentId={long}",
    "https://example.com/docs/{uuid}/page?utm_source=mail&id={n}",
    "https://github.com/example/tool/commit/{sha}",
    "https://example.slack.com/archives/C0{n}ABCDE/p{sixteen}",
    "IBAN DE{two} {four} {four} {four} {four} {two}",
    "order {sixteen}, tracking number 1Z{sixteen}",
    "on 2026-{mm}-{mm} at 14:{mm} we met in room 4.{n}",
    "seats: {n}, price: {n},{two}0.00 EUR, invoice no. {ten}",
    "mac 00:1a:{two}:3f:{two}:5e, serial {upper}",
    "timestamp 17{ten} and 17{eight}.{six}",
    "docker image example/tool@sha256:{hex64}",
    "ISBN 978-3-16-1{five}-0, IMEI {fifteen}",
    "@anna can you check client id {uuid}?",
    "S3 path s3://example-bucket/{uuid}/export-2026-{mm}.csv",
    "git checkout -b fix/{short}-login, then run make test-{n}",
    "http://localhost:{four}/@anna/settings and https://host.example.com:8443/a@b",
)


def _made(r: Random) -> Iterator[str]:
    for about in ABOUT:
        for tool in TOOLS:
            yield about.format(tool=tool, n=r.randrange(2, 400))
    for ids in IDS:
        for _ in range(40):
            yield ids.format(**_ids(r))


def _ids(r: Random) -> dict[str, str]:
    def figures(size: int) -> str:
        return str(r.randrange(10 ** (size - 1), 10**size))

    sha = f"{r.getrandbits(160):040x}"
    uuid = str(UUID(int=r.getrandbits(128), version=4))
    numbers = {"two": 2, "three": 2, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10}
    return {
        "sha": sha,
        "short": sha[:8],
        "hex64": f"{r.getrandbits(256):064x}",
        "uuid": uuid,
        "uuid8": uuid[:8],
        "long": figures(12),
        "fifteen": figures(15),
        "sixteen": figures(16),
        "mm": f"{r.randrange(1, 13):02}",
        "n": str(r.randrange(1, 9000)),
        **{key: str(r.randrange(20)) for key in "abc"},
        **{key: figures(size) for key, size in numbers.items()},
        "upper": re.sub("[^0-9A-Z]", "X", f"{r.getrandbits(60):X}"),
    }
