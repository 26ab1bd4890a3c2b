"""What jobs wrote: the logs of their attempts, as they arrive piece by piece."""

from collective.mwsvm.database.tables import attempts
from collective.mwsvm.database.tables import log_pieces
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.jobs import JobRecord
from dataclasses import dataclass
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update


@dataclass(frozen=True, slots=True)
class LogState:
    """How far a log has arrived, in bytes, and whether the site keeps more of it."""

    offset: int
    full: bool


class WrongOffset(Conflict):
    """A log piece came out of turn; ``wanted`` is the offset that is."""

    def __init__(self, offset: int, wanted: int):
        super().__init__(
            f"The log piece at offset {offset} was refused: the log has {wanted} bytes, "
            f"so the next piece must start at offset {wanted}."
        )
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class AttemptLogs:
    """The logs on a connection; of each at most ``limit`` bytes are kept."""

    connection: Connection
    limit: int

    def add(
        self, record: JobRecord, offset: int, data: bytes, size: int = 0
    ) -> LogState:
        """Keep a piece of the log of the job's current attempt.

        ``offset`` is the number of bytes before the piece, ``size`` that of the whole log
        so far. A piece that is here already changes nothing; one out of turn raises
        `WrongOffset`.
        """
        key = (attempts.c.job == record.id) & (attempts.c.attempt == record.attempt)
        kept, known = self.connection.execute(
            select(attempts.c.log_kept, attempts.c.log_size)
            .where(key)
            .with_for_update()
        ).one()
        if kept < self.limit and data and offset + len(data) > kept:
            if offset != kept:
                raise WrongOffset(offset, kept)
            data = data[: self.limit - kept]
            self.connection.execute(
                insert(log_pieces).values(
                    job=record.id, attempt=record.attempt, offset=kept, data=data
                )
            )
            kept += len(data)
        size = max(known, size, kept)
        self.connection.execute(
            update(attempts).where(key).values(log_kept=kept, log_size=size)
        )
        return LogState(kept, kept >= self.limit)

    def purge(self, before: float) -> int:
        """Drop the logs of attempts that ended before a moment; the attempts stay.

        Gives how many: at most 500 at once, so call it again until there are none.
        """
        old = (
            select(attempts.c.job, attempts.c.attempt)
            .where(attempts.c.ended < before, attempts.c.log_kept > 0)
            .limit(500)
        )
        found = self.connection.execute(old).all()
        for job, attempt in found:
            self.connection.execute(
                delete(log_pieces).where(
                    log_pieces.c.job == job, log_pieces.c.attempt == attempt
                )
            )
            self.connection.execute(
                update(attempts)
                .where(attempts.c.job == job, attempts.c.attempt == attempt)
                .values(log_kept=0)
            )
        return len(found)
