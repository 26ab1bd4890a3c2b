"""Scriptable URLs: the schemes file, exec, http and https (guide 6.2.6)."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.types.native import scripts
from collective.mwsvm.plugins.types.native import web
from collective.mwsvm.plugins.types.native.answers import Answer
from collective.mwsvm.plugins.types.native.answers import LIMIT
from collective.mwsvm.plugins.types.native.answers import too_long
from collective.mwsvm.plugins.types.native.answers import UrlFailure
from urllib.parse import quote
from urllib.parse import SplitResult
from urllib.parse import unquote
from urllib.parse import urlsplit
import os
import re
import stat


# Variables that make loaders, shells and interpreters run code of others.
_LOADS = re.compile(r"(LD_|DYLD_|PERL5|PERLLIB|PYTHON|RUBY|BASH_|NODE_)|(ENV|IFS)$")

SCHEMES = ("file", "exec", "http", "https")

# What a server reads as it stands; "+" is not among them, since many read it as a blank.
_PLAIN = "=,:/?@!$'()*;~-._"


class MissingFile(UrlFailure):
    """The file of a file URL does not exist."""


def complaint(url: str) -> str | None:
    """What is wrong with the form of a URL, as a sentence; None if nothing is."""
    try:
        _split(url)
    except UrlFailure as failure:
        return str(failure)
    return None


def script(url: str) -> str | None:
    """The program that an exec URL runs; None of other URLs."""
    try:
        parts = _split(url)
    except UrlFailure:
        return None
    return unquote(parts.path) if parts.scheme == "exec" else None


def is_within(path: str, folders: Iterable[str]) -> bool:
    """Whether the file is below one of the folders, wherever links lead."""
    real = os.path.realpath(path)
    return any(
        os.path.commonpath([real, folder]) == folder
        for folder in map(os.path.realpath, folders)
    )


def fetch(
    url: str,
    seconds: float,
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Answer:
    """What a URL answers.

    ``arguments`` take the place of the query string that the URL may have. To a script
    each is one argument, exactly as it is here; to a web server they are the query
    string, joined by ``&``, with percent signs for all that would not stand for itself;
    to a file they mean nothing. The query string of the URL itself is split at ``&`` for
    a script, and each piece is percent-decoded (``+`` stays ``+``).

    ``environment`` is for scripts only.

    Raises `UrlFailure`, and of a file that does not exist `MissingFile`.
    """
    parts = _split(url)
    if parts.scheme == "file":
        return _file(unquote(parts.path))
    if parts.scheme == "exec":
        if arguments is None:
            arguments = [unquote(piece) for piece in parts.query.split("&") if piece]
        path = unquote(parts.path)
        return scripts.run(path, arguments, environment or {}, seconds)
    if arguments is not None:
        query = "&".join(quote(argument, safe=_PLAIN) for argument in arguments)
        parts = parts._replace(query=query)
    return web.get(parts, seconds)


def parse_environment(text: str | None) -> dict[str, str]:
    """The variables of ``A=1&B=2&C``; one without ``=`` is empty.

    Names and values are percent-decoded, so that a value may have ``%26`` for ``&``.
    Raises ValueError for a variable without a name and for NUL characters.
    """
    found = {}
    for piece in (text or "").split("&"):
        name, _, value = (unquote(part) for part in piece.partition("="))
        if piece and not name:
            raise ValueError(f"{piece!r} has no name before the equals sign")
        if "\0" in name + value or "=" in name:
            raise ValueError(f"{piece!r} has a character that variables can't have")
        if _LOADS.match(name):
            raise ValueError(f"{name} makes programs load other code; it can't be set")
        if piece:
            found[name] = value
    return found


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise UrlFailure(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in SCHEMES:
        allowed = ", ".join(SCHEMES)
        raise UrlFailure(f"{url!r} has none of the schemes that can be used: {allowed}")
    if parts.scheme in ("http", "https"):
        if not host:
            raise UrlFailure(f"{url!r} names no server")
        return parts
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        form = f"{parts.scheme}:///folder/name"
        raise UrlFailure(f"{url!r} names no absolute path; the form is {form}")
    if "\0" in unquote(parts.path):
        raise UrlFailure(f"{url!r} has a NUL character in its path")
    return parts


def _file(path: str) -> Answer:
    try:
        # A named pipe or a device may have no end, or wait for one to write.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UrlFailure(f"{path} is not a file")
        with open(path, "rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError as error:
        raise MissingFile(f"{path} does not exist") from error
    except OSError as error:
        raise UrlFailure(f"{path} can't be read: {error.strerror}") from error
    if len(content) > LIMIT:
        raise too_long(LIMIT)
    return Answer(content.decode("utf-8", "replace"))
