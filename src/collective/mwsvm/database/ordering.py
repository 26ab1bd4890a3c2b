"""The order of documents by a field, which is MongoDB's.

What is missing and ``null``, then numbers, texts by code points, objects, arrays,
``false``, ``true``. Where a path leads to several values, or to an array, the least of
the values and elements counts when the order is ascending, the greatest when it is
descending; an empty array counts as ``null``. Objects are not compared with each other,
nor are arrays inside of arrays: those are ties.
"""

from collective.mwsvm.database.paths import leaves
from collective.mwsvm.database.paths import MISSING
from typing import Any
import struct


#: Ranks of the types.
NULL, NUMBER, TEXT, OBJECT, ARRAY, BOOLEAN = range(6)

Key = tuple[int, Any]


def key(document: dict[str, Any], path: str, direction: int) -> Key:
    """What compares like the document does by this field: rank of the type, value."""
    found: list[Key] = []
    for value, spreads in leaves(document, tuple(path.split("."))):
        if isinstance(value, list) and spreads:
            found.extend(map(_key, value or [None]))
        else:
            found.append(_key(value))
    if not found:
        return NULL, 0
    return min(found) if direction > 0 else max(found)


def packed(key: Key) -> bytes:
    """The same as bytes that compare like it, for databases."""
    rank, value = key
    if rank == TEXT:
        return bytes([rank]) + value.encode()
    if rank != NUMBER:
        return bytes([rank, int(value)])
    # A double's bits are in order, once those of the negative ones are turned round;
    # what a whole number has beyond a double's digits comes after.
    nearest = float(value)
    (bits,) = struct.unpack(">Q", struct.pack(">d", nearest + 0.0))
    bits = bits ^ (2**64 - 1) if bits >> 63 else bits | 1 << 63
    rest = value - int(nearest) if isinstance(value, int) else 0
    return bytes([rank]) + struct.pack(">QH", bits, rest + 2**15)


def _key(value: Any) -> Key:
    if value is MISSING or value is None:
        return NULL, 0
    if isinstance(value, bool):
        return BOOLEAN, value
    if isinstance(value, int | float):
        return NUMBER, value
    if isinstance(value, str):
        return TEXT, value
    return (OBJECT if isinstance(value, dict) else ARRAY), 0
