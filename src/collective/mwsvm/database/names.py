"""Which names occur in the documents of a collection: keys of objects, texts at a path."""

from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.documents import extracted
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import true


def keys(connection: Connection, documents: DocumentTable, name: str) -> set[str]:
    """The keys that the object ``name`` has in any of the documents."""
    document = documents.table.c.doc
    if connection.dialect.name == "sqlite":
        each = func.json_each(document, f'$."{name}"').table_valued("key")
        statement = select(each.c.key).select_from(documents.table).join(each, true())
    else:
        statement = select(func.jsonb_object_keys(document[name]))
    return set(connection.scalars(statement.distinct()))


def texts(connection: Connection, documents: DocumentTable, path: str) -> set[str]:
    """The texts that stand at a path in any of the documents; empty ones do not count."""
    column = documents.column(path)
    wanted = extracted(path, "text") if column is None else column
    statement = select(wanted).select_from(documents.table).distinct()
    return {text for text in connection.scalars(statement) if text}
