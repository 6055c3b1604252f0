"""Facts about how a tool will be used: they select the questions and set the inherent risk. Nothing here scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

UNKNOWN: Final = "unknown"
ALL_CLIENTS: Final = "all"

KINDS: Final = (
    "saas",
    "self_hosted",
    "endpoint_agent",
    "browser_extension",
    "mobile_app",
    "ai_llm",
    "oss_library",
    "remote_access",
    "telephony_acd",
    "communication",
    "integration",
)
DATA: Final = (
    "public",
    "internal",
    "confidential",
    "customer_pii",
    "recordings",
    "phi",
    "credentials",
    "cardholder",
)
USERS: Final = ("hq_staff", "contractors", "client_facing", "wah_agents", "vendor_staff")
LAYERS: Final = ("people", "application", "data", "endpoint", "network", "identity")
CHANGES: Final = ("new", "expansion", "change", "renewal", "replacement")
TIERS: Final = (1, 2, 3, 4)
DERIVED: Final = (
    "client_data",
    "sensitive",
    "regulated",
    "remote",
    "outsiders",
    "on_device",
    "runs_by_us",
    "telephony_self",
    "has_client",
    "multi_client",
    "has_prior",
    "tier2",
    "tier3",
    "tier4",
)
ATOMS: Final = frozenset(KINDS + DATA + USERS + LAYERS + DERIVED)

# Every click looks twice at what follows from its review's profile: 22 µs each time, and 3 where it is kept. So few are
# kept that it is those in use.
KEPT: Final = 64

SEATS_LIMIT: Final = 10_000_000  # more than any company seats; beyond it is a slip of the finger
CLIENTS_LIMIT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Clients:
    """Whose data or work it touches: names, a bare number, all of them, or not known."""

    names: frozenset[str] = frozenset()
    number: int = 0
    everyone: bool = False
    unknown: bool = False

    @classmethod
    def named(cls, names: Iterable[str]) -> Clients:
        """Read a list as people give it: names, and the codes "all" and "unknown"."""
        given = frozenset(names)
        kept = given - {UNKNOWN, ALL_CLIENTS, "none"}
        return cls(names=kept, number=len(kept), everyone=ALL_CLIENTS in given, unknown=UNKNOWN in given)

    @classmethod
    def counted(cls, number: int) -> Clients:
        """So many clients, names not given."""
        return cls(number=number)

    @property
    def any(self) -> bool:
        return self.unknown or self.everyone or self.number >= 1

    @property
    def several(self) -> bool:
        return self.unknown or self.everyone or self.number >= 2

    def within(self, other: Clients) -> bool:
        """Is everything named here also named there?"""
        if other.everyone and not self.unknown:
            return True
        if self.everyone or self.unknown:
            return False
        # A bare number says how many, never who: it covers no client by name.
        return self.names <= other.names and self.number - len(self.names) <= other.number - len(other.names)

    @property
    def nameless(self) -> bool:
        """Does it touch clients nobody named? Then it is not known whether it touches a certain one."""
        return self.unknown or self.number > len(self.names)

    def codes(self) -> list[str] | int:
        """The form in which a case file or a stored row spells it."""
        if self.unknown or self.everyone or self.names or not self.number:
            return sorted(self.names) + [ALL_CLIENTS] * self.everyone + [UNKNOWN] * self.unknown
        return self.number


NO_CLIENTS: Final = Clients()


@dataclass(frozen=True, slots=True)
class Profile:
    """The facts of use. A set holding "unknown", or `seats` of None, says that somebody did not know."""

    kinds: frozenset[str]
    data: frozenset[str]
    users: frozenset[str]
    seats: int | None
    clients: Clients = NO_CLIENTS
    layers: frozenset[str] = frozenset()
    change: str = "new"
    has_prior: bool = False

    @property
    def unknown_facts(self) -> tuple[str, ...]:
        """The facts nobody knew, by name, in the order of the form."""
        gaps = {
            "kinds": UNKNOWN in self.kinds or not self.kinds,
            "data": UNKNOWN in self.data or not self.data,
            "users": UNKNOWN in self.users or not self.users,
            "seats": self.seats is None,
            "clients": self.clients.unknown,
            "layers": UNKNOWN in self.layers,
        }
        return tuple(name for name, missing in gaps.items() if missing)


@dataclass(frozen=True, slots=True)
class Inferred:
    """A fact that follows from others: the value added to `fact`, and the codes it follows from."""

    fact: str
    value: str
    because: tuple[str, ...]


SCREEN_KINDS: Final = ("browser_extension", "endpoint_agent", "remote_access")
SCREEN_USERS: Final = ("wah_agents", "client_facing", "vendor_staff")


@lru_cache(maxsize=KEPT)
def infer(profile: Profile) -> tuple[Profile, tuple[Inferred, ...]]:
    """Add what follows from what was said; facts are only ever added."""
    found: list[Inferred] = []
    data, layers = set(profile.data), set(profile.layers)

    def add(fact: str, to: set[str], value: str, *because: str) -> None:
        if value not in to:
            to.add(value)
            found.append(Inferred(fact, value, because))

    for kind in SCREEN_KINDS:
        seen_by = next((group for group in SCREEN_USERS if group in profile.users), None)
        if kind in profile.kinds and seen_by:
            add("data", data, "customer_pii", kind, seen_by)
    if "telephony_acd" in profile.kinds:
        add("data", data, "customer_pii", "telephony_acd")
    if "identity" in layers:
        add("data", data, "credentials", "identity")
    if "credentials" in data:
        add("layers", layers, "identity", "credentials")
    if "remote_access" in profile.kinds:
        add("layers", layers, "network", "remote_access")
        add("layers", layers, "endpoint", "remote_access")
    for kind in ("endpoint_agent", "browser_extension"):
        if kind in profile.kinds:
            add("layers", layers, "endpoint", kind)
    return replace(profile, data=frozenset(data), layers=frozenset(layers)), tuple(found)


@lru_cache(maxsize=KEPT)
def atoms(profile: Profile, tier: int) -> frozenset[str]:
    """Everything that conditions may name and that holds for this profile, which must have been through `infer`.

    Each can only switch on as the profile grows; that is what keeps growth from hiding a question.
    """
    kinds, data, users = profile.kinds, profile.data or {UNKNOWN}, profile.users or {UNKNOWN}
    on = set(kinds | data | users | profile.layers) - {UNKNOWN}
    holds: Mapping[str, bool] = {
        "client_data": not data.isdisjoint({"customer_pii", "recordings", "phi", "cardholder", UNKNOWN}),
        "sensitive": not data.isdisjoint(
            {"customer_pii", "recordings", "phi", "cardholder", UNKNOWN, "confidential", "credentials"}
        ),
        "regulated": not data.isdisjoint({"phi", "cardholder", UNKNOWN}),
        "remote": not users.isdisjoint({"wah_agents", "contractors", "vendor_staff", "client_facing", UNKNOWN}),
        "outsiders": not users.isdisjoint({"contractors", "vendor_staff"}),
        "on_device": not kinds.isdisjoint({"endpoint_agent", "browser_extension", "mobile_app", "remote_access"}),
        "runs_by_us": not kinds.isdisjoint({"self_hosted", "oss_library", "endpoint_agent", "remote_access"}),
        "telephony_self": {"telephony_acd", "self_hosted"} <= kinds,
        "has_client": profile.clients.any,
        "multi_client": profile.clients.several,
        "has_prior": profile.has_prior,
        "tier2": tier >= 2,
        "tier3": tier >= 3,
        "tier4": tier >= 4,
    }
    return frozenset(on | {name for name, so in holds.items() if so})


@dataclass(frozen=True, slots=True)
class Condition:
    """“This and that, or the other”: holds when every atom of a group does. Without a “not”, growth never undoes it."""

    text: str
    groups: tuple[frozenset[str], ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read `a and b or c`; "and" binds tighter. Raises ValueError naming what is not a fact."""
        if text.strip() == "always":
            return ALWAYS
        groups = tuple(frozenset(part.split(" and ")) for part in " ".join(text.split()).split(" or "))
        strangers = sorted({atom for group in groups for atom in group} - ATOMS)
        if strangers:
            raise ValueError(f"not a fact: {', '.join(repr(s) for s in strangers)}")
        return cls(" ".join(text.split()), groups)

    def holds(self, on: frozenset[str]) -> bool:
        return any(group <= on for group in self.groups)


ALWAYS: Final = Condition("always", (frozenset(),))
