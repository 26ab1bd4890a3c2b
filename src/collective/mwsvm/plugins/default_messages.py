"""The messages of violated constraints: codes, suffixes and texts (guide 6.2.6)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """Which messages a violated constraint has, from the most specific to ``text``."""

    #: What follows ``<plugin type>.<parameter>.`` in the type's own message code.
    suffix: str
    #: Codes that a project may define for all of its types; the first one counts.
    codes: tuple[str, ...]
    #: The code of `DEFAULT_MESSAGES` that is shown when nothing else is defined.
    fallback: str


#: What each code shows unless the plug-in project defines it. {0} is the parameter, {1}
#: the class of the plug-in type, {2} the value; {3} and {4} belong to the constraint.
DEFAULT_MESSAGES = {
    "default.doesnt.match.message": "The ''{0}'' configuration parameter value ({2}) "
    "does not match the required pattern ''{3}''",
    "default.invalid.url.message": "The ''{0}'' configuration parameter value ({2}) "
    "is not a valid URL",
    "default.invalid.scriptable.url.message": "The ''{0}'' configuration parameter "
    "value ({2}) is not a valid scriptable URL",
    "default.invalid.creditCard.message": "The ''{0}'' configuration parameter value "
    "({2}) is not a valid credit card number",
    "default.invalid.email.message": "The ''{0}'' configuration parameter value ({2}) "
    "is not a valid e-mail address",
    "default.invalid.range.message": "The ''{0}'' configuration parameter value ({2}) "
    "does not fall within the valid range from {3} to {4}",
    "default.invalid.size.message": "The ''{0}'' configuration parameter value ({2}) "
    "does not fall within the valid size range from {3} to {4}",
    "default.invalid.max.message": "The ''{0}'' configuration parameter value ({2}) "
    "is greater than the maximum value of {3}",
    "default.invalid.min.message": "The ''{0}'' configuration parameter value ({2}) "
    "is less than the minimum value of {3}",
    "default.invalid.max.size.message": "The ''{0}'' configuration parameter value "
    "({2}) exceeds the maximum size of {3}",
    "default.invalid.min.size.message": "The ''{0}'' configuration parameter value "
    "({2}) is less than the minimum size of {3}",
    "default.invalid.validator.message": "The ''{0}'' configuration parameter value "
    "({2}) does not pass custom validation",
    "default.not.inlist.message": "The ''{0}'' configuration parameter value ({2}) "
    "is not contained within the list [{3}]",
    "default.blank.message": "The ''{0}'' configuration parameter cannot be blank",
    "default.not.equal.message": "The ''{0}'' configuration parameter value ({2}) "
    "cannot be equal to ''{3}''",
    "default.null.message": "The ''{0}'' configuration parameter cannot be null",
    "default.required.message": "The ''{0}'' configuration parameter is required and "
    "cannot be null",
    "typeMismatch": "The ''{0}'' configuration parameter value ({2}) does not match "
    "the required type ''{3}''",
}


def _one(suffix: str, code: str) -> Violation:
    return Violation(suffix, (code,), code)


_RANGE = "default.invalid.range.message"
_SIZE = "default.invalid.size.message"
_MAX = "default.invalid.max.message"
_MIN = "default.invalid.min.message"
_MAX_SIZE = "default.invalid.max.size.message"
_MIN_SIZE = "default.invalid.min.size.message"

#: The guide's table of constraints and its list of default messages name different
#: codes for max, min and minSize: a project may define either, and the table's goes
#: first; the built-in text is the one that says what is wrong.
VIOLATIONS = {
    "blank": _one("blank", "default.blank.message"),
    "creditCard": _one("creditCard.invalid", "default.invalid.creditCard.message"),
    "email": _one("email.invalid", "default.invalid.email.message"),
    "inList": _one("not.inList", "default.not.inlist.message"),
    "matches": _one("matches.invalid", "default.doesnt.match.message"),
    "max": Violation("max.exceeded", (_MAX_SIZE, _MAX), _MAX),
    "maxSize": _one("maxSize.exceeded", _MAX_SIZE),
    "min": Violation("min.notmet", (_MIN_SIZE, _MIN), _MIN),
    "minSize": Violation("minSize.notmet", (_MIN, _MIN_SIZE), _MIN_SIZE),
    "notEqual": _one("notEqual", "default.not.equal.message"),
    "nullable": _one("nullable", "default.null.message"),
    "range.toosmall": _one("range.toosmall", _RANGE),
    "range.toobig": _one("range.toobig", _RANGE),
    "required": _one("required", "default.required.message"),
    "size.toosmall": _one("size.toosmall", _SIZE),
    "size.toobig": _one("size.toobig", _SIZE),
    "type": _one("typeMismatch", "typeMismatch"),
    "url": _one("url.invalid", "default.invalid.url.message"),
    "scriptableUrl": _one(
        "scriptableUrl.invalid", "default.invalid.scriptable.url.message"
    ),
    "validator": _one("validator.error", "default.invalid.validator.message"),
}
