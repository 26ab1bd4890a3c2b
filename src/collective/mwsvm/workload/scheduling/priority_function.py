"""The function of the policy CustomPriority, in the syntax of Moab's PRIORITYF.

``100*RSVAFFINITY - GMETRIC[numvms]``: numbers, components, ``+ - * /`` and brackets. It is
read by a parser of its own and never executed as code.
"""

from collections.abc import Callable
from collective.mwsvm.models.errors import Invalid
from dataclasses import dataclass
from functools import lru_cache
import re


#: The value of a component, by its name and what stands in its brackets.
Lookup = Callable[[str, str], float]

#: Components, and whether something must stand in brackets behind them.
COMPONENTS = {
    "ADISK": False,
    "AMEM": False,
    "APROCS": False,
    "ARCH": True,
    "ASWAP": False,
    "CDISK": False,
    "CMEM": False,
    "CPROCS": False,
    "CSWAP": False,
    "FEATURE": True,
    "FREETIME": False,
    "GMETRIC": True,
    "JOBCOUNT": False,
    "LOAD": False,
    "NODEINDEX": False,
    "OS": True,
    "PREF": False,
    "PRIORITY": False,
    "RSVAFFINITY": False,
    "SPEED": False,
    "USAGE": False,
    "VARIABLE": True,
}

#: Components that change when jobs start.
_CHANGING = frozenset(
    ("ADISK", "AMEM", "APROCS", "ASWAP", "FREETIME", "JOBCOUNT", "USAGE")
)

_LENGTH = 2000
_DEPTH = 50

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?)"
    r"|(?P<name>[A-Za-z]+)(?:\[(?P<key>[^\[\]]{1,200})\])?"
    r"|(?P<sign>[-+*/()]))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Function:
    """A function that was read. ``names`` are the components it uses."""

    names: frozenset[str]
    _value: Callable[[Lookup], float]

    @property
    def changing(self) -> bool:
        """Whether its values change when jobs start."""
        return not self.names.isdisjoint(_CHANGING)

    def __call__(self, lookup: Lookup) -> float:
        """The node's value; to divide by 0 gives 0."""
        return self._value(lookup)


@lru_cache(maxsize=64)
def parsed(text: str) -> Function:
    """The function; raises `Invalid` with a sentence that says what is wrong where."""
    if len(text) > _LENGTH:
        raise Invalid(
            f"customPriorityFunction has {len(text)} characters; {_LENGTH} are allowed."
        )
    return _Parser(text).function()


class _Parser:
    """Reads a function from left to right."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.depth = 0
        self.names: set[str] = set()
        self._next()

    def function(self) -> Function:
        value = self._sum()
        if self.token is not None:
            raise self._wrong("an operator was expected")
        return Function(frozenset(self.names), value)

    def _next(self) -> None:
        self.begin = self.at
        if not self.text[self.at :].strip():
            self.token = None
            return
        self.token = _TOKEN.match(self.text, self.at)
        if self.token is None:
            raise self._wrong("that is no part of a function")
        self.at = self.token.end()

    def _wrong(self, why: str) -> Invalid:
        rest = self.text[self.begin :].strip()
        where = f"at '{rest:.40}'" if rest else "at its end"
        return Invalid(f"customPriorityFunction '{self.text:.200}': {why}, {where}.")

    def _sign(self, signs: str) -> str:
        if self.token is not None:
            sign = self.token["sign"]
            if sign and sign in signs:
                self._next()
                return sign
        return ""

    def _sum(self) -> Callable[[Lookup], float]:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self._wrong(f"brackets are nested more than {_DEPTH} deep")
        terms = [self._product()]
        while sign := self._sign("+-"):
            term = self._product()
            terms.append(term if sign == "+" else _negative(term))
        self.depth -= 1
        if len(terms) == 1:
            return terms[0]
        return lambda lookup: sum(term(lookup) for term in terms)

    def _product(self) -> Callable[[Lookup], float]:
        factors = [("*", self._factor())]
        while sign := self._sign("*/"):
            factors.append((sign, self._factor()))
        if len(factors) == 1:
            return factors[0][1]
        return lambda lookup: _multiplied(factors, lookup)

    def _factor(self) -> Callable[[Lookup], float]:
        negative = False
        while sign := self._sign("+-"):
            negative ^= sign == "-"
        value = self._atom()
        return _negative(value) if negative else value

    def _atom(self) -> Callable[[Lookup], float]:
        if self._sign("("):
            value = self._sum()
            if not self._sign(")"):
                raise self._wrong("a closing bracket was expected")
            return value
        token = self.token
        if token is None or token["sign"]:
            raise self._wrong("a number, a component or a bracket was expected")
        if token["number"]:
            number = float(token["number"])
            self._next()
            return lambda lookup: number
        name, key = token["name"].upper(), token["key"] or ""
        if name not in COMPONENTS:
            known = ", ".join(COMPONENTS)
            raise self._wrong(f"there is no component {name} (there are {known})")
        if COMPONENTS[name] != bool(key):
            needs = "needs a name in" if COMPONENTS[name] else "takes no"
            raise self._wrong(f"{name} {needs} square brackets")
        self.names.add(name)
        self._next()
        return lambda lookup: lookup(name, key)


def _negative(value: Callable[[Lookup], float]) -> Callable[[Lookup], float]:
    return lambda lookup: -value(lookup)


def _multiplied(
    factors: list[tuple[str, Callable[[Lookup], float]]], lookup: Lookup
) -> float:
    result = 1.0
    for sign, factor in factors:
        value = factor(lookup)
        if sign == "*":
            result *= value
        else:
            result = result / value if value else 0.0
    return result
