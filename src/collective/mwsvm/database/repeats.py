"""Requests that are sent twice and must act once: the header ``Idempotency-Key``.

The answer is kept in the transaction of the change, so there is never one without the
other. Keys belong to the caller who made them up.
"""

from collections.abc import Callable
from collective.mwsvm.database.tables import repeats
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from hashlib import sha256
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite


HEADER = "Idempotency-Key"

#: How long an answer is kept, in seconds.
KEPT = 86400

#: How long a key may be.
LENGTH = 255


def once(
    connection: Connection,
    key: str,
    caller: str,
    request: bytes,
    now: float,
    act: Callable[[], str],
) -> str:
    """The answer of ``act``; for a key that is known, the one that it gave before.

    ``request`` is all that makes up the request. Raises `Invalid` for a key that can't
    be one, `Conflict` for one that belongs to another request.
    """
    if not (0 < len(key) <= LENGTH and key.isprintable()):
        raise Invalid(
            f"{HEADER}: the key must have 1 to {LENGTH} printable characters, not "
            f"{len(key)}"
        )
    digest = sha256(request).hexdigest()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    # Of two that come at once the second one waits here for the first.
    taken = connection.execute(
        dialect.insert(repeats)
        .values(key=key, caller=caller, digest=digest, created=now)
        .on_conflict_do_nothing()
        # PostgreSQL's driver does not count what was inserted.
        .returning(repeats.c.key)
    ).first()
    own = (repeats.c.key == key) & (repeats.c.caller == caller)
    if taken is None:
        known = connection.execute(select(repeats).where(own)).one()
        if known.digest != digest:
            raise Conflict(
                f"{HEADER}: the key {key!r} was used for another request",
                "Please use a new key for each request",
            )
        return str(known.answer)
    answer = act()
    connection.execute(update(repeats).where(own).values(answer=answer))
    return answer


def forget(connection: Connection, now: float) -> int:
    """Drop what has been kept long enough; how many there were."""
    return connection.execute(
        delete(repeats).where(repeats.c.created < now - KEPT)
    ).rowcount
