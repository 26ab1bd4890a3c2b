"""The names of classes and methods, as codes, URLs and fields spell them."""

from collective.mwsvm.plugins.spelling import camel
from collective.mwsvm.plugins.spelling import snake


def class_name(cls: type) -> str:
    """The full name of a class, with its module: ``example.LoggingPlugin``."""
    return f"{cls.__module__}.{cls.__qualname__}"


def decapitalised(name: str) -> str:
    """A name with a small first letter, unless it starts with two capitals.

    So ``ExamplePlugin`` has message codes of ``examplePlugin``, and ``VCenterPlugin`` of
    ``VCenterPlugin`` (guide 6.2.6).
    """
    if name[:2].isupper() and len(name) > 1 and name[1].isalpha():
        return name
    return name[:1].lower() + name[1:]


def type_code(full_name: str) -> str:
    """What the message codes of a plug-in type start with, by its class's full name."""
    return decapitalised(full_name.rpartition(".")[2])


def field_names(name: str) -> tuple[str, ...]:
    """The names of the fields into which a class is injected, the preferred one first.

    ``ExampleTranslator`` goes into ``exampleTranslator`` and ``example_translator``;
    ``RMTranslator`` into ``rMTranslator`` (the guide's rule: the first letter is small),
    ``RMTranslator`` and ``rm_translator``.
    """
    names = (name[:1].lower() + name[1:], decapitalised(name), snake(name))
    return tuple(dict.fromkeys(names))


def service_name(method: str) -> str:
    """A method's name in URLs and lists: ``notify_event`` is ``notifyEvent``."""
    return camel(method)


def same_service(name: str, method: str) -> bool:
    """Whether a URL's name means a method, in any of the three spellings.

    ``notifyEvent``, ``notify-event`` and ``notify_event`` are the same.
    """
    return name == method or _folded(name) == _folded(method)


def _folded(name: str) -> str:
    return snake(name.replace("-", "_"))
