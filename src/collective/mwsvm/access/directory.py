"""What a directory of users is asked, whatever kind it is; and names in it compared."""

from collections.abc import Callable
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import Unavailable
from threading import Lock
from typing import Protocol
import re
import unicodedata


#: The types of a principal's users and groups, as the REST API spells them.
USER = "LDAP"
GROUP = "LDAPGROUP"
OU = "LDAPOU"

#: Pairs of type and name. Names of groups and units are in the form of `normal_dn`.
Memberships = frozenset[tuple[str, str]]


class Directory(Protocol):
    """Knows which groups and units a user belongs to."""

    def memberships(self, user: str) -> Memberships:
        """The user, the user's groups (and their groups) and units.

        Empty when the directory has no such user. The user's pair carries the name as
        it was asked for. Raises `Unavailable`.
        """

    def check(self) -> None:
        """Nothing, if the directory answers; otherwise raises `Unavailable`."""


class CachedDirectory:
    """A directory that is asked once per user and ``seconds``, from any thread.

    When it can't answer, nobody asks it again for ``pause`` seconds: all get the same
    `Unavailable` at once, so a dead server does not hold up every request in turn.
    """

    #: So many users are remembered; names come from outside and have no end.
    LIMIT = 1000

    def __init__(
        self,
        directory: Directory,
        clock: Callable[[], float],
        seconds: float = 60,
        pause: float = 5,
    ):
        self._directory = directory
        self._clock = clock
        self._seconds = seconds
        self._pause = pause
        self._lock = Lock()
        self._known: dict[str, tuple[float, Memberships]] = {}
        self._failure: tuple[float, str] | None = None

    def memberships(self, user: str) -> Memberships:
        """As `Directory.memberships`, as it was at most ``seconds`` ago."""
        with self._lock:
            now = self._clock()
            known = self._known.get(user)
            if known and now < known[0]:
                return known[1]
            if self._failure and now < self._failure[0]:
                raise Unavailable(self._failure[1])
        # Asked without the lock: a slow answer must not hold up the known users.
        try:
            memberships = self._directory.memberships(user)
        except Unavailable as error:
            with self._lock:
                self._failure = (self._clock() + self._pause, str(error))
            raise
        with self._lock:
            self._failure = None
            # At the end again, so the first one is always the oldest.
            self._known.pop(user, None)
            self._known[user] = (self._clock() + self._seconds, memberships)
            if len(self._known) > self.LIMIT:
                del self._known[next(iter(self._known))]
        return memberships

    def check(self) -> None:
        """As `Directory.check`, and never from memory."""
        self._directory.check()


#: ``type=value``, the value still escaped, and what follows it.
_PAIR = re.compile(
    r"\s*([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*)\s*=\s*"
    r'((?:\\[0-9A-Fa-f]{2}|\\[^0-9A-Fa-f]|[^\\,+;"<>])+)'
    r"([,+]|\Z)"
)
_ESCAPED = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)
_SPECIAL = re.compile(r'([,+;"\\<>=#])')


def normal_dn(dn: str) -> str:
    """One spelling for all spellings of a distinguished name, to compare it.

    Case, blanks around commas and equals signs, runs of blanks, the way of escaping and
    the order within ``a=1+b=2`` make no difference. Raises `Invalid` for anything else
    than a distinguished name (RFC 4514).
    """
    return ",".join(
        "+".join(sorted(f"{name.lower()}={_folded(value)}" for name, value in pairs))
        for pairs in _parsed(dn)
    )


def parents(dn: str) -> list[str]:
    """The names of the entries above an entry, the nearest first.

    Raises `Invalid`.
    """
    parts = ["+".join(f"{n}={value}" for n, value in pairs) for pairs in _parsed(dn)]
    return [",".join(parts[position:]) for position in range(1, len(parts))]


def _parsed(dn: str) -> list[list[tuple[str, str]]]:
    """For each part between commas its pairs of type and value, still escaped.

    Not ldap3's parser: principals are compared where ldap3 is not installed too, and
    it takes ``cn=a\\ `` for ``cn=a\\\\``.
    """
    parts: list[list[tuple[str, str]]] = [[]]
    position = 0
    while True:
        match = _PAIR.match(dn, position)
        if not match or not match[2].strip():
            raise Invalid(
                f"{dn!r} is not a distinguished name such as "
                "'CN=Engineering,OU=Groups,DC=example,DC=org'."
            )
        parts[-1].append((match[1], match[2]))
        if not match[3]:
            return parts
        if match[3] == ",":
            parts.append([])
        position = match.end()


def _folded(value: str) -> str:
    # What RFC 4518 prescribes for comparing names: fold case and compatible
    # characters, and let runs of blanks count as one.
    plain = _ESCAPED.sub(_unescaped, value)
    folded = unicodedata.normalize("NFKC", plain).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return _SPECIAL.sub(r"\\\1", " ".join(folded.split()))


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        octets = bytes.fromhex(match[1].replace("\\", ""))
        return octets.decode("utf-8", "surrogateescape")
    return match[2]
