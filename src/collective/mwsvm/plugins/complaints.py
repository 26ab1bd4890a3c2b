"""What is wrong with a configuration, in sentences (guide 6.2.6, Messaging)."""

from collections.abc import Sequence
from collective.mwsvm.plugins.declarations import Parameter
from collective.mwsvm.plugins.default_messages import DEFAULT_MESSAGES
from collective.mwsvm.plugins.default_messages import VIOLATIONS
from collective.mwsvm.plugins.message_format import argument
from collective.mwsvm.plugins.message_format import format_message
from collective.mwsvm.plugins.messages import Messages
from collective.mwsvm.plugins.naming import type_code
from typing import Any


#: What is shown for a secret.
HIDDEN = "***"

# Beyond this a value tells nobody more.
_LONGEST = 200


class Complaints:
    """The sentences on one configuration of one plug-in type, in their order."""

    def __init__(self, messages: Messages, class_name: str) -> None:
        self.sentences: list[str] = []
        self._messages = messages
        self._class_name = class_name

    def add(
        self,
        parameter: Parameter,
        violation: str,
        value: Any,
        arguments: Sequence[Any] = (),
        suffix: str | None = None,
    ) -> None:
        """Complain of a violation, a key of `VIOLATIONS`, by a value.

        ``arguments`` are those from {3} on; ``suffix`` is that of a custom validator.
        The message is the type's own for this parameter, else the project's, else the
        default one. The value of a password is in none of them.
        """
        kind = VIOLATIONS[violation]
        own = f"{type_code(self._class_name)}.{parameter.name}.{suffix or kind.suffix}"
        pattern = (
            self._messages.own(own, *kind.codes) or DEFAULT_MESSAGES[kind.fallback]
        )
        hidden = parameter.password and violation in ("inList", "notEqual")
        shown = [HIDDEN if hidden else _shown(parameter, value, a) for a in arguments]
        self.sentences.append(
            format_message(
                pattern,
                [
                    parameter.name,
                    self._class_name,
                    HIDDEN if parameter.password else _short(argument(value)),
                    *shown,
                ],
            )
        )

    def say(self, parameter: Parameter, value: Any, sentence: str) -> None:
        """Complain in a sentence about the parameter that no message is defined for."""
        self.sentences.append(
            f"The '{parameter.name}' configuration parameter "
            f"{_shown(parameter, value, sentence)}"
        )


def _shown(parameter: Parameter, value: Any, text: Any) -> str:
    shown = argument(text)
    secret = argument(value)
    if parameter.password and secret:
        shown = shown.replace(secret, HIDDEN)
    return _short(shown)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
