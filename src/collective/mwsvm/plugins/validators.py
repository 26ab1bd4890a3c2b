"""URLs, e-mail addresses and credit card numbers in configuration (guide 6.2.6)."""

from urllib.parse import urlsplit
import ipaddress
import re


_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"({_LABEL}\.)*{_LABEL}\.?", re.IGNORECASE | re.ASCII)
_DOMAIN = re.compile(rf"({_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE | re.ASCII)
# What a URL may not hold unless it is encoded.
_FOREIGN = re.compile(r"[\x00-\x20\x7f<>\"\\^`{|}]")
_BAD_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_LOCAL_PART = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*|\"[^\"\\\x00-\x1f]+\""
)
# American Express, Visa, Master Card (both of its series) and Discover.
_CARDS = re.compile(
    r"3[47]\d{13}"
    r"|4\d{12}(\d{3})?"
    r"|5[1-5]\d{14}|(222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    r"|6(011\d\d|5\d{4}|4[4-9]\d{3}|22[1-9]\d\d)\d{10}",
    re.ASCII,
)


def is_url(text: str) -> bool:
    """Whether a text is an absolute ``http``, ``https`` or ``ftp`` URL.

    Names without a dot count as hosts: a cluster has names of its own.
    """
    return _scheme(text) in ("http", "https", "ftp") and _has_host(text)


def is_scriptable_url(text: str) -> bool:
    """Whether a text is such a URL or names a file of the server by its absolute path.

    Those are ``file:///path`` (read) and ``exec:///path?arguments`` (run).
    """
    if _scheme(text) not in ("file", "exec"):
        return is_url(text)
    return _names_file(text)


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address ``local@domain``, alone and without a name."""
    local, at, domain = text.rpartition("@")
    if not at or len(text) > 254 or len(local) > 64:
        return False
    return _LOCAL_PART.fullmatch(local) is not None and _is_mail_domain(domain)


def is_credit_card(text: str) -> bool:
    """Whether a text is a number of American Express, Visa, Master Card or Discover.

    Digits alone, with the right length and check digit.
    """
    return _CARDS.fullmatch(text) is not None and _luhn(text)


def _scheme(text: str) -> str:
    return text.partition(":")[0].lower()


def _has_host(text: str) -> bool:
    if _FOREIGN.search(text) or _BAD_PERCENT.search(text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or port == 0 or parts.netloc.endswith(":"):
        return False
    if "[" in parts.netloc:
        return _is_address(parts.hostname)
    return _is_host(parts.hostname)


def _names_file(text: str) -> bool:
    if _FOREIGN.search(text) or _BAD_PERCENT.search(text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    names_file = parts.path.startswith("/") and parts.path.strip("/") != ""
    return names_file and parts.netloc in ("", "localhost")


def _is_host(name: str) -> bool:
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return False
    if len(ascii_name) > 253 or _HOST.fullmatch(ascii_name) is None:
        return False
    # A name that ends in digits alone is an address, or nothing.
    last = ascii_name.rstrip(".").rpartition(".")[2]
    return _is_address(ascii_name) if last.isdigit() else True


def _is_mail_domain(name: str) -> bool:
    if name.startswith("[") and name.endswith("]"):
        return _is_address(name[1:-1])
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return False
    return len(ascii_name) <= 253 and _DOMAIN.fullmatch(ascii_name) is not None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
