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

#: What programs that are no scripts begin with.
_PROGRAM = b"\x7fELF"


def read_command(path: str) -> str:
    """The text of a command file on this server. Raises `Invalid`.

    It must be readable for everybody here: whoever may submit jobs could read it. For a
    program such as ``/bin/bash`` it is a script that runs the machine's own.
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
    if content.startswith(_PROGRAM):
        return f'#!/bin/sh\nexec {shlex.quote(path)} "$@"\n'
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
    lines += _NAMED
    variables = {**document["variables"], **document["environmentVariables"]}
    lines += [
        f"export {name}={shlex.quote(value)}"
        for name, value in variables.items()
        if name.isidentifier() and name.isascii()
    ]
    lines += [
        'mwsvm_command="$(mktemp)" || exit 1',
        f"cat > \"$mwsvm_command\" <<'{end}'",
        f"{text}{end}",
        'chmod u+x "$mwsvm_command"',
        *_redirected("out", document["standardOutputFilePath"], ">"),
        *_redirected("err", document["standardErrorFilePath"], "2>"),
        " ".join(['"$mwsvm_command"', *_arguments(document)]),
        "mwsvm_code=$?",
        'rm -f "$mwsvm_command"',
        "exit $mwsvm_code",
    ]
    return "\n".join(lines)


#: Jobs know their names and, of an array, their index, by what Moab calls them.
_NAMED = (
    'export MOAB_JOBID="$MWSVM_JOB"',
    "case $MOAB_JOBID in *\\[*\\])",
    '  MOAB_JOBARRAYINDEX="${MOAB_JOBID##*\\[}"',
    '  export MOAB_JOBARRAYINDEX="${MOAB_JOBARRAYINDEX%]}"',
    "esac",
)


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


def _redirected(ending: str, path: str | None, operator: str) -> list[str]:
    if not path:
        return [f"mwsvm_{ending}="]
    # Clients name directories, too: the job's name makes a file in them.
    place = f'"$mwsvm_{ending}"'
    lines = [
        f"mwsvm_{ending}={shlex.quote(path)}",
        f'[ ! -d {place} ] || mwsvm_{ending}={place}/"${{MWSVM_JOB:-job-$$}}.{ending}"',
    ]
    opened = f"exec {operator}{place} || exit 1"
    if ending == "err":
        # A file that is opened twice is written over.
        opened = f'[ {place} = "$mwsvm_out" ] && exec 2>&1 || {opened}'
    return [*lines, opened]


def _unreadable(path: str, why: str) -> Invalid:
    return Invalid(
        f"The field 'commandFile' can't be '{path}': {why}",
        "MWS must have read access to the command file",
    )
