"""One text has one host: what is ambiguous is refused, what is meant well is normalised."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wirephoto import errors
from wirephoto.net import urls

BASE = urls.parse("https://news.example.com/a/b.jpg?c=1")


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTP://EXAMPLE.com/A.JPG", "http://example.com/A.JPG"),
        ("HtTpS://example.com/", "https://example.com/"),
        ("https://example.com?a=b", "https://example.com/?a=b"),
        ("https://example.com/a#b", "https://example.com/a"),
        ("https://example.com/a#@2x", "https://example.com/a"),
        ("https://example.com#b", "https://example.com/"),
        ("  https://example.com/a b.jpg  ", "https://example.com/a%20b.jpg"),
        ("https://example.com/Zürich.jpg", "https://example.com/Z%C3%BCrich.jpg"),
        ("https://example.com/?q=日本", "https://example.com/?q=%E6%97%A5%E6%9C%AC"),
        ("https://example.com/a%2Fb%c3%bc", "https://example.com/a%2Fb%c3%bc"),
        ("https://example.com/100%.jpg", "https://example.com/100%25.jpg"),
        ("https://example.com/%zz%", "https://example.com/%25zz%25"),
        ('https://example.com/<"^`{|}>', "https://example.com/%3C%22%5E%60%7B%7C%7D%3E"),
        ("https://example.com/?a[]=1&b='x'", "https://example.com/?a[]=1&b='x'"),
        ("https://example.com/?u=http://a@b/", "https://example.com/?u=http://a@b/"),
        ("https://example.com/??/?", "https://example.com/??/?"),
        ("https://example.com//a/../b", "https://example.com//a/../b"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://MÜNCHEN.example/", "https://xn--mnchen-3ya.example/"),
        ("https://XN--MNCHEN-3YA.example/", "https://xn--mnchen-3ya.example/"),
        ("https://example\u3002com/", "https://example.com/"),
        ("https://my_bucket.s3.example.com/", "https://my_bucket.s3.example.com/"),
        ("https://r3---sn-x.example.com/", "https://r3---sn-x.example.com/"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://example.com:443/", "https://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://example.com:0080/", "http://example.com/"),
        ("http://example.com:65535/", "http://example.com:65535/"),
        ("http://[2606:4700:0:0::1]:8080/", "http://[2606:4700::1]:8080/"),
        ("http://93.184.216.34./", "http://93.184.216.34/"),
        ("http://127\u30020\u30020\u30021/", "http://127.0.0.1/"),
        ("http://\uff11\uff12\uff17.0.0.1/", "http://127.0.0.1/"),
        ("http://\u2460\u2461\u2466.0.0.1/", "http://127.0.0.1/"),
        ("http://\u24dbocalhost/", "http://localhost/"),
    ],
)
def test_a_good_text_becomes_one_text_for_the_wire(text: str, wire: str) -> None:
    assert urls.parse(text).text == wire
    assert urls.parse(wire).text == wire


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/a.jpg",
        "//example.com/",
        "example.com/a.jpg",
        "http:example.com",
        "http:/example.com",
        "http://",
        "http:///a",
        "http://:80/",
        "http://./",
        "http://?a",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "data:image/png;base64,AA==",
        "blob:https://example.com/1",
        "ws://example.com/",
        "wss://example.com/",
        "jar:http://example.com!/",
        "dict://example.com:11211/",
        "http+unix://%2Fvar%2Frun/",
        "javascript:alert(1)",
        "http://user:pw@example.com/",
        "http://user@example.com/",
        "http://@example.com/",
        "http://evil.com:80@127.0.0.1/",
        "http://a@b@c/",
        "http://127.0.0.1#@evil.com/",
        "http://evil.com\\@127.0.0.1/",
        "http://evil.com/\\a",
        "http:\\\\evil.com/",
        "http://h\t.com/",
        "http://h\n.com/",
        "http://h.com/a\r\nHost: x",
        "http://h.com/\x00",
        "http://h.com/\x7f",
        "http://h.com/\x85",
        "\thttp://h.com/",
        "http://h.com/\n",
        "http://h.com/\ud800",
        "http://127.0.0.1\x00.example.com/",
        "http://exa mple.com/",
        "http://h%2e/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1%00.x/",
        "http://[example.com]/",
        "http://[::1",
        "http://[::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://[::1]]/",
        "http://a[::1]/",
        "http://::1/",
        "http://[127.0.0.1]/",
        "http://[fe80::1%eth0]/",
        "http://[fe80::1%25eth0]/",
        "http://[::1:::2]/",
        "http://\uff3b::1\uff3d/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:80a/",
        "http://example.com:-1/",
        "http://example.com:+80/",
        "http://example.com:80:80/",
        "http://example.com:\u0668\u0660/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0x/",
        "http://0177.0.0.1/",
        "http://00000127.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://1.2.3/",
        "http://1.2.3.4.5/",
        "http://1.2.3.256/",
        "http://example.1/",
        "http://example.0x1f/",
        "http://\u2460\u2461\u2466.1/",
        "http://1.2.3.4../",
        "http://h..x/",
        "http://.example.com/",
        "http://example.com../",
        "http://xn--a/",
        "http://xn--.com/",
        "http://XN--A.example/",
        "http://xn--zzzzzzzzzzzzzzzzz.example/",
        "http://a\u200d.example/",
        "http://\u0300.example/",
        "http://exa\uff0fmple.com/",
        "http://exa\uff05mple.com/",
        "http://user\uff20example.com/",
        "http://a,b.example/",
        "http://a*b.example/",
        f"http://{'a' * 64}.example/",
        f"http://{'ü' * 60}.example/",
        f"http://{'.'.join(['a' * 49] * 5)}.example/",
        f"http://example.com/{'a' * 8192}",
        f"http://example.com/{'ü' * 8000}",
    ],
)
def test_a_text_that_cannot_be_or_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(errors.BadUrl):
        urls.parse(text)


def test_lengths_count_to_the_last_allowed_one() -> None:
    assert len(urls.parse(f"http://{'a' * 63}.example/").host) == 71
    assert len(urls.parse(f"http://{'.'.join(['a' * 49] * 5)}.org").host) == 253
    assert len(urls.parse("http://example.com/".ljust(8192, "a")).text) == 8192


def test_what_is_shown_has_neither_query_nor_fragment() -> None:
    url = urls.parse("https://example.com:8443/a%20b.jpg?token=secret#x")
    assert url.shown == "https://example.com:8443/a%20b.jpg"


def test_the_message_of_a_refusal_repeats_no_part_of_the_url() -> None:
    with pytest.raises(errors.BadUrl) as refused:
        urls.parse("https://user:secret@example.com/?token=secret")
    assert "secret" not in str(refused.value)
    assert "example" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.com/a", "https://example.com:443"),
        ("http://EXAMPLE.com./", "http://example.com:80"),
        ("http://[2606:4700::1]/", "http://[2606:4700::1]:80"),
    ],
)
def test_an_origin_always_names_its_port(text: str, origin: str) -> None:
    assert urls.parse(text).origin == origin


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("c.jpg", "https://news.example.com/a/c.jpg"),
        ("/c.jpg", "https://news.example.com/c.jpg"),
        ("../../../c.jpg", "https://news.example.com/c.jpg"),
        ("?d=2", "https://news.example.com/a/b.jpg?d=2"),
        ("#top", "https://news.example.com/a/b.jpg?c=1"),
        ("//other.example.com/x", "https://other.example.com/x"),
        ("http://other.example.com/x", "http://other.example.com/x"),
        ("HTTPS://other.example.com", "https://other.example.com/"),
        ("//10.0.0.1/", "https://10.0.0.1/"),
        ("/caf\udcc3\udca9", "https://news.example.com/caf%C3%A9"),
        ("/caf\udce9 x", "https://news.example.com/caf%E9%20x"),
        ("/café", "https://news.example.com/caf%C3%A9"),
        ("a//b", "https://news.example.com/a/a//b"),
        ("./x:y", "https://news.example.com/a/x:y"),
        ("", "https://news.example.com/a/b.jpg?c=1"),
        (".", "https://news.example.com/a/"),
        ("..", "https://news.example.com/"),
        ("/x//./y/../z?../q", "https://news.example.com/x//z?../q"),
        ("x?", "https://news.example.com/a/x?"),
    ],
)
def test_a_redirect_is_resolved_against_its_url(location: str, target: str) -> None:
    assert urls.join(BASE, location).text == target


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "http:other.example.com",
        "https:/other.example.com",
        "///other.example.com",
        "//user@other.example.com",
        "//[",
        "\\\\other.example.com",
        "/\\other.example.com",
        "\t//other.example.com",
        "h\nttp://other.example.com",
        "//h\udce9.example.com/",
        "javascript:alert(1)",
        "x:y",
        "//127.1/",
        "/" + "a" * 9000,
    ],
)
def test_a_redirect_that_browsers_and_we_could_read_differently_is_refused(location: str) -> None:
    with pytest.raises(errors.BadUrl):
        urls.join(BASE, location)


PIECES = st.lists(
    st.sampled_from([*"http://[]:@#?%.\\-_0189axü。①\u200d\ud800", "xn--", "https://", "//", "%2e"])
)


@given(st.one_of(st.text(), PIECES.map("".join), st.text().map("http://{}".format)))
@example("http://xn--\u0660/")
def test_nothing_but_bad_url_comes_out_and_good_urls_are_stable(text: str) -> None:
    for make in (urls.parse, lambda location: urls.join(BASE, location)):
        try:
            url = make(text)
        except errors.BadUrl:
            continue
        assert urls.parse(url.text) == url
        assert url.text.isascii()
        assert url.text.isprintable()
        assert " " not in url.text


HOSTS = st.lists(st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True), min_size=1, max_size=4)


@given(HOSTS.map(".".join))
def test_a_plain_host_means_the_same_as_its_upper_case_form(host: str) -> None:
    """The short way for common hosts and the long way for all others agree."""
    found = []
    for form in (host, host.upper(), host + "."):
        try:
            found.append(urls.parse(f"http://{form}/").host)
        except errors.BadUrl as refused:
            found.append(str(refused))
    assert found[0] == found[1] == found[2]


def problem(judge: Callable[[str], object], text: str) -> str | None:
    try:
        judge(text)
    except errors.BadUrl as refused:
        return str(refused)
    return None


PLAIN_PIECES = st.lists(st.sampled_from([*"aZ0.:-_/?&=%~[]", ".example", "127.1", "xn--", ":80"]))


@given(
    st.one_of(
        PIECES.map("".join),
        st.text().map("http://{}".format),
        PLAIN_PIECES.map(lambda pieces: f"https://{''.join(pieces)}"),
    )
)
@example("http://example.com/".ljust(8193, "a"))
@example("http://example.com:99999/a")
@example("http://example.com/\n")
def test_checking_says_what_parsing_says(text: str) -> None:
    """The short way for common URLs and the long way for all others agree."""
    assert problem(urls.check, text) == problem(urls.parse, text)
