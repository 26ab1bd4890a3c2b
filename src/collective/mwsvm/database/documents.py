"""Collections of documents: the JSON objects of the MWS resources, one table for each.

A table holds the object as it is, and the fields that clients look for by also in
generated columns with indexes.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.database.tables import metadata
from collective.mwsvm.models.document import is_required
from collective.mwsvm.models.document import is_single
from collective.mwsvm.models.document import Model
from functools import cached_property
from sqlalchemy import bindparam
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Computed
from sqlalchemy import Index
from sqlalchemy import Insert
from sqlalchemy import insert
from sqlalchemy import JSON
from sqlalchemy import Numeric
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import Update
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from typing import Any
from typing import Literal


Kind = Literal["text", "number", "boolean"]

#: Texts are compared by code points, in every database.
DocumentText = Text().with_variant(Text(collation="C"), "postgresql")

_KINDS: dict[Kind, Any] = {
    "text": DocumentText,
    "number": Numeric(),
    "boolean": Boolean(),
}

#: What each database calls them.
_SQLITE = {
    "text": "'text'",
    "number": "'integer', 'real'",
    "boolean": "'true', 'false'",
}
_POSTGRESQL = {"text": "string", "number": "number", "boolean": "boolean"}


class extracted(ColumnElement[Any]):  # noqa: N801 - reads as a function
    """SQL for what is of a kind at a path of the column ``doc``; else NULL."""

    inherit_cache = False

    def __init__(self, path: str, kind: Kind) -> None:
        self.steps = path.split(".")
        self.kind = kind


@compiles(extracted, "sqlite")
def _sqlite(element: extracted, compiler: Any, **options: Any) -> str:
    path = "".join(f'."{step}"' for step in element.steps)
    return (
        f"CASE WHEN json_type(doc, '${path}') IN ({_SQLITE[element.kind]}) "
        f"THEN json_extract(doc, '${path}') END"
    )


@compiles(extracted, "postgresql")
def _postgresql(element: extracted, compiler: Any, **options: Any) -> str:
    path = "{" + ",".join(element.steps) + "}"
    text = f"doc #>> '{path}'"
    if element.kind != "text":
        kind = "NUMERIC" if element.kind == "number" else "BOOLEAN"
        text = f"CAST({text} AS {kind})"
    json_type = _POSTGRESQL[element.kind]
    return f"CASE jsonb_typeof(doc #> '{path}') WHEN '{json_type}' THEN {text} END"


class DocumentTable:
    """A table of documents, and what the query language must know of it."""

    def __init__(
        self,
        name: str,
        model: type[Model],
        columns: Mapping[str, Kind],
        indexes: Sequence[Sequence[str]] = (),
        unique: str | None = None,
        own_ids: bool = False,
        distinct: Sequence[str] = (),
    ) -> None:
        """``columns`` are the wire paths with generated columns; ``indexes`` lists of them.

        ``unique`` is the path that names a document besides its id; ``own_ids`` means that
        documents come with ids of their own. No two documents have the same values at
        the paths ``distinct``.
        """
        self.model = model
        self.unique = unique
        self.own_ids = own_ids
        self._one: dict[tuple[str, bool, bool], Select[Any]] = {}
        self._kinds: dict[str, Kind] = {"id": "text", **columns}
        self.table = Table(
            name,
            metadata,
            Column("id", DocumentText, primary_key=True),
            Column("doc", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
            *(
                Column(
                    column_name(path),
                    _KINDS[kind],
                    Computed(extracted(path, kind), persisted=True),
                    # What is never missing can be sorted by a plain index.
                    nullable=not is_required(model, path),
                )
                for path, kind in columns.items()
            ),
        )
        for paths in indexes:
            names = [column_name(path) for path in paths]
            # Databases have no longer names.
            index_name = f"ix_{name}_{'_'.join(names)}"[:63]
            Index(index_name, *(self.table.c[n] for n in names))
        for path in [*([unique] if unique else []), *distinct]:
            column = self.table.c[column_name(path)]
            Index(f"uq_{name}_{column.name}", column, unique=True)
        Index(
            f"ix_{name}_doc",
            self.table.c.doc,
            postgresql_using="gin",
            postgresql_ops={"doc": "jsonb_path_ops"},
        ).ddl_if(dialect="postgresql")

    @property
    def name(self) -> str:
        return self.table.name

    # Statements are made once: to make one costs more than to run it.

    def one(self, by: str, lock: bool = False, keep: bool = False) -> Select[Any]:
        """The statement for the document with the id or name ``key``.

        ``lock`` and ``keep`` are those of `Collection.get`.
        """
        statement = self._one.get((by, lock, keep))
        if statement is None:
            column = self.table.c[column_name(by)]
            statement = select(self.table.c.doc).where(column == bindparam("key"))
            if lock or keep:
                statement = statement.with_for_update(read=not lock)
            self._one[by, lock, keep] = statement
        return statement

    @cached_property
    def new(self) -> Insert:
        """The statement that adds documents: ``id`` and ``doc``."""
        return insert(self.table)

    @cached_property
    def other(self) -> Update:
        """The statement that puts ``other_doc`` in the place of ``other_id``."""
        return (
            update(self.table)
            .where(self.table.c.id == bindparam("other_id"))
            .values(doc=bindparam("other_doc"))
        )

    # What `query.Target` asks for.

    @property
    def document(self) -> ColumnElement[Any]:
        return self.table.c.doc

    def column(self, path: str) -> ColumnElement[Any] | None:
        return self.table.c[column_name(path)] if path in self._kinds else None

    def kind(self, path: str) -> str:
        return self._kinds[path]

    def single(self, path: str) -> bool:
        return is_single(self.model, path)


def column_name(path: str) -> str:
    """The name of the generated column: ``initiatedBy.user`` is ``initiated_by_user``."""
    return "".join(
        f"_{character.lower()}" if character.isupper() else character
        for character in path.replace(".", "_")
    )
