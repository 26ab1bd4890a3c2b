"""One exchange with an agent: the JSON object that answers, whatever happens.

The change is committed before the answer leaves, so that an answer is never a promise
that the commit breaks.
"""

from collections.abc import Callable
from collective.mwsvm.database.engine import BUSY
from collective.mwsvm.database.engine import is_outage
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import Unavailable
from sqlalchemy.exc import DBAPIError
from transaction.interfaces import TransientError
from typing import Any
import json
import logging
import random
import time
import transaction


logger = logging.getLogger(__name__)

#: How often a change that met another one is tried again, and the first wait in seconds.
TRIES = 8
WAIT = 0.005


def exchange(answer: Callable[[], dict[str, Any]], response) -> str:
    """The reply's body: what ``answer`` gives, committed; or why there is none.

    ``answer`` may be called several times, when its changes meet others'. `MwsvmError`
    becomes ``NOTOK`` with its sentence. While the site can't answer, the status is 503;
    a defect of ours is 500 and its traceback stays in our log.
    """
    response.setHeader("Content-Type", "application/json; charset=utf-8")
    response.setHeader("Cache-Control", "no-store")
    try:
        body = _committed(answer)
    except Unavailable as error:
        transaction.abort()
        logger.warning("an agent was sent away: %s", error.__cause__ or error)
        body = {"response": "NOTOK", "message": str(error)}
        response.setStatus(503)
    except MwsvmError as error:
        transaction.abort()
        body = {"response": "NOTOK", "message": str(error)}
    except Exception:
        transaction.abort()
        logger.exception("an exchange with an agent failed")
        body = {
            "response": "NOTOK",
            "message": "The site failed to answer; see its log.",
        }
        response.setStatus(500)
    return json.dumps(body)


def _committed(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    for turn in range(TRIES):
        try:
            body = answer()
            transaction.commit()
            return body
        except TransientError as error:
            cause: Exception = error
        except DBAPIError as error:
            if not is_outage(error):
                raise
            cause = error
        transaction.abort()
        # Short, for it keeps one of the server's few threads.
        time.sleep(random.uniform(0, WAIT * 2**turn))  # noqa: S311
    raise Unavailable(BUSY) from cause
