"""One collection of documents: find, get, insert, replace, remove, count."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.database import postgresql_query
from collective.mwsvm.database import sqlite_query
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.query import Query
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from dataclasses import dataclass
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from typing import Any
import re


Json = dict[str, Any]

_ID = re.compile(r"[0-9a-f]{24}")


def is_id(text: str) -> bool:
    """Whether it has the form of a document's id, as MongoDB has them."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True)
class Page:
    """A part of what was found, and how much there is in all."""

    total: int
    documents: list[Json]


class Collection:
    """The documents of a table, on a connection whose transaction is the caller's."""

    def __init__(
        self,
        connection: Connection,
        documents: DocumentTable,
        new_id: Callable[[], str],
    ) -> None:
        """``new_id`` makes up an id that no other document has."""
        self._connection = connection
        self._documents = documents
        self._table = documents.table
        self._new_id = new_id
        sqlite = connection.dialect.name == "sqlite"
        self._compiler = sqlite_query if sqlite else postgresql_query

    def find(
        self,
        query: Query | None = None,
        sort: Sequence[tuple[str, int]] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> Page:
        """The documents that match, in order (ties by id), and how many do in all."""
        where = None if query is None else self._where(query)
        statement = self._narrowed(select(self._table.c.doc), where).order_by(
            *self._compiler.order_by(sort, self._documents), self._tie_break(sort)
        )
        rows = self._connection.scalars(statement.offset(offset).limit(limit))
        documents = list(rows)
        whole = limit is None or len(documents) < limit
        if whole and (documents or not offset):
            return Page(offset + len(documents), documents)
        return Page(self._count(where), documents)

    def count(self, query: Query | None = None) -> int:
        """How many match."""
        return self._count(None if query is None else self._where(query))

    def get(self, key: str, lock: bool = False, keep: bool = False) -> Json:
        """The document with this id or name. Raises `NotFound`.

        Until the transaction ends ``lock`` keeps others from changing it, and ``keep``
        those who have locked it: what refers to it will not miss it.
        """
        unique = self._documents.unique
        by = "id" if unique is None or is_id(key) else unique
        statement = self._documents.one(by, lock, keep)
        # No database has a text with that.
        nowhere = "\0" in key
        document = None if nowhere else self._connection.scalar(statement, {"key": key})
        if document is None:
            raise NotFound(f"The resource with id '{key}' was not found")
        return document

    def insert(self, documents: Iterable[Json]) -> list[Json]:
        """Add documents; they get ids. Gives them back with their ids.

        Raises `Conflict` when one has a name that is taken.
        """
        made = list(documents)
        if not self._documents.own_ids:
            made = [{**document, "id": self._new_id()} for document in made]
        if made:
            self._guarded(
                self._documents.new,
                [{"id": document["id"], "doc": document} for document in made],
            )
        return made

    def replace(self, document: Json) -> None:
        """Put another document in the place of the one with its id.

        Raises `Conflict` when its name is taken.
        """
        self._guarded(
            self._documents.other,
            {"other_id": document["id"], "other_doc": document},
        )

    def remove(self, id: str) -> None:
        """Take the document away, if it is there."""
        self._connection.execute(delete(self._table).where(self._table.c.id == id))

    def remove_all(self, query: Query) -> int:
        """Take away what matches; the number of them."""
        return self._connection.execute(
            delete(self._table).where(self._where(query))
        ).rowcount

    def _count(self, where: ColumnElement[bool] | None) -> int:
        counted = select(func.count()).select_from(self._table)
        return self._connection.scalar(self._narrowed(counted, where)) or 0

    @staticmethod
    def _narrowed(
        statement: Select[Any], where: ColumnElement[bool] | None
    ) -> Select[Any]:
        return statement if where is None else statement.where(where)

    def _where(self, query: Query) -> ColumnElement[bool]:
        return self._compiler.where(query, self._documents)

    def _tie_break(self, sort: Sequence[tuple[str, int]]) -> ColumnElement[Any]:
        # In the direction of the last field, so that an index serves both.
        descending = bool(sort) and sort[-1][1] < 0
        return self._table.c.id.desc() if descending else self._table.c.id.asc()

    def _guarded(self, statement: Any, parameters: Any = None) -> None:
        try:
            self._connection.execute(statement, parameters)
        except IntegrityError as error:
            raise Conflict(
                f"The {self._documents.unique or 'id'} is taken by another object"
            ) from error
