"""ACL rules: who may use a reservation or a virtual container (guide 4.1)."""

from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import model_validator
from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self


#: How Moab writes the names in configuration files and commands.
_AFFINITIES = {"-": "NEGATIVE", "=": "NEUTRAL", "+": "POSITIVE"}
#: Names of comparators by Moab's signs and abbreviations.
COMPARATORS = {
    ">": "GREATER_THAN",
    "GT": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "GE": "GREATER_THAN_OR_EQUAL",
    "<": "LESS_THAN",
    "LT": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    "LE": "LESS_THAN_OR_EQUAL",
    "=": "EQUAL",
    "==": "EQUAL",
    "EQ": "EQUAL",
    "!=": "NOT_EQUAL",
    "<>": "NOT_EQUAL",
    "NE": "NOT_EQUAL",
    "%<": "LEXIGRAPHIC_SUBSTRING",
    "%!": "LEXIGRAPHIC_NOT_EQUAL",
    "%=": "LEXIGRAPHIC_EQUAL",
}
_TYPES = {
    "ACCT": "ACCOUNT",
    "JOB": "JOB_ID",
    "RSV": "RESERVATION_ID",
    "JTEMPLATE": "JOB_TEMPLATE",
    "JATTR": "JOB_ATTRIBUTE",
    "PS": "PROCESSOR_SECONDS",
}

#: The types whose values are amounts.
NUMERIC = frozenset(("DURATION", "PROCESSOR_SECONDS"))


def _named(names: dict[str, str]) -> BeforeValidator:
    def name(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        upper = value.strip().upper()
        return names.get(upper, upper)

    return BeforeValidator(name)


#: Whether jobs that match are drawn in, or come only when nothing else is free.
AclAffinity = Annotated[Literal["NEGATIVE", "NEUTRAL", "POSITIVE"], _named(_AFFINITIES)]

ComparisonOperator = Annotated[
    Literal[
        "GREATER_THAN",
        "GREATER_THAN_OR_EQUAL",
        "LESS_THAN",
        "LESS_THAN_OR_EQUAL",
        "EQUAL",
        "NOT_EQUAL",
        "LEXIGRAPHIC_SUBSTRING",
        "LEXIGRAPHIC_NOT_EQUAL",
        "LEXIGRAPHIC_EQUAL",
    ],
    _named(COMPARATORS),
]

AclType = Annotated[
    Literal[
        "USER",
        "GROUP",
        "ACCOUNT",
        "CLASS",
        "QOS",
        "CLUSTER",
        "JOB_ID",
        "RESERVATION_ID",
        "JOB_TEMPLATE",
        "JOB_ATTRIBUTE",
        "DURATION",
        "PROCESSOR_SECONDS",
        "JPRIORITY",
        "MEMORY",
        "NODE",
        "PAR",
        "PROC",
        "QTIME",
        "QUEUE",
        "RACK",
        "SCHED",
        "SYSTEM",
        "TASK",
        "VC",
        "XFACTOR",
    ],
    _named(_TYPES),
]


class AclRule(Model):
    """Lets in what the comparison of its type with the value holds for.

    Of several rules any one is enough. A rule is known by its type and value.
    """

    affinity: AclAffinity = "POSITIVE"
    comparator: ComparisonOperator = "LEXIGRAPHIC_EQUAL"
    type: AclType
    value: Annotated[str, Field(min_length=1, max_length=LENGTH)]

    @model_validator(mode="after")
    def _amount(self) -> Self:
        if self.type in NUMERIC and not (self.value.isascii() and self.value.isdigit()):
            raise ValueError(
                f"the value of a rule of the type {self.type} is a whole number of "
                f"seconds, not {self.value!r:.80}"
            )
        return self


class AclRules(Model):
    """The rules that a PUT brings."""

    acl_rules: Annotated[list[AclRule], Field(min_length=1, max_length=1000)]


def type_name(text: str) -> str:
    """The type in any spelling, as rules have it."""
    upper = text.strip().upper()
    return _TYPES.get(upper, upper)
