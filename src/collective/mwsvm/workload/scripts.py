"""What a machine runs for a job of the guide's: its command file, in its surroundings."""

from collections.abc import Callable
from collective.mwsvm.models.errors import Invalid
from hashlib import sha256
from typing import Any
import os
import shlex
import stat


Json = dict[str, Any]

#: The longest command file, in bytes: it is a part of what the machine fetches.
LIMIT = 48 * 1024


def read_command(path: str) -> str:
    """The text of a command file on this server. Raises `Invalid`.

    It must be readable for everybody here: whoever may submit jobs could read it.
    """
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise _unreadable(path, "it is not a file")
        if not found.st_mode & stat.S_IROTH:
            raise _unreadable(path, "it is not readable for everybody on the server")
        with open(path, "rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise _unreadable(path, "it does not exist on the server") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _unreadable(path, str(reason)) from None
    if len(content) > LIMIT:
        raise _unreadable(path, f"it is longer than {LIMIT} bytes")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8") from None
    if not text.strip() or "\0" in text:
        raise _unreadable(path, "it is no script")
    return text


def start_string(document: Json, read: Callable[[str], str] = read_command) -> str:
    """The shell script that runs a job, from its document. Raises `Invalid`."""
    text = read(document["commandFile"])
    if not text.endswith("\n"):
        text += "\n"
    end = f"END_{sha256(text.encode()).hexdigest()[:16]}"
    lines = []
    directory = document["initialWorkingDirectory"]
    if directory:
        lines.append(f"cd {shlex.quote(directory)} || exit 1")
    variables = {**document["variables"], **document["environmentVariables"]}
    lines += [
        f"export {name}={shlex.quote(value)}"
        for name, value in variables.items()
        if name.isidentifier() and name.isascii()
    ]
    lines += [
        'command="$(mktemp)" || exit 1',
        f"cat > \"$command\" <<'{end}'",
        f"{text}{end}",
        'chmod u+x "$command"',
    ]
    for name, descriptor in (
        ("standardOutputFilePath", ""),
        ("standardErrorFilePath", "2"),
    ):
        if document[name]:
            lines += _redirected(document[name], descriptor)
    lines += [
        " ".join(['"$command"', *_arguments(document)]),
        "code=$?",
        'rm -f "$command"',
        "exit $code",
    ]
    return "\n".join(lines)


def _arguments(document: Json) -> list[str]:
    try:
        return [
            shlex.quote(word) for word in shlex.split(document["commandLineArgs"] or "")
        ]
    except ValueError as error:
        raise Invalid(
            "The field 'commandLineArguments' can't be "
            f"{document['commandLineArgs']!r:.80}: {str(error).lower()}"
        ) from None


def _redirected(path: str, descriptor: str) -> list[str]:
    # Clients name a directory, too: the job's process number makes a file in it.
    ending = "err" if descriptor else "out"
    return [
        f"file={shlex.quote(path)}",
        f'[ ! -d "$file" ] || file="$file/job-$$.{ending}"',
        f'exec {descriptor}>"$file" || exit 1',
    ]


def _unreadable(path: str, why: str) -> Invalid:
    return Invalid(
        f"The field 'commandFile' can't be '{path}': {why}",
        "MWS must have read access to the command file",
    )
