"""What clients have set of nodes and virtual machines and no plug-in took over.

It lies in the member ``kept`` of the documents, which clients do not see, so that it
outlives the reports that the documents are made of.
"""

from typing import Any


Json = dict[str, Any]

#: Which member tells of the value that another one shall get.
_EXPECTED = (
    ("states", "powerState", "powerStateExpected"),
    ("states", "state", "stateExpected"),
    ("operatingSystem", "image", "imageExpected"),
)


def with_kept(document: Json) -> Json:
    """A document made of reports, with what is kept over it.

    Variables, partition and state go before what is reported, metrics behind. A value
    that was expected and is there now is expected no more.
    """
    kept = document.get("kept")
    if kept:
        document = {**document, **_over(document, kept)}
    for member, is_now, expected in _EXPECTED:
        values = document[member]
        wanted = values.get(expected)
        if wanted is not None and wanted == values[is_now]:
            document = {**document, member: {**values, expected: None}}
    return document


def _over(document: Json, kept: Json) -> Json:
    found: Json = {}
    if kept.get("variables"):
        found["variables"] = {**document["variables"], **kept["variables"]}
    if kept.get("metrics"):
        found["metrics"] = {**kept["metrics"], **document["metrics"]}
    if kept.get("partition"):
        found["partition"] = kept["partition"]
    if kept.get("state"):
        found["states"] = {
            **document["states"],
            "state": kept["state"],
            "stateLastUpdatedDate": kept["stateDate"],
        }
    if kept.get("messages"):
        own = {message["message"] for message in kept["messages"]}
        others = [each for each in document["messages"] if each["message"] not in own]
        found["messages"] = [*others, *kept["messages"]]
    return found
