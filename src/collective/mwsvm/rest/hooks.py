"""Hooks: functions of administrators that run before and after each call (guide 3.7)."""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.resources.call import Streamed
from collective.mwsvm.rest.answers import Answer
from collective.mwsvm.rest.hook_call import HookCall
from collective.mwsvm.rest.hook_call import ResponseHeaders
from collective.mwsvm.rest.hook_files import Hook
from collective.mwsvm.rest.hook_files import HookError
from collective.mwsvm.rest.hook_files import HookFolder
from collective.mwsvm.rest.hook_names import CURRENT
from collective.mwsvm.rest.hook_names import NAMES
from collective.mwsvm.rest.hook_names import plain
from collective.mwsvm.rest.hook_names import Run
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
import inspect
import logging


logger = logging.getLogger(__name__)


class Hooks:
    """Runs the hooks of a folder around the operations of the API."""

    def __init__(self, folder: HookFolder) -> None:
        self._folder = folder

    def concern(self, resource: str) -> bool:
        """Whether there are hooks for the resource; most often there are none."""
        return bool(self._folder.files(resource, NAMES))

    def before(self, resource: str, kind: str, call: HookCall) -> Answer | None:
        """Run the hooks before an operation: the common one, then the resource's.

        An answer is what a hook rendered to stop the call: no more hooks run then,
        neither after it. None means to go on, with what ``call`` has now. Raises
        `HookError` if a hook fails, or stops the call without an answer.

        The body of an answer is JSON, bytes that are sent as they are, or None.
        """
        call.files = self._folder.files(resource, NAMES)
        for file in call.files:
            hook = file.hook("before", kind)
            if hook is not None:
                answer = _before(hook, Run(call, resource, kind, "before"))
                if answer is not None:
                    return answer
        return None

    def after(self, resource: str, kind: str, call: HookCall, answer: Answer) -> Answer:
        """Run the hooks after an operation: the resource's, then the common one.

        Gives the answer as they made it, with the headers that hooks set before and
        after the operation. Raises `HookError` if a hook fails.
        """
        files = call.files
        if files is None:
            files = self._folder.files(resource, NAMES)
        response = call.response
        if not files and not response.headers:
            return answer
        response.status = answer.status
        # What the operation says counts more than what was set before it.
        response.headers.update(answer.headers)
        body = answer.body
        if isinstance(body, bytes | Streamed):
            files = ()  # No JSON, so nothing to give to a hook.
        for file in reversed(files):
            hook = file.hook("after", kind)
            if hook is not None:
                body = _after(hook, Run(call, resource, kind, "after"), body)
        return replace(
            answer, status=response.status, body=body, headers=dict(response.headers)
        )


def _before(hook: Hook, run: Run) -> Answer | None:
    with _running(hook, run):
        goes_on = _returned(hook)
        # As JSON, and the operation's own: the hook may have kept a part of it.
        if not isinstance(run.call.body, bytes):
            run.call.body = plain(run.call.body)
        if goes_on is None:
            # No return: what was rendered is not lost, nothing rendered is no objection.
            goes_on = run.rendered is None
        if goes_on:
            return None
        if run.rendered is not None:
            headers = ResponseHeaders()
            headers.update(run.call.response.headers)
            headers.update(run.rendered.headers)
            return replace(run.rendered, headers=dict(headers))
    logger.error("The %s stopped the call without an answer", hook)
    raise HookError(f"The {hook} stopped the call without an answer")


def _after(hook: Hook, run: Run, body: Any) -> Any:
    # A copy: a change counts only if the hook returns it.
    given = plain(body)
    with _running(hook, run):
        result = _returned(hook, given)
        if result is None or result is False:
            return body
        if not isinstance(result, Mapping | list):
            raise TypeError(f"{type(result).__name__} is neither an object nor a list")
        return plain(result)


def _returned(hook: Hook, *arguments: Any) -> Any:
    result = hook.function(*arguments)
    if inspect.iscoroutine(result) or inspect.isgenerator(result):
        result.close()
        raise TypeError("a hook is a plain function: without async, await and yield")
    return result


@contextmanager
def _running(hook: Hook, run: Run) -> Iterator[None]:
    token = CURRENT.set(run)
    try:
        yield
    except BaseException as error:
        # All of them: beyond here they would end a thread of the server.
        logger.exception("The %s failed", hook)
        raise HookError(f"The {hook} failed") from error
    finally:
        CURRENT.reset(token)
