import pytest


# Its assertions explain themselves as those of test modules do.
pytest.register_assert_rewrite("tests.workload.contract.contract")
