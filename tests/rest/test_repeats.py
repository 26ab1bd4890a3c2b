"""Requests that are sent twice: the header ``Idempotency-Key``."""

from collective.mwsvm import site
from collective.mwsvm.database import repeats
from concurrent.futures import ThreadPoolExecutor
from tests.rest.case import RestTestCase
from tests.rest.test_images import MINIMAL
import transaction


class TestRepeats(RestTestCase):
    def send(self, key, body=MINIMAL, path="images"):
        return self.post(path, body, headers={"Idempotency-Key": key})

    def test_the_second_request_gets_the_answer_of_the_first(self):
        first, second = self.send("k"), self.send("k")
        self.assertEqual((first.status_code, second.status_code), (201, 201))
        self.assertEqual(first.json(), second.json())
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self.results("images")), 1)

    def test_many_at_once_act_once(self):
        event = {"eventTime": "2012-01-01 00:00:00 UTC", "eventType": "x"}
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: self.send("k", event, "events"), range(8)))
        self.assertEqual({answer.status_code for answer in found}, {201})
        self.assertEqual(len({answer.json()["id"] for answer in found}), 1)
        self.assertEqual(len(self.results("events", "id")), 1)

    def test_a_key_is_for_one_request(self):
        self.send("k")
        other = self.send("k", {**MINIMAL, "name": "other"})
        self.assert_refused(other, 400, "Idempotency-Key: the key 'k' was used")

    def test_what_was_refused_may_be_corrected_and_sent_again(self):
        self.assertEqual(self.send("k", {}).status_code, 400)
        self.assertEqual(self.send("k").status_code, 201)

    def test_keys_that_can_not_be(self):
        self.assert_refused(self.send("x" * 300), 400, "1 to 255", "300")

    def test_keys_are_forgotten_after_a_day(self):
        self.send("k")
        with site.database().writing() as connection:
            self.assertEqual(repeats.forget(connection, self.clock() + 86000), 0)
            self.assertEqual(repeats.forget(connection, self.clock() + 87000), 1)
        transaction.commit()
