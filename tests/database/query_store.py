"""Documents in a table on SQLite or PostgreSQL, for the tests of the query language."""

from collective.mwsvm.database import postgresql_query
from collective.mwsvm.database import sqlite_query
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy import insert
from sqlalchemy import JSON
from sqlalchemy import MetaData
from sqlalchemy import Numeric
from sqlalchemy import select
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType


COMPILERS = {"sqlite": sqlite_query, "postgresql": postgresql_query}


class Exact(UserDefinedType):
    """Numbers as they are: SQLAlchemy's own type makes floats of them on SQLite."""

    cache_ok = True

    def get_col_spec(self, **options):
        return "NUMERIC"


CodePoints = Text().with_variant(Text(collation="C"), "postgresql")

TABLE = Table(
    "documents",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("doc", JSON().with_variant(JSONB(), "postgresql")),
    Column("name", CodePoints),
    Column("number", Numeric().with_variant(Exact(), "sqlite")),
    Column("flag", Boolean),
)


class Undeclared:
    """Documents of which nothing is known."""

    document = TABLE.c.doc

    def column(self, path):
        return None

    def kind(self, path):
        raise AssertionError("there are no columns")

    def single(self, path):
        return False


class Declared:
    """Documents with columns, and with paths that lead through no array."""

    document = TABLE.c.doc
    kinds = {"name": "text", "number": "number", "flag": "boolean"}

    def column(self, path):
        return TABLE.c[path] if path in self.kinds else None

    def kind(self, path):
        return self.kinds[path]

    def single(self, path):
        return path in ("name", "number", "flag", "any", "sub", "sub.any", "sub.0")


class Store:
    """A table of documents on a connection; what is put in goes with the block."""

    def __init__(self, connection, target=None):
        self.connection = connection
        self.compiler = COMPILERS[connection.dialect.name]
        self.target = target or Undeclared()

    def __enter__(self):
        self.transaction = self.connection.begin()
        return self

    def __exit__(self, *error):
        self.transaction.rollback()

    def add(self, bodies):
        """Puts them in; gives them back with ids."""
        documents = [{**body, "id": str(at)} for at, body in enumerate(bodies)]
        names = Declared.kinds if isinstance(self.target, Declared) else ()
        columns = [{name: d.get(name) for name in names} for d in documents]
        rows = [
            {"id": d["id"], "doc": d, **c}
            for d, c in zip(documents, columns, strict=True)
        ]
        self.connection.execute(insert(TABLE), rows)
        return documents

    def where(self, query):
        return self.compiler.where(query, self.target)

    def found(self, query):
        statement = select(TABLE.c.id).where(self.where(query))
        return set(self.connection.scalars(statement))

    def ordered(self, sort):
        terms = self.compiler.order_by(sort, self.target)
        return list(
            self.connection.scalars(select(TABLE.c.id).order_by(*terms, TABLE.c.id))
        )


def make_engine(url):
    if url.startswith("sqlite"):
        engine = create_engine(url)
        event.listen(engine, "connect", lambda raw, record: sqlite_query.register(raw))
        return engine
    url = url.replace("postgresql:", "postgresql+psycopg:")
    # Compiling the SQL takes longer than running it.
    return create_engine(url, connect_args={"options": "-c jit=off"})
