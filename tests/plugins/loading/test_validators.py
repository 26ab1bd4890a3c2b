from collective.mwsvm.plugins import validators
from hypothesis import given
from hypothesis import strategies as st
import pytest


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://vcenter1",
        "https://example.com:8443/a/b?c=d&e=%20#f",
        "ftp://user:pass@example.com/file",
        "http://localhost:8080/mws",
        "http://10.0.0.1/x",
        "http://[::1]:80/",
        "http://bücher.example/",
        "HTTP://EXAMPLE.COM",
    ],
)
def test_urls(url):
    assert validators.is_url(url)
    assert validators.is_scriptable_url(url)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "http://",
        "http:///path",
        "http://exa mple.com",
        "http://example.com/a b",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://example.com:/",
        "http://300.1.1.1/",
        "http://[::g]/",
        "http://[::1",
        "http://-bad-.com",
        "http://a..b/",
        "http://example.com/%zz",
        "http://example.com/\n",
        "javascript:alert(1)",
        "gopher://example.com",
        f"http://{'a' * 64}.com",
    ],
)
def test_what_is_no_url(text):
    assert not validators.is_url(text)
    assert not validators.is_scriptable_url(text)


@pytest.mark.parametrize(
    "url",
    ["file:///opt/mws/etc/nodes.txt", "exec:///opt/moab/tools/q.pl?a&b=c", "EXEC:///x"],
)
def test_files_and_scripts_are_scriptable_only(url):
    assert validators.is_scriptable_url(url)
    assert not validators.is_url(url)


@pytest.mark.parametrize(
    "url", ["file://", "file:///", "exec://host/path", "file:///a b", "exec:[x"]
)
def test_what_names_no_file(url):
    assert not validators.is_scriptable_url(url)


@pytest.mark.parametrize(
    "text",
    ["a@example.com", "a.b+c@sub.example.org", '"a b"@example.com', "a@[10.0.0.1]"],
)
def test_addresses(text):
    assert validators.is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@example.com",
        "a@",
        "a@b",
        "a@b@example.com",
        "a..b@example.com",
        ".a@example.com",
        "a b@example.com",
        "a@example..com",
        "a@example.com\n",
        "A <a@example.com>",
        f"{'a' * 65}@example.com",
        "a@[x]",
    ],
)
def test_what_is_no_address(text):
    assert not validators.is_email(text)


CARDS = [
    "4111111111111111",
    "4222222222222",
    "5500005555555559",
    "2223000048400011",
    "378282246310005",
    "6011111111111117",
]


@pytest.mark.parametrize("number", CARDS)
def test_cards(number):
    assert validators.is_credit_card(number)


@pytest.mark.parametrize(
    "text",
    ["", "4111111111111112", "411111111111111", "0000000000000", "4111-1111", "x"],
)
def test_what_is_no_card(text):
    assert not validators.is_credit_card(text)


@given(st.sampled_from(CARDS), st.data())
def test_any_wrong_digit_is_found(number, data):
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(
        st.sampled_from("0123456789").filter(lambda d: d != number[place])
    )
    changed = f"{number[:place]}{digit}{number[place + 1 :]}"
    assert not validators.is_credit_card(changed)


@given(st.text())
def test_any_text_is_judged(text):
    for judge in (
        validators.is_url,
        validators.is_scriptable_url,
        validators.is_email,
        validators.is_credit_card,
    ):
        assert judge(text) in (True, False)
        judge(f"http://{text}")
