from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from odps.accounts import CloudAccount

from odps_bot.maxcompute.http.credentials import AccessKey
from odps_bot.maxcompute.http.signing import SigningKeys, authorization, canonical_string

#: PyODPS signs what it gets by decoding an address twice, so these it signs wrongly.
MISREAD = "+%&=#;?/\\"
WORDS = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters=MISREAD), min_size=1
).filter(lambda text: text == text.strip() and text.isprintable())
HEADERS = st.dictionaries(
    st.sampled_from(["Content-MD5", "Content-Type", "x-odps-a", "X-Odps-B", "Accept"]),
    st.text("abc/-", min_size=1),
)


@given(
    st.sampled_from(["GET", "POST", "PUT"]), st.dictionaries(WORDS, WORDS | st.just("")), HEADERS
)
def test_the_signed_text_is_that_of_pyodps(method, params, headers):
    headers = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT", **headers}
    query = "&".join(f"{name}={value}" for name, value in params.items())
    request = SimpleNamespace(method=method, headers=dict(headers))
    url = urlsplit(f"/projects/p/instances?{query}")

    ours = canonical_string(method, "/projects/p/instances", params=params, headers=headers)

    assert ours == CloudAccount("i", "s")._build_canonical_str(url, request)


@given(st.text(), st.none() | st.sampled_from(["cn-hangzhou", "eu-central-1"]))
def test_the_authorization_is_that_of_pyodps(text, region):
    now = datetime.now(UTC)
    text = text.encode("utf-8", "replace").decode()

    ours = authorization(AccessKey("i", "s"), text, at=now, region=region, keys=SigningKeys())

    theirs = CloudAccount("i", "s").calc_auth_str(text, region_name=region)
    assert ours == theirs or datetime.now(UTC).day != now.day
