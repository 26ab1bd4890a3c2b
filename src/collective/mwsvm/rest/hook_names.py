"""The names that hook files find: the present call, and how to answer it."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.models import dates
from collective.mwsvm.rest.answers import Answer
from collective.mwsvm.rest.answers import messages
from collective.mwsvm.rest.hook_call import check_header
from collective.mwsvm.rest.hook_call import checked_status
from collective.mwsvm.rest.hook_call import HookCall
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
import operator
import orjson


@dataclass
class Run:
    """A call while one of its hooks runs."""

    call: HookCall
    resource: str
    kind: str
    when: str
    rendered: Answer | None = None


CURRENT: ContextVar[Run] = ContextVar("mws-hook")


def _run() -> Run:
    try:
        return CURRENT.get()
    except LookupError:
        raise RuntimeError(
            "There is no call here: hooks can use this, in the thread that runs them"
        ) from None


class _OfTheCall:
    """Stands for an object of the call that the present thread works on.

    A file is loaded once and its hooks run in several threads; what its globals stand
    for is looked up at each use.
    """

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[Run], Any]) -> None:
        object.__setattr__(self, "_find", find)

    def __getattr__(self, name: str) -> Any:
        return getattr(_meant(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_meant(self), name, value)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        # For isinstance.
        return type(_meant(self))


def _meant(stand_in: _OfTheCall) -> Any:
    return object.__getattribute__(stand_in, "_find")(_run())


def _forward(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda stand_in, *others: function(_meant(stand_in), *others)


# Python looks operators up in the class only.
_OPERATORS: dict[str, Callable[..., Any]] = {
    "__str__": str,
    "__repr__": repr,
    "__format__": format,
    "__bool__": bool,
    "__hash__": hash,
    "__len__": len,
    "__iter__": iter,
    "__contains__": operator.contains,
    "__getitem__": operator.getitem,
    "__setitem__": operator.setitem,
    "__delitem__": operator.delitem,
    "__eq__": operator.eq,
    "__ne__": operator.ne,
    "__lt__": operator.lt,
    "__gt__": operator.gt,
    "__or__": operator.or_,
    "__ror__": lambda value, other: other | value,
    "__add__": operator.add,
    "__radd__": lambda value, other: other + value,
}
for _name, _function in _OPERATORS.items():
    setattr(_OfTheCall, _name, _forward(_function))


def is_success() -> bool:
    """Whether the status of the answer is below 400."""
    return _run().call.response.status < 400


def serialize_object(value: Any) -> dict[str, Any]:
    """An object as JSON: a mapping or a dataclass. `TypeError` for anything else."""
    made = plain(value)
    if not isinstance(made, dict):
        raise TypeError(f"{type(value).__name__} is no JSON object")
    return made


def serialize_list(values: Iterable[Any]) -> dict[str, Any]:
    """A list as the API answers it. `TypeError` for what is no list or not JSON."""
    if isinstance(values, str | bytes | Mapping):
        raise TypeError(f"{type(values).__name__} is no list")
    results = plain(list(values))
    return {"totalCount": len(results), "resultCount": len(results), "results": results}


def render_messages(sentences: str | list[str], code: int | None = None) -> None:
    """Answer with sentences; as a refusal (400) if nothing else is said."""
    if isinstance(sentences, str):
        sentences = [str(sentences)]
    if not all(isinstance(sentence, str) for sentence in sentences):
        raise TypeError("messages are strings")
    _render(messages(_code(code, default=400), *plain(list(sentences))))


def render_object(value: Any, code: int | None = None) -> None:
    """Answer with an object."""
    _render(Answer(_code(code), serialize_object(value)))


def render_list(values: Iterable[Any], code: int | None = None) -> None:
    """Answer with a list: ``totalCount``, ``resultCount`` and ``results``."""
    _render(Answer(_code(code), serialize_list(values)))


def render(
    text: str = "",
    contentType: str = "text/plain;charset=utf-8",
    status: int | None = None,
) -> None:
    """Answer with a text, which is sent in UTF-8."""
    if not isinstance(text, str):
        raise TypeError("render takes a text; renderObject takes an object")
    body = str(text).encode()
    _render(Answer(_code(status), body, {"Content-Type": contentType}))


def redirect(uri: str | None = None, url: str | None = None) -> None:
    """Send the client elsewhere: to a path of this API, or to any URL."""
    if (uri is None) == (url is None):
        raise TypeError("redirect takes either uri or url")
    target = f"{_run().call.request.base}{uri}" if url is None else str(url)
    _render(Answer(302, None, {"Location": target}))


#: The globals of hook files, beside ``log``.
NAMES: Mapping[str, Any] = {
    "params": _OfTheCall(lambda run: run.call.params),
    "request": _OfTheCall(lambda run: run.call.request),
    "response": _OfTheCall(lambda run: run.call.response),
    "session": _OfTheCall(lambda run: run.call.session),
    "flash": _OfTheCall(lambda run: run.call.flash),
    "controllerName": _OfTheCall(lambda run: run.resource),
    "actionName": _OfTheCall(lambda run: run.kind.lower()),
    "isSuccess": is_success,
    "serializeObject": serialize_object,
    "serializeList": serialize_list,
    "renderMessages": render_messages,
    "renderObject": render_object,
    "renderList": render_list,
    "render": render,
    "redirect": redirect,
}


def _render(answer: Answer) -> None:
    run = _run()
    if run.when != "before":
        raise RuntimeError("an after hook returns its answer instead of rendering it")
    for name, text in answer.headers.items():
        check_header(name, text)
    run.rendered = answer


def _code(given: int | None, default: int = 200) -> int:
    if given is not None:
        return checked_status(given)
    return _run().call.response.status_or(default)


def plain(value: Any) -> Any:
    """A copy in which all is plain JSON. Raises TypeError for what is none."""
    encoded = orjson.dumps(
        value, default=_jsonable, option=orjson.OPT_PASSTHROUGH_DATETIME
    )
    return orjson.loads(encoded)


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return dates.mws(value.timestamp())
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
