"""One exchange with an agent: the JSON object that answers, whatever happens."""

from collections.abc import Callable
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.transactions import committed
from typing import Any
import json
import logging
import transaction


logger = logging.getLogger(__name__)


def exchange(answer: Callable[[], dict[str, Any]], response) -> str:
    """The reply's body: what ``answer`` gives, committed; or why there is none.

    ``answer`` may be called several times, when its changes meet others'. `MwsvmError`
    becomes ``NOTOK`` with its sentence. While the site can't answer, the status is 503;
    a defect of ours is 500 and its traceback stays in our log.
    """
    response.setHeader("Content-Type", "application/json; charset=utf-8")
    response.setHeader("Cache-Control", "no-store")
    try:
        body = committed(answer)
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
