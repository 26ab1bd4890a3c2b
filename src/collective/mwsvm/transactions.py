"""Changes that are committed before the answer leaves.

So an answer is never a promise that the commit breaks, and a change that met another one
is tried again at once: Zope's own way sleeps for seconds in one of its few threads.
"""

from collections.abc import Callable
from collective.mwsvm.database.engine import BUSY
from collective.mwsvm.database.engine import is_outage
from collective.mwsvm.models.errors import Unavailable
from sqlalchemy.exc import DBAPIError
from transaction.interfaces import TransientError
from typing import TypeVar
import random
import time
import transaction


Result = TypeVar("Result")

#: How often a change that met another one is tried again, and the first wait in seconds.
TRIES = 8
WAIT = 0.005


def committed(change: Callable[[], Result]) -> Result:
    """What ``change`` gives, committed; it may be called several times.

    Raises `Unavailable` when it meets others again and again, or the database is away.
    """
    for turn in range(TRIES):
        try:
            result = change()
            transaction.commit()
            return result
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
