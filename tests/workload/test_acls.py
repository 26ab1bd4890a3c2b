"""Lists of ACL rules."""

from collective.mwsvm.models.acl_rules import AclRule
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.workload import acls
from hypothesis import given
from hypothesis import strategies as st
import pytest


def rule(kind="USER", value="ted", **fields):
    return AclRule(type=kind, value=value, **fields).wire()


rules = st.lists(
    st.builds(
        rule,
        st.sampled_from(["USER", "GROUP"]),
        st.sampled_from("abc"),
        affinity=st.sampled_from(["POSITIVE", "NEUTRAL", "NEGATIVE"]),
    ),
    max_size=8,
)


@given(rules, rules)
def test_each_rule_is_there_once_and_the_last_counts(old, new):
    found = acls.merged(old, new)
    keys = [acls.identity(each) for each in found]
    assert len(keys) == len(set(keys))
    last = {acls.identity(each): each for each in [*old, *new]}
    assert {acls.identity(each): each for each in found} == last
    assert acls.merged(found, new) == found


def test_one_is_found_by_its_id():
    found = [rule(), rule("GROUP", "a:b")]
    assert acls.one(found, "GROUP:a:b", "reservation 'x'") is found[1]
    assert acls.one(found, "user:ted", "reservation 'x'") is found[0]


@pytest.mark.parametrize(
    "key, error, message",
    [
        ("USER:amy", NotFound, "The reservation 'x' has no ACL rule 'USER:amy'"),
        ("USER:TED", NotFound, "has no ACL rule"),
        ("CAT:ted", NotFound, "has no ACL rule"),
        ("USER", Invalid, "the form type:value"),
        ("USER:", Invalid, "the form type:value"),
        (":ted", Invalid, "the form type:value"),
    ],
)
def test_what_is_not_there(key, error, message):
    with pytest.raises(error, match=message):
        acls.one([rule()], key, "reservation 'x'")


def test_moabs_words_name_types():
    assert acls.parsed("acct:a") == ("ACCOUNT", "a")
    assert acls.parsed("RSV:system.1") == ("RESERVATION_ID", "system.1")
