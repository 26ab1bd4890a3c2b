"""Marks on the methods and classes of a plug-in. They change nothing else."""

from collections.abc import Callable
from typing import overload
from typing import TypeVar


_Method = TypeVar("_Method", bound=Callable[..., object])
_Class = TypeVar("_Class", bound=type)

SCOPES = ("singleton", "prototype")


def Unsecured(method: _Method) -> _Method:
    """A web service that anybody may call, without authentication (guide 6.2.8)."""
    method.__mws_unsecured__ = True  # type: ignore[attr-defined]
    return method


def web_service(method: _Method) -> _Method:
    """A web service, whatever the name of its argument is (guide 6.2.8)."""
    method.__mws_web_service__ = True  # type: ignore[attr-defined]
    return method


@overload
def component(cls: _Class) -> _Class: ...


@overload
def component(
    cls: str | None = None, *, name: str | None = None
) -> Callable[[_Class], _Class]: ...


def component(cls: type | str | None = None, *, name: str | None = None) -> object:
    """A class that MWS makes and injects where it is declared (guide 6.2.15).

    Used as ``@component`` or ``@component(name="helper")``; without a name it is injected
    by that of the class, with a small first letter. Subclasses are not marked: look in
    ``vars(cls)``.
    """
    if isinstance(cls, type):
        cls.__mws_component__ = None  # type: ignore[attr-defined]
        return cls
    given = name if name is not None else cls

    def mark(marked: _Class) -> _Class:
        marked.__mws_component__ = given  # type: ignore[attr-defined]
        return marked

    return mark


def scope(kind: str) -> Callable[[_Class], _Class]:
    """How many objects of a component there are: one for all, or one for each injection.

    ``kind`` is ``singleton``, which is so without this mark, or ``prototype``. Raises
    ValueError for others.
    """
    if kind not in SCOPES:
        raise ValueError(
            f"The scope {kind!r} is not known; it is {' or '.join(SCOPES)}"
        )

    def mark(marked: _Class) -> _Class:
        marked.__mws_scope__ = kind  # type: ignore[attr-defined]
        return marked

    return mark
