"""Documents of jobs for what is worked out from them, put there without the manager."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from unittest import mock
import transaction


class JobDocuments:
    """For test cases of a site."""

    def add_jobs(self, *documents):
        """Jobs with these fields of version 2, each with a name of its own."""
        if not hasattr(collections, "job_documents"):
            patcher = mock.patch.object(
                collections, "job_documents", collections.images, create=True
            )
            patcher.start()
            self.addCleanup(patcher.stop)
        with site.database().writing() as connection:
            Collection(connection, collections.job_documents, site.new_id).insert(
                {
                    "isActive": True,
                    "systemJobType": None,
                    "templates": [{"name": "DEFAULT"}],
                    **document,
                }
                for document in documents
            )
        transaction.commit()
