"""What the workload manager says of a request, beside the answer (guide 3.5).

Operations that are ``managed`` have it in headers: whether it was done, a code of three
digits, and of a refusal the sentences.
"""

from collections.abc import Mapping
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import NotSupported
import re


STATUS, CODE, MESSAGE = "X-Moab-Status", "X-Moab-Code", "X-Moab-Message"

#: The manager has done what was asked.
SUCCESS: Mapping[str, str] = {STATUS: "Success", CODE: "000"}

#: Not all of it: plug-ins have left something to the server's own record.
WARNING: Mapping[str, str] = {STATUS: "Warning", CODE: "100"}

#: What the manager refuses; the codes are those of the protocol that Moab speaks.
CODES: Mapping[type[MwsvmError], str] = {
    Invalid: "300",
    NotSupported: "710",
    NotFound: "730",
    Conflict: "740",
}

#: So long a message may be: the body has all of it, and servers limit headers.
LENGTH = 500

_BLANKS = re.compile(r"\s+")


def failure(error: MwsvmError) -> dict[str, str]:
    """The headers of a refusal; none where it is not the manager that refuses."""
    code = next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), None)
    if code is None:
        return {}
    return {STATUS: "Failure", CODE: code, MESSAGE: header_text(str(error))}


def header_text(text: str) -> str:
    """A text as a header may have it: one line of ASCII, and not too long."""
    line = _BLANKS.sub(" ", text).strip()
    safe = line.encode("ascii", "backslashreplace").decode()
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in safe)
    return safe if len(safe) <= LENGTH else f"{safe[: LENGTH - 3]}..."
