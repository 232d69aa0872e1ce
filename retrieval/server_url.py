"""The address of a corpus on a PostgreSQL server: what the client library is given, and what people are shown.

Knows nothing about databases. What is shown has no password in it, nor has any error: where an address cannot be read,
nobody can say which part of it is secret, so none of it is repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from .errors import StoreError

SCHEMA = "domain_tuner"  # of the corpus whose address names none
_SHOWN = ("host", "port", "dbname", "user", "service")  # of what may stand after the question mark
_HOST = re.compile(r"([\w.%-]*|\[[0-9a-fA-F:.]+\])(:\d+)?")
UNREADABLE = (
    "The address of the store cannot be read. Expected postgresql://user@host/database, with ?schema=name for one of "
    "several corpora in it. In a name or password, write @ as %40, / as %2F, : as %3A, # as %23 and ? as %3F."
)


@dataclass(frozen=True)
class ServerUrl:
    """Where a corpus is: the `url` without our own `schema`, which is the namespace of its tables."""

    url: str = field(repr=False)
    schema: str
    shown: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, text: str) -> str:
        """`text`, as a server or a library gave it, without the password."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def server_url(given: str) -> ServerUrl:
    """Raises StoreError for what is no such address."""
    try:
        parts = urlsplit(given)
        asked = parse_qsl(parts.query, strict_parsing=True) if parts.query else []
    except ValueError:
        raise StoreError(UNREADABLE) from None
    user, _, hosts = parts.netloc.rpartition("@")
    stray = "@" in user + parts.path + parts.query or parts.fragment or not all(map(_HOST.fullmatch, hosts.split(",")))
    if parts.scheme not in ("postgresql", "postgres") or stray:
        raise StoreError(UNREADABLE)
    schema = dict(asked).get("schema", SCHEMA)
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
        raise StoreError("The schema of the store must be a name of small letters, digits and _. Choose another one.")
    passed = [(name, value) for name, value in asked if name != "schema"]
    name, _, password = user.partition(":")
    secrets = [password, *(value for name, value in passed if "password" in name)]
    shown = [(key, value) for key, value in asked if key in (*_SHOWN, "schema")]
    place = ("postgresql", f"{name}@{hosts}" if name else hosts, parts.path)
    return ServerUrl(
        urlunsplit((*parts[:3], urlencode(passed, quote_via=quote), "")),
        schema,
        urlunsplit((*place, urlencode(shown, quote_via=quote, safe="/"), "")),
        tuple({form for secret in secrets if secret for form in (secret, unquote(secret))}),
    )
