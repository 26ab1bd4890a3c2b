"""Queries as SQL against the reference, `matcher`, on SQLite and on PostgreSQL."""

from collective.mwsvm.database.matcher import matches
from collective.mwsvm.database.matcher import sort_documents
from collective.mwsvm.database.query import both
from collective.mwsvm.database.query import EVERYTHING
from collective.mwsvm.database.query import from_document
from collective.mwsvm.database.query import parse_query
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import text
from tests.database.query_store import Declared
from tests.database.query_store import make_engine
from tests.database.query_store import Store
from tests.database.query_store import TABLE
from tests.database.query_strategies import documents
from tests.database.query_strategies import NUMBERS
from tests.database.query_strategies import operators_of
from tests.database.query_strategies import queries
from tests.database.query_strategies import scalars
from tests.database.query_strategies import sorts
from tests.database.query_strategies import TEXTS
import json
import os
import pytest


relaxed = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # More of them find more: set it to 2000 after a change.
    max_examples=int(os.environ.get("QUERY_EXAMPLES", "60")),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def connection(request):
    url = "sqlite://"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
    engine = make_engine(url)
    with engine.begin() as connection:
        TABLE.metadata.create_all(connection)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def store(connection):
    return Store(connection)


@pytest.fixture(scope="module")
def declared(connection):
    return Store(connection, Declared())


def check(store, bodies, *asked):
    """Whether SQL finds the documents that the matcher does."""
    with store:
        added = store.add(bodies)
        for query in asked:
            expected = {d["id"] for d in added if matches(d, query)}
            assert store.found(query) == expected, query


@relaxed
@given(documents, st.lists(queries, min_size=3, max_size=3))
def test_sql_finds_what_the_matcher_does(store, bodies, asked):
    check(store, bodies, *map(from_document, asked))


@relaxed
@given(documents, st.lists(sorts, min_size=2, max_size=2))
def test_sql_orders_as_the_matcher_does(store, bodies, orders):
    with store:
        added = store.add(bodies)
        for sort in orders:
            assert store.ordered(sort) == [d["id"] for d in sort_documents(added, sort)]


names = st.sampled_from([None, *TEXTS])
numbers = st.sampled_from([None, *NUMBERS])
flags = st.sampled_from([None, True, False])
objects = st.none() | st.dictionaries(st.sampled_from(["any", "0", "c"]), scalars)
forms = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "number": numbers,
        "flag": flags,
        "any": scalars,
        "sub": objects,
    },
)
declared_paths = st.sampled_from(
    ["name", "number", "flag", "any", "sub.any", "sub.0", "sub"]
)
declared_queries = st.dictionaries(
    declared_paths, operators_of(names | numbers | flags)
)


@relaxed
@given(st.lists(forms, min_size=3, max_size=8), st.lists(declared_queries, max_size=4))
def test_declared_columns_and_paths_mean_the_same(declared, bodies, asked):
    asked = list(map(from_document, asked))
    negated = [from_document({"$nor": [{"name": "b"}, {"flag": {"$ne": True}}]})]
    check(declared, bodies, *asked, *negated)


@relaxed
@given(
    st.lists(forms, min_size=3, max_size=8),
    st.lists(
        st.tuples(declared_paths, st.sampled_from([1, -1])), min_size=1, max_size=3
    ),
)
def test_declared_columns_and_paths_sort_the_same(declared, bodies, sort):
    with declared:
        added = declared.add(bodies)
        assert declared.ordered(sort) == [d["id"] for d in sort_documents(added, sort)]


NASTY = [
    {},
    {"a": None},
    {"a": []},
    {"a": [None]},
    {"a": [[]]},
    {"a": [["X"]]},
    {"a": ["X"]},
    {"a": "X"},
    {"a": [{"b": 1}, {}]},
    {"a": [{"b": None}]},
    {"a": [{"b": [4, 5]}, {"b": "4"}]},
    {"a": [[{"b": 1}]]},
    {"a": {"b": 1}},
    {"a": {"0": 1}},
    {"a": 5},
    {"a": True},
    {"a": 1},
    {"a": "1"},
    {"a": ['{"b": 1}']},
    {"a": '[{"b": 1}]'},
]


@pytest.mark.parametrize(
    "query",
    [
        {"a": None},
        {"a.b": None},
        {"a.0": None},
        {"a.b.c": None},
        {"a": "X"},
        {"a": ["X"]},
        {"a": [["X"]]},
        {"a.b": 1},
        {"a.b": {"$ne": 1}},
        {"a.0": 1},
        {"a.0.b": 1},
        {"a.0.0.b": 1},
        {"a": {"b": 1}},
        {"a": {"$in": [None, {"b": 1}]}},
        {"a.b": {"$in": [None, [4, 5]]}},
        {"a": {"$gt": 0}},
        {"a": {"$gte": False}},
        {"a": {"$size": 0}},
        {"a.b": {"$exists": False}},
        {"a": {"$elemMatch": {"b": None}}},
        {"a": {"$elemMatch": {"$elemMatch": {"$eq": "X"}}}},
        {"a": {"$type": "array"}},
    ],
    ids=str,
)
def test_arrays_null_and_types_where_mistakes_are_easy(store, query):
    check(store, NASTY, from_document(query))


INJECTIONS = [
    "'; DROP TABLE documents; --",
    "' OR '1'='1",
    '") ? (1 == 1) || (@ == "',
    '"] ? (true) ["',
    "$.*",
    "*",
    "%",
    "a' || mws_match('{}', '[\"And\",[]]') || '",
    "\\",
    '\\"',
    "?",
    ":x",
    "%s %(x)s",
    "{0}",
    "***=a",
    "#>>",
]


@pytest.mark.parametrize("evil", INJECTIONS)
def test_clients_texts_are_only_ever_data(store, evil):
    key = evil.replace("$", "").replace(".", "") or "x"
    asked = [{key: evil}, {"a": evil}, {f"{key}.{key}": {"$in": [evil]}}]
    asked += [{key: {"$gt": evil}}, {key: {"$exists": True}}, {key: None}]
    asked += [
        {key: {key: evil}},
        {"a": {"$elemMatch": {key: evil}}},
        {f"a.0.{key}": evil},
    ]
    bodies = [{key: evil}, {"a": evil}, {key: {key: evil}}, {"a": [{key: evil}]}, {}]
    check(store, bodies, *map(from_document, asked))
    with store:
        added = store.add(bodies)
        for path in (key, f"a.{key}"):
            expected = [d["id"] for d in sort_documents(added, [(path, 1)])]
            assert store.ordered([(path, 1)]) == expected


def test_no_value_is_in_the_sql_itself(store):
    query = from_document(
        {
            "a": "secret",
            "secret.b": {"$in": ["secret", 77777]},
            "c": {"$regex": "secret"},
        }
    )
    sql = str(store.where(query).compile(store.connection.engine))
    assert "secret" not in sql
    assert "77777" not in sql


def test_everything_both_and_nothing(store):
    first, second = from_document({"a": 1}), from_document({"b": {"$nin": [2]}})
    check(store, [{"a": 1}, {"a": 1, "b": 2}, {}], EVERYTHING, both(first, second))
    check(store, [{"a": 1}], from_document({"a": {"$in": []}}), from_document({}))


LARGEST = {
    "many conditions": {"$or": [{f"a.b{n}.c": n} for n in range(249)]},
    "many on one": {"$and": [{"a.b": {"$ne": n}} for n in range(249)]},
    "long lists": {"a.b": {"$in": [*range(500), *map(str, range(499)), None]}},
    "long list of texts": {"a": {"$nin": list(map(str, range(1000)))}},
    "long path": {".".join("a" * 20): 1},
    "many numbers": {"a.0.0.0.0.b": 1},
    "many objects": {"a": {"$in": [{"b": n} for n in range(1000)]}},
    "many columns": {
        "$and": [{"$or": [{"name": str(n)}, {"number": n}]} for n in range(99)]
    },
}


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_queries_run(store, declared, name):
    bodies = [{"a": {"b": 3}}, {"a": [{"b": "4"}]}, {"a": "7"}, {"a": {"b7": {"c": 7}}}]
    for target in (store, declared):
        check(target, bodies, from_document(LARGEST[name]))


def test_the_deepest_queries_run(store):
    condition = {"a": 1}
    for level in range(4):
        condition = {"$or": [{"$nor": [condition]}, {"b": level}]}
    check(store, [{"a": 1}, {"b": 2}, {}], from_document(condition))
    element = {"$gt": 1}
    for _ in range(18):
        element = {"$elemMatch": element}
    check(store, [{"a": [[[2]]]}, {}], from_document({"a": element}))


def plan(connection, statement, analyze=False):
    compiled = statement.compile(
        connection, compile_kwargs={"render_postcompile": True}
    )
    names = compiled.positiontup or []
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {compiled}", tuple(compiled.params[n] for n in names)
        )
        return "\n".join(row[-1] for row in rows)
    explain = "EXPLAIN (ANALYZE, FORMAT TEXT)" if analyze else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{explain} {compiled}", compiled.params)
    return "\n".join(row[0] for row in rows)


@pytest.fixture
def filled(declared):
    """Many documents, with indexes."""
    connection = declared.connection
    with declared:
        connection.execute(delete(TABLE))
        rows = [
            {"id": f"{n:05}", "name": f"n{n:05}", "number": n, "flag": n % 2 == 0}
            for n in range(3000)
        ]
        for row in rows:
            inner = {"name": row["name"], "deep": {"er": row["number"]}}
            row["doc"] = {**inner, "list": [{"x": f"x{row['number']}"}, {"x": "all"}]}
        connection.execute(insert(TABLE), rows)
        for name in ("name", "number"):
            connection.execute(
                text(f"CREATE INDEX ix_{name} ON documents ({name}, id)")
            )
        if connection.dialect.name == "postgresql":
            connection.execute(
                text("CREATE INDEX ix_gin ON documents USING gin (doc jsonb_path_ops)")
            )
        connection.execute(text("ANALYZE"))
        yield declared


@pytest.mark.parametrize(
    "query",
    [
        {"name": "n00007"},
        {"name": {"$gte": "n00007", "$lt": "n00009"}},
        {"name": {"$in": ["n00007", "n00008"]}},
        {"number": 7},
        {"number": {"$gt": 2990, "$lt": 2993.5}},
        {"number": {"$in": [7, 8.5]}},
        {"name": None},
    ],
    ids=str,
)
def test_indexes_serve_declared_columns(filled, query):
    statement = select(TABLE.c.id).where(filled.where(from_document(query)))
    steps = plan(filled.connection, statement)
    assert "ix_na" in steps or "ix_nu" in steps, steps


def test_a_gin_index_serves_undeclared_equality(filled):
    connection = filled.connection
    if connection.dialect.name != "postgresql":
        pytest.skip("SQLite has no such index")
    for query in (
        {"deep.er": 7},
        {"deep.er": -7},
        {"list.x": "x7"},
        {"list.x": {"$in": ["x7", "x8", 9, True]}},
        {"$and": [{"list.x": "x7"}, {"deep.er": {"$gt": 5}}]},
        {"list.x": {"$all": ["x7", "all"]}},
    ):
        statement = select(TABLE.c.id).where(filled.where(from_document(query)))
        steps = plan(connection, statement, analyze=True)
        assert "ix_gin" in steps, steps
        # It finds them by value, and does not only go through all of the index.
        assert "Rows Removed by Index Recheck: 2" not in steps, steps


def test_an_index_serves_the_order(filled):
    order = filled.compiler.order_by([("name", -1)], filled.target)
    statement = select(TABLE.c.id).order_by(*order, TABLE.c.id.desc()).limit(5)
    if filled.connection.dialect.name == "postgresql":
        filled.connection.execute(
            text("CREATE INDEX ix_name_order ON documents (name NULLS FIRST, id)")
        )
    steps = plan(filled.connection, statement)
    assert "ix_name" in steps and "TEMP B-TREE" not in steps and "Sort" not in steps, (
        steps
    )


def test_a_row_without_a_document_matches_nothing(store):
    with store:
        store.connection.execute(insert(TABLE), [{"id": "0", "name": None}])
        store.connection.execute(text("UPDATE documents SET doc = NULL"))
        for query in ('{"a": 1}', '{"a": {"$size": 1}}', '{"a.b": {"$exists": true}}'):
            assert store.found(parse_query(query)) == set()
        assert store.ordered([("a.b", 1)]) == ["0"]


def test_documents_may_spell_their_letters_as_escapes(store):
    body = json.dumps({"é": "é", "a": {"é": ["ß"]}}, ensure_ascii=True)
    with store:
        store.connection.execute(insert(TABLE), [{"id": "0"}])
        cast = (
            "CAST(:doc AS jsonb)"
            if store.connection.dialect.name != "sqlite"
            else ":doc"
        )
        store.connection.execute(
            text(f"UPDATE documents SET doc = {cast}"), {"doc": body}
        )
        for query in ({"é": "é"}, {"a.é": "ß"}, {"a.é": {"$size": 1}}):
            assert store.found(from_document(query)) == {"0"}
        assert store.connection.scalar(select(func.count()).select_from(TABLE)) == 1
