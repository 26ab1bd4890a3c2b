"""The messages of plug-in projects (guide 6.2.4)."""

from collections.abc import Mapping
from collective.mwsvm.plugins.default_messages import DEFAULT_MESSAGES
from collective.mwsvm.plugins.message_format import format_message
from collective.mwsvm.plugins.property_files import decode_properties
from collective.mwsvm.plugins.property_files import parse_properties
from pathlib import Path
from typing import Any


_KEYS = ("code", "args", "default", "error")


class Messages:
    """The messages of one project; called, it is the ``message`` of its plug-ins.

    ``message(code="first.code", args=[1, 2])`` and ``message({"code": "first.code"})``
    mean the same.
    """

    def __init__(self, entries: Mapping[str, str] | None = None) -> None:
        self._entries = dict(entries or {})

    @classmethod
    def read(cls, *folders: Path) -> "Messages":
        """Those of all files of the folders whose name ends in ``messages.properties``.

        Of messages of one code the first one counts: that of the folder named first,
        and within a folder that of the first file in the order of the alphabet.
        Raises ValueError with a sentence that names the file and the line.
        """
        entries: dict[str, str] = {}
        for folder in folders:
            for path in sorted(folder.glob("*messages.properties")):
                try:
                    text = decode_properties(path.read_bytes())
                    found = parse_properties(text)
                except (OSError, ValueError) as error:
                    raise ValueError(
                        f"The message file {path.name} cannot be read: {error}"
                    ) from None
                entries = {**found, **entries}
        return cls(entries)

    def __call__(
        self, parameters: Mapping[str, Any] | None = None, /, **named: Any
    ) -> str:
        """The message for a ``code`` with ``args``; the code where there is none.

        The project's own messages go before the default ones of the guide. ``default``
        is shown, with the arguments, for a code that is not defined.
        ``error`` is an object (or mapping) with ``codes``, ``arguments`` and
        ``defaultMessage``: the first code that is defined counts. Raises TypeError for
        other names.
        """
        given = {**(parameters or {}), **named}
        for name in given.keys() - set(_KEYS):
            raise TypeError(f"message() knows {', '.join(_KEYS)}, not {name!r}")
        codes = [str(given["code"])] if given.get("code") is not None else []
        arguments = _list(given.get("args"))
        default = given.get("default")
        error = given.get("error")
        if error is not None and not codes:
            codes = [str(code) for code in _list(_read(error, "codes"))]
            arguments = arguments or _list(_read(error, "arguments"))
            if default is None:
                default = _read(error, "defaultMessage", "default_message")
        for entries in (self._entries, DEFAULT_MESSAGES):
            for code in codes:
                if code in entries:
                    return format_message(entries[code], arguments)
        if default is not None:
            return format_message(str(default), arguments)
        return codes[-1] if codes else ""

    def own(self, *codes: str) -> str | None:
        """What the project itself defines for the first code that it defines."""
        return next((self._entries[c] for c in codes if c in self._entries), None)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _read(error: Any, *names: str) -> Any:
    for name in names:
        if isinstance(error, Mapping):
            value = error.get(name)
        else:
            value = getattr(error, name, None)
        if value is not None:
            return value
    return None
