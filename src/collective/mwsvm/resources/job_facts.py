"""What other resources ask of the documents of jobs."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import Query
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json


def found(call: Call, query: Query) -> list[Json]:
    """The jobs that match, in the order of their ids."""
    documents = collections.job_documents
    return Collection(call.connection, documents, call.new_id).find(query).documents
