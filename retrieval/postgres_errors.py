"""What PostgreSQL or its client library says -> what a person can act on; never with the password in it.

Knows nothing about statements.
"""

from __future__ import annotations

import re

from psycopg import Error, InterfaceError, OperationalError, errors

from .errors import (
    BrokenStore,
    DiskFull,
    EmbeddingModelError,
    StoreBusy,
    StoreError,
    StoreUnreachable,
)
from .server_url import ServerUrl
from .sql import BUSY_SECONDS, changed
from .store import made_anew

LOST = (OperationalError, InterfaceError)
REFUSED = (errors.ProgramLimitExceeded, errors.QueryCanceled)  # operational errors of a connection that goes on
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_OTHER_TABLES = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.DuplicateTable)


def sentence_of(error: Error, server: ServerUrl) -> StoreError | EmbeddingModelError | None:
    """None for what is a bug."""
    place = server.shown
    if isinstance(error, errors.DiskFull):
        return DiskFull(f"The disk of {place} is full; the corpus is as it was before. Free some space and try again.")
    if isinstance(error, _BUSY):
        return StoreBusy(
            f"Another client has been writing to {place} for over {BUSY_SECONDS} s. Try again when it is done."
        )
    if isinstance(error, (errors.FeatureNotSupported, errors.UndefinedFile)) and "extension" in str(error):
        return no_extension(server, None)
    if isinstance(error, errors.InsufficientPrivilege):
        return StoreError(
            f"This user may not do that in {place} ({_reason(error, server)}). Have the administrator of the database "
            'run "CREATE EXTENSION vector" and give the user the right to create a schema in it, or own one.'
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreError(f"{place} is a copy that can only be read. Give the address of the server that takes writes.")
    if isinstance(error, errors.IntegrityError):
        return StoreError(changed(place))
    if isinstance(error, errors.DataException) and "dimensions" in str(error):
        return made_anew(place)
    if isinstance(error, _OTHER_TABLES):
        return BrokenStore(
            f"The tables in {place} are not those of a corpus ({_reason(error, server)}). Put a backup of the database "
            "back, or name another schema with ?schema=name."
        )
    if isinstance(error, REFUSED):
        return StoreError(
            f"The server of {place} did not do that ({_reason(error, server)}); the corpus is as it was before. Have "
            "its administrator look at that limit, then run the same again."
        )
    if isinstance(error, LOST):
        return StoreUnreachable(
            f"The server of {place} does not answer, or does not let us in: {_reason(error, server)}. Every document "
            "is wholly in or wholly out. Check the address, the password (PGPASSWORD or ~/.pgpass) and that the server "
            "runs, then run the same again."
        )
    return None


def no_extension(server: ServerUrl, met: str | None) -> StoreError:
    return StoreError(
        f"A corpus needs the extension pgvector 0.8 or later in its database; in {server.shown} there is "
        f"{f'version {met}' if met else 'none'}. Install it on the server (Debian: postgresql-NN-pgvector) and have "
        'the administrator run "CREATE EXTENSION vector" in the database.'
    )


def _reason(error: Error, server: ServerUrl) -> str:
    """The server's own words; of a connection that failed the last part alone, as the library repeats the address."""
    said = error.diag.message_primary or str(error)
    parts = re.findall(r"(?:FATAL:|failed:|error:)\s*([^\n]+)", said)
    first = (parts[-1] if parts else said).strip().split("\n")[0] or "the connection was lost"
    return server.without_secrets(first).rstrip(".")
