"""What can be wrong with a call, whoever makes it.

Every message names the field, the value given and what is allowed, and may be shown to
the caller. The rooms that speak HTTP turn each class into their status code in one
place.
"""


class MwsvmError(Exception):
    """Something the caller can understand; ``str(error)`` is the sentence for them.

    With several arguments it is several sentences: ``messages`` has them all.
    """

    @property
    def messages(self) -> list[str]:
        return [str(argument) for argument in self.args]

    def __str__(self) -> str:
        return " ".join(self.messages)


class NotFound(MwsvmError):
    """There is no such object."""


class Invalid(MwsvmError):
    """The call's own content is wrong: sent again it will be refused again."""


class Conflict(MwsvmError):
    """The object's present state does not allow this; another state may."""


class Forbidden(MwsvmError):
    """The caller is known and may not do this."""


class NotSupported(MwsvmError):
    """The manager or cloud behind the site has no such operation."""


class Unavailable(MwsvmError):
    """Something this site depends on can't answer now: try again later."""


class Misconfigured(Exception):
    """The server's own configuration is wrong, which only its log may tell."""
