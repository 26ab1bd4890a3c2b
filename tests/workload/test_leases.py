from collective.mwsvm.workload import leases


def test_one_worker_has_a_task(database):
    def take(holder, now):
        with database.transaction() as connection:
            return leases.take(connection, "task", holder, now, 90)

    assert take("one", 100)
    assert not take("two", 100)
    assert take("one", 150)
    assert not take("two", 200)
    assert take("two", 241)
    assert not take("one", 242)
    with database.transaction() as connection:
        leases.give_back(connection, "two")
    assert take("one", 243)
