"""The configuration of a plug-in as a form: its fields, and what was filled in."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.models.errors import Invalid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
import orjson
import re


Json = dict[str, Any]

#: Empty rows for parameters that no constraint names.
BLANK_ROWS = 2

_ROW = re.compile(r"extra-name-([0-9]{1,4})")

_INPUT_MODES = {"Integer": "numeric", "Double": "decimal"}

_ABSENT = object()


@dataclass(frozen=True)
class Field:
    """A parameter that the type declares, as the form shows it."""

    #: What the type says of it; see the description of types.
    parameter: Json
    #: ``text``, ``lines``, ``json``, ``password``, ``choice`` or ``boolean``.
    kind: str
    #: Its name in the form.
    key: str
    text: str
    is_checked: bool
    #: Whether it is there from the beginning; others can be added.
    is_shown: bool
    #: A password that is kept unless another one is typed.
    is_stored: bool
    errors: Sequence[str] = ()

    @property
    def input_mode(self) -> str | None:
        return _INPUT_MODES.get(self.parameter["type"])

    @property
    def rules(self) -> str:
        """What the value must be, in a sentence; empty where it may be anything."""
        return rules_of(self.parameter)

    def choices(self) -> list[Json]:
        """The options; an empty one where it may be left out, or nothing is chosen."""
        texts = [as_text(choice) for choice in self.parameter["choices"]]
        options = texts if self.text in texts else ["", *texts]
        if not self.parameter["required"] and options[0]:
            options = ["", *options]
        return [{"text": text, "is_chosen": text == self.text} for text in options]


@dataclass(frozen=True)
class Extra:
    """A parameter that the type does not declare."""

    number: int
    name: str
    text: str


class Configuration:
    """What is shown of a configuration, and what comes back.

    What is not touched keeps its value with its type; passwords never reach the page.
    """

    def __init__(
        self,
        parameters: Sequence[Json],
        values: Mapping[str, Any],
        form: Mapping[str, Any] | None = None,
    ) -> None:
        """``parameters`` as a type describes them; ``form`` is None before it is sent."""
        self._parameters = parameters
        self._values = values
        self._form = form

    def fields(self, messages: Iterable[str] = ()) -> list[Field]:
        """The declared parameters; ``messages`` that name one are its errors."""
        messages = list(messages)
        return [self._field(parameter, messages) for parameter in self._parameters]

    def extras(self) -> list[Extra]:
        """The other parameters, with some empty rows below."""
        rows = self._rows()
        return [
            *(Extra(number, name, text) for number, (name, text) in enumerate(rows)),
            *(Extra(len(rows) + number, "", "") for number in range(BLANK_ROWS)),
        ]

    def config(self) -> Json:
        """The configuration as it was filled in. Raises `Invalid`."""
        found: Json = {}
        wrong: list[str] = []
        for parameter in self._parameters:
            try:
                value = self._given(parameter)
            except ValueError as error:
                wrong.append(_not_json(parameter["name"], error))
            else:
                if value is not _ABSENT:
                    found[parameter["name"]] = value
        declared = {parameter["name"] for parameter in self._parameters}
        for name, text in self._rows():
            if not name:
                wrong.append(f"The value '{text[:80]}' needs the name of a parameter")
            elif name in declared or name in found:
                wrong.append(f"The '{name}' configuration parameter is there twice")
            else:
                try:
                    found[name] = self._extra(name, text)
                except ValueError as error:
                    wrong.append(_not_json(name, error))
        if wrong:
            raise Invalid(*wrong)
        return found

    def _field(self, parameter: Json, messages: list[str]) -> Field:
        name = parameter["name"]
        value = self._values.get(name)
        kind = self._kind(parameter)
        if self._form is None:
            text = as_text(value)
            is_checked = value is True or text.lower() == "true"
            is_shown = name in self._values
        else:
            text = self._text(_key(name))
            is_checked = bool(text)
            is_shown = name in self._listed("added") or bool(text)
        mark = f"'{name}' configuration parameter"
        return Field(
            parameter,
            kind,
            _key(name),
            "" if kind == "password" else text,
            is_checked,
            parameter["required"] or is_shown,
            kind == "password" and value not in (None, ""),
            [message for message in messages if mark in message],
        )

    def _kind(self, parameter: Json) -> str:
        value = self._values.get(parameter["name"])
        if parameter["password"]:
            return "password"
        if parameter["choices"] is not None:
            return "choice"
        if parameter["type"] == "Boolean":
            return "boolean"
        if parameter["type"] == "Collection" or isinstance(value, list | dict):
            return "json"
        return "lines" if "\n" in as_text(value) else "text"

    def _given(self, parameter: Json) -> Any:
        name, kind = parameter["name"], self._kind(parameter)
        text = self._text(_key(name))
        old = self._values.get(name, _ABSENT)
        if kind == "boolean":
            return True if text else False if name in self._listed("added") else _ABSENT
        if kind == "password":
            if text:
                return text
            return _ABSENT if name in self._listed("forget") else old
        if old is not _ABSENT and text == as_text(old):
            return old
        if not text.strip():
            return _ABSENT
        if kind == "json":
            return orjson.loads(text)
        if kind == "choice":
            found = [c for c in parameter["choices"] if as_text(c) == text]
            return found[0] if found else text
        return text

    def _extra(self, name: str, text: str) -> Any:
        if name in self._values and text == as_text(self._values[name]):
            return self._values[name]
        return orjson.loads(text) if text.lstrip()[:1] in ("[", "{") else text

    def _rows(self) -> list[tuple[str, str]]:
        if self._form is None:
            declared = {parameter["name"] for parameter in self._parameters}
            return [
                (name, as_text(value))
                for name, value in self._values.items()
                if name not in declared
            ]
        numbers = sorted(
            int(found[1]) for key in self._form if (found := _ROW.fullmatch(key))
        )
        rows = [
            (self._text(f"extra-name-{n}").strip(), self._text(f"extra-value-{n}"))
            for n in numbers
        ]
        return [row for row in rows if row != ("", "")]

    def _text(self, key: str) -> str:
        text = str((self._form or {}).get(key, ""))
        return text.replace("\r\n", "\n")

    def _listed(self, key: str) -> list[str]:
        found = (self._form or {}).get(key, [])
        return found if isinstance(found, list) else [found]


def rules_of(parameter: Json) -> str:
    """What a value of the parameter must be, in a sentence."""
    text = "; ".join(parameter["rules"])
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def as_text(value: Any) -> str:
    """A value of a configuration as people read and type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return str(value)


def _key(name: str) -> str:
    # A colon would mean something to Zope.
    return f"config-{quote(name, safe='')}"


def _not_json(name: str, error: ValueError) -> str:
    return (
        f"The '{name}' configuration parameter must be a list or map in JSON: {error}"
    )
