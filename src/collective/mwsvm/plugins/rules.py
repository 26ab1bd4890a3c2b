"""What each constraint asks of a value, for the machine and for people (guide 6.2.6)."""

from collections.abc import Callable
from collective.mwsvm.plugins.declarations import Parameter
from collective.mwsvm.plugins.message_format import argument
from collective.mwsvm.plugins.validators import is_credit_card
from collective.mwsvm.plugins.validators import is_email
from collective.mwsvm.plugins.validators import is_scriptable_url
from collective.mwsvm.plugins.validators import is_url
from typing import Any
import re


#: For these a parameter that need not be there may be left blank.
_FORMATS = ("matches", "url", "scriptableUrl", "email", "creditCard")


def violated(parameter: Parameter, name: str, value: Any) -> str | None:
    """The violation of a constraint by a value of the parameter's type; None if it holds.

    It is a key of `default_messages.VIOLATIONS`.
    """
    rule = _RULES.get(name)
    if rule is None:
        return None
    if name in _FORMATS and not parameter.required and not value.strip():
        return None
    return rule(value, parameter.constraints[name])


def arguments(name: str, limit: Any) -> list[Any]:
    """What a constraint adds to its message, from {3} on."""
    if name in ("range", "size"):
        return list(limit)
    if name in ("inList", "matches", "max", "maxSize", "min", "minSize", "notEqual"):
        return [limit]
    return []


def sentences(parameter: Parameter) -> list[str]:
    """The constraints in words: ``must be a valid URL``; none that would tell a secret."""
    return [
        _SENTENCES[name](limit)
        for name, limit in parameter.constraints.items()
        if name in _SENTENCES
        and not (name == "blank" and limit)
        and not (parameter.password and name in ("inList", "notEqual"))
    ]


def is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _check(name: str, holds: Callable[[Any, Any], bool]) -> Any:
    return lambda value, limit: None if holds(value, limit) else name


def _between(name: str, of: Callable[[Any], Any]) -> Any:
    def rule(value: Any, limit: tuple[Any, Any]) -> str | None:
        if of(value) < limit[0]:
            return f"{name}.toosmall"
        return f"{name}.toobig" if of(value) > limit[1] else None

    return rule


def _size(value: Any) -> Any:
    return len(value) if isinstance(value, str | list) else value


_RULES: dict[str, Callable[[Any, Any], str | None]] = {
    "creditCard": _check("creditCard", lambda value, _: is_credit_card(value)),
    "email": _check("email", lambda value, _: is_email(value)),
    "inList": _check("inList", lambda value, limit: value in limit),
    "matches": _check("matches", lambda value, limit: bool(re.fullmatch(limit, value))),
    "max": _check("max", lambda value, limit: value <= limit),
    "maxSize": _check("maxSize", lambda value, limit: _size(value) <= limit),
    "min": _check("min", lambda value, limit: value >= limit),
    "minSize": _check("minSize", lambda value, limit: _size(value) >= limit),
    "notEqual": _check("notEqual", lambda value, limit: value != limit),
    "range": _between("range", lambda value: value),
    "size": _between("size", _size),
    "url": _check("url", lambda value, _: is_url(value)),
    "scriptableUrl": _check("scriptableUrl", lambda value, _: is_scriptable_url(value)),
}

_SENTENCES: dict[str, Callable[[Any], str]] = {
    "blank": lambda _: "must not be blank",
    "creditCard": lambda _: "must be a valid credit card number",
    "email": lambda _: "must be a valid e-mail address",
    "inList": lambda limit: f"must be one of {argument(limit)}",
    "matches": lambda limit: f"must match the pattern {limit}",
    "max": lambda limit: f"must not be greater than {argument(limit)}",
    "maxSize": lambda limit: f"must not have a size greater than {limit}",
    "min": lambda limit: f"must not be less than {argument(limit)}",
    "minSize": lambda limit: f"must not have a size less than {limit}",
    "notEqual": lambda limit: f"must not be {argument(limit)}",
    "range": lambda limit: f"must be from {argument(limit[0])} to {argument(limit[1])}",
    "scale": lambda limit: f"is rounded to {limit} digits",
    "size": lambda limit: f"must have a size from {limit[0]} to {limit[1]}",
    "url": lambda _: "must be a valid URL",
    "scriptableUrl": lambda _: (
        "must be a valid URL; file and exec URLs are allowed, too"
    ),
    "validator": lambda _: "is checked by the plug-in type",
}
