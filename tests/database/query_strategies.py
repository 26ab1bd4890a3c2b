"""Random documents and queries, small and nasty, for the tests of the query language."""

from hypothesis import strategies as st


NUMBERS = [-1, 1.0, 1.5, -2.5, 0.1, 5.0, 1e300, 2**53, 2**53 + 1, -(2**63)]
TEXTS = ["", "ab", "b", "B", "é", "𝄞", "a\nb", '"', "{}", "[1]", "null", "\\", "'"]
#: Few that are likely, so that documents and queries meet, and many that are not.
scalars = st.sampled_from(5 * [None, True, False, 0, 1, 5, "5", "a"] + NUMBERS + TEXTS)
keys = st.sampled_from(
    6 * ["a", "b"] + 2 * ["0"] + ["1", 'q"k', "é'", "x y", "back\\s"]
)
objects = st.dictionaries(keys, scalars | st.lists(scalars, max_size=2), max_size=3)
values = st.one_of(
    scalars,
    objects,
    st.lists(scalars, max_size=3),
    st.lists(objects | scalars, max_size=3),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
        ),
        max_leaves=8,
    ),
)
bodies = st.fixed_dictionaries(
    {"a": values}, optional={"b": values, "0": values, 'q"k': values, "é'": values}
)
documents = st.lists(bodies | st.dictionaries(keys, values), min_size=3, max_size=9)
paths = st.sampled_from(["a", "a.b", "a.0", "a.a", "a.b.a"]) | st.lists(
    keys, min_size=1, max_size=3
).map(".".join)

_types = [
    "double",
    "string",
    "object",
    "array",
    "bool",
    "null",
    "int",
    "long",
    "number",
]
types = st.sampled_from([*_types, 1, 2, 3, 4, 8, 10, 16, 18, 19])
patterns = st.sampled_from(
    ["a", "^a", "b$", "", "^$", "[0-9]", "a.b", "É", r"\w", "(a|é)b?"]
)


def _one(operator, operands):
    names = [operator] if isinstance(operator, str) else operator
    return st.tuples(st.sampled_from(names), operands).map(lambda pair: dict([pair]))


def operators_of(values):
    """Operators and values to compare with one of these."""
    return st.one_of(
        values,
        _one(["$eq", "$ne"], values),
        _one(["$gt", "$gte", "$lt", "$lte"], values),
        _one(["$in", "$nin"], st.lists(values | scalars, max_size=4)),
        _one("$exists", st.booleans()),
        _simple,
    )


_options = {"$options": st.sampled_from(["", "i", "m", "s", "ims"])}
_simple = st.one_of(
    _one(["$eq", "$ne"], values),
    _one(["$gt", "$gte", "$lt", "$lte"], scalars),
    _one(["$in", "$nin", "$all"], st.lists(values, max_size=4)),
    _one("$exists", st.booleans()),
    _one("$type", types | st.lists(types, min_size=1, max_size=3)),
    _one("$size", st.integers(0, 3)),
    _one("$mod", st.tuples(st.sampled_from([2, 3, -3]), st.integers(-1, 2)).map(list)),
    st.fixed_dictionaries({"$regex": patterns}, optional=_options),
)


def _both(operators):
    return st.tuples(operators, operators).map(lambda pair: {**pair[0], **pair[1]})


def _nested(operators, queries):
    element = _one("$elemMatch", operators | queries)
    all_of = _one("$all", st.lists(element, min_size=1, max_size=2))
    return st.one_of(element, _one("$not", operators), all_of)


def _fields(operators):
    return st.dictionaries(paths, operators | scalars, min_size=1, max_size=2)


def _logical(queries):
    several = st.lists(queries, min_size=1, max_size=3)
    return _one(["$and", "$or", "$nor"], several)


operators = _simple | _both(_simple)
_flat = _fields(operators)
_deeper = operators | _nested(operators, _flat | _logical(_flat))
_deepest = _deeper | _nested(_deeper, _fields(_deeper))
_plain = st.dictionaries(
    paths, values.filter(lambda value: value != {}), min_size=1, max_size=1
)
_queries = _fields(_deepest) | _plain
queries = _queries | _logical(_queries) | _logical(_logical(_queries) | _queries)
sorts = st.lists(
    st.tuples(paths, st.sampled_from([1, -1])), min_size=1, max_size=2
).map(tuple)
