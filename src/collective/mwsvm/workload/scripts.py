"""What a machine runs for a job of the guide's: its command file, in its surroundings."""

from collections.abc import Callable
from collections.abc import Container
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.jobs import START_STRING
from hashlib import sha256
from typing import Any
import os
import shlex
import stat


Json = dict[str, Any]

#: The longest script, in bytes: it is a part of what the machine fetches.
LIMIT = 48 * 1024

#: What programs that are no scripts begin with.
_PROGRAM = b"\x7fELF"


def read_script(path: str, field: str = "commandFile") -> str:
    """The text of a script on this server, which a field names. Raises `Invalid`.

    It must be readable for everybody here: whoever may submit jobs could read it. For a
    program such as ``/bin/bash`` it is a script that runs the machine's own.
    """

    def unreadable(why: str) -> Invalid:
        called = "command file" if field == "commandFile" else "file"
        return Invalid(
            f"The field '{field}' can't be '{path}': {why}",
            f"MWS must have read access to the {called}",
        )

    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise unreadable("it is not a file")
        if not found.st_mode & stat.S_IROTH:
            raise unreadable("it is not readable for everybody on the server")
        with open(path, "rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise unreadable("it does not exist on the server") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise unreadable(str(reason)) from None
    if content.startswith(_PROGRAM):
        return f'#!/bin/sh\nexec {shlex.quote(path)} "$@"\n'
    if len(content) > LIMIT:
        raise unreadable(f"it is longer than {LIMIT} bytes")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise unreadable("it is not UTF-8") from None
    if not text.strip() or "\0" in text:
        raise unreadable("it is no script")
    return text


def start_string(document: Json, read: Callable[[str, str], str] = read_script) -> str:
    """The shell script that runs a job, from its document. Raises `Invalid`.

    Its prolog and epilog get the arguments that TORQUE gives to those of a job's owner.
    Without success of the prolog the command is not run, and the epilog runs in any case,
    also when the job is asked to end.
    """
    texts = {
        part: read(document[field], field)
        for part, field in _PARTS.items()
        if document[field]
    }
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
    for part, text in texts.items():
        lines += _file(part, text)
    lines += [
        *_redirected("out", document["standardOutputFilePath"], ">"),
        *_redirected("err", document["standardErrorFilePath"], "2>"),
        *_steps(document, texts.keys()),
        "rm -f " + " ".join(f'"$mwsvm_{part}"' for part in texts),
        "exit $mwsvm_code",
    ]
    script = "\n".join(lines)
    if len(script) > START_STRING:
        raise Invalid(
            f"The scripts, variables and arguments of a job can have {START_STRING} "
            f"characters together, not {len(script)}"
        )
    return script


#: The scripts of a job, and the fields that name them.
_PARTS = {
    "command": "commandFile",
    "prolog": "prologScript",
    "epilog": "epilogScript",
}

#: Jobs know their names and, of an array, their index, by what Moab calls them.
_NAMED = (
    'export MOAB_JOBID="$MWSVM_JOB"',
    "case $MOAB_JOBID in *\\[*\\])",
    '  MOAB_JOBARRAYINDEX="${MOAB_JOBID##*\\[}"',
    '  export MOAB_JOBARRAYINDEX="${MOAB_JOBARRAYINDEX%]}"',
    "esac",
)


def _file(part: str, text: str) -> list[str]:
    if not text.endswith("\n"):
        text += "\n"
    end = f"END_{sha256(text.encode()).hexdigest()[:16]}"
    return [
        f'mwsvm_{part}="$(mktemp)" || exit 1',
        f"cat > \"$mwsvm_{part}\" <<'{end}'",
        f"{text}{end}",
        f'chmod u+x "$mwsvm_{part}"',
    ]


def _steps(document: Json, parts: Container[str]) -> list[str]:
    steps = [" ".join(['"$mwsvm_command"', *_arguments(document)]), "mwsvm_code=$?"]
    credentials = document["credentials"]
    whose = ['"$MWSVM_JOB"', _word(credentials["user"]), _word(credentials["group"])]
    whose.append(_word(document["customName"]) if document["customName"] else whose[0])
    queue = [_word(credentials["jobClass"]), _word(credentials["account"])]
    if "prolog" in parts:
        begun = " ".join(['"$mwsvm_prolog"', *whose, "''", *queue])
        steps = [
            begun,
            "mwsvm_code=$?",
            'if [ "$mwsvm_code$mwsvm_asked" = 0 ]; then',
            *steps,
            "fi",
        ]
    if "epilog" in parts:
        # The signal goes to all processes of the job; this one has to wait for them.
        steps = ["mwsvm_asked=", "trap mwsvm_asked=1 TERM", *steps]
        ended = ['"$mwsvm_epilog"', *whose, "$$", "''", "''", *queue, "$mwsvm_code"]
        steps.append(" ".join(ended))
    return steps


def _word(text: str | None) -> str:
    return shlex.quote(text or "")


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
