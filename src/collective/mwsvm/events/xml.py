"""The XML form of events, read into the JSON form.

The document comes from anyone who may post events. It is read without a document type,
entities or the network, so it can neither grow while it is read nor fetch anything.
"""

from collections.abc import Iterator
from collective.mwsvm.models.errors import Invalid
from lxml import etree
from typing import Any
from typing import NoReturn
import re


MAX_DEPTH = 50
# "severity" is not in the guide, but some plugins send it.
EVENT_FIELDS = (
    "eventTime",
    "eventType",
    "eventCategory",
    "sourceComponent",
    "status",
    "facility",
    "severity",
)

_OBJECT_FIELDS = {"objectType": "type", "objectID": "id"}
_HINT = re.compile(r",? (?:use|try) XML_PARSE_HUGE(?: option)?")


def parse(body: bytes) -> list[dict[str, Any]]:
    """The events of an ``<Events>`` document, or of a single ``<Event>``, in order.

    Each has the form it would have in JSON. What the document leaves out is left out,
    but ``primaryObject`` always has a ``serialization``. Times and texts are as given,
    with all their white space. Unknown elements and attributes are ignored. Whether the
    values make an event is for the caller to check.

    ``Invalid``: the document is not well-formed or has a document type, another root or
    too many levels; an element of an event, or a detail's name, is there twice; a
    detail has no name; an element that holds a text holds elements. It names the line
    (of a document of more than 65535 lines, perhaps that last one).
    """
    root = _root(body)
    if root.tag == "Event":
        return [_event(root)]
    if root.tag == "Events":
        return [_event(element) for element in root.iterchildren("Event")]
    _refuse(root, f"the root is {_shown(root)}; it must be <Events> or <Event>")


class _Begun(Exception):
    """The root element has been reached."""


class _Prolog:
    """Reads up to the root, and lets no document type pass."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Invalid(
            "The XML has a document type (<!DOCTYPE ...>) before its root element: "
            "leave it out."
        )

    def start(self, tag: str, attributes: Any) -> None:
        raise _Begun

    def close(self) -> None:
        """Every target of a parser has this."""


def _root(body: bytes) -> Any:
    try:
        # A first look, for the parser would have dealt with the entities that a
        # document type declares before anybody could ask it whether there is one.
        etree.fromstring(body, _parser(target=_Prolog()))
    except _Begun:
        pass
    except etree.XMLSyntaxError as error:
        _refuse_malformed(error)
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        _refuse_malformed(error)
    _check_depth(root)
    return root


def _parser(**options: Any) -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        # So that they do not cut a text into pieces.
        remove_comments=True,
        remove_pis=True,
        **options,
    )


def _check_depth(root: Any) -> None:
    depth = 0
    for action, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if action == "start" else -1
        if depth > MAX_DEPTH:
            _refuse(element, f"the elements nest deeper than {MAX_DEPTH} levels")


def _event(element: Any) -> dict[str, Any]:
    event: dict[str, Any] = _attributes(element, EVENT_FIELDS)
    if (initiator := _only(element, "InitiatedBy")) is not None:
        event["initiatedBy"] = _attributes(initiator, ("user", "proxyUser"))
    if (primary := _only(element, "PrimaryObject")) is not None:
        serialization = _only(primary, "Serialization")
        event["primaryObject"] = _object(primary) | {
            "serialization": None if serialization is None else _text(serialization)
        }
    if (related := _only(element, "RelatedObjects")) is not None:
        event["relatedObjects"] = [
            _object(child) for child in related.iterchildren("RelatedObject")
        ]
    if (failure := _only(element, "ErrorMessage")) is not None:
        event["errorMessage"] = _attributes(failure, ("originator", "errorCode")) | {
            "message": _text(failure)
        }
    if (details := _only(element, "Details")) is not None:
        event["details"] = _details(details)
    return event


def _attributes(element: Any, names: tuple[str, ...]) -> dict[str, str]:
    return {name: element.get(name) for name in names if name in element.attrib}


def _object(element: Any) -> dict[str, str | None]:
    return {
        field: element.get(name)
        for name, field in _OBJECT_FIELDS.items()
        if name in element.attrib
    }


def _details(element: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, detail in _named(element):
        if name in found:
            _refuse(detail, f"the detail {name[:40]!r} is there twice")
        found[name] = _text(detail)
    return found


def _named(element: Any) -> Iterator[tuple[str, Any]]:
    for detail in element.iterchildren("Detail"):
        name = detail.get("name")
        if not name:
            _refuse(detail, "<Detail> has no name")
        yield name, detail


def _only(element: Any, tag: str) -> Any:
    """The one child with this tag, or None."""
    found = list(element.iterchildren(tag))
    if len(found) > 1:
        _refuse(found[1], f"{_shown(element)} has more than one <{tag}>")
    return found[0] if found else None


def _text(element: Any) -> str:
    if len(element):
        # Most likely XML that was not quoted. Ignoring it would lose the text.
        _refuse(
            element[0],
            f"{_shown(element)} holds a text, not the element {_shown(element[0])}: "
            "put it in <![CDATA[...]]> or write < as &lt;",
        )
    return element.text or ""


def _shown(element: Any) -> str:
    return f"<{element.tag[:60]}>"


def _refuse(element: Any, reason: str) -> NoReturn:
    raise Invalid(f"XML, line {element.sourceline}: {reason}.")


def _refuse_malformed(error: etree.XMLSyntaxError) -> NoReturn:
    reason = _HINT.sub("", error.msg or "nothing to read, line 1")[:300]
    raise Invalid(f"The XML can't be read: {reason}.") from None
