"""The signatures against the examples that the providers and the RFC publish. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from analytics.notify import push_crypto, signing
from analytics.notify.phone import VARIABLE_LENGTH, variable


@pytest.mark.parametrize(
    ("moment", "nonce", "signature"),
    [
        # help.aliyun.com, "V3 request syntax and signature": the worked example, and the one of its table of headers.
        (
            datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
            "3156853299f313e23d1673dc12e1703d",
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (
            datetime(2023, 10, 26, 9, 1, 1, tzinfo=UTC),
            "d410180a5abf7fe235dd9b74aca91fc0",
            "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        ),
    ],
)
def test_acs3_gives_the_published_signatures(moment: datetime, nonce: str, signature: str) -> None:
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = signing.acs3(
        "YourAccessKeyId", "YourAccessKeySecret", "ecs.cn-shanghai.aliyuncs.com", "RunInstances", "2014-05-26", query,
        moment, nonce,
    )  # fmt: skip
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        f"x-acs-signature-nonce;x-acs-version,Signature={signature}"
    )


def test_tc3_gives_the_published_signature() -> None:
    """cloud.tencent.com, "Signature v3": its worked example with a JSON body."""
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    word = signing.tc3(
        "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm.tencentcloudapi.com", "cvm",
        body, datetime.fromtimestamp(1551113065, UTC),
    )  # fmt: skip
    assert word == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def test_a_query_is_encoded_as_rfc_3986_wants_it() -> None:
    assert signing.encoded({"b": "~ *+/=", "A": "安"}) == "A=%E5%AE%89&b=~%20%2A%2B%2F%3D"


def test_the_robots_sign_differently() -> None:
    """DingTalk signs milliseconds with the secret; Feishu makes seconds and secret the key and signs nothing."""
    now = datetime.fromtimestamp(1599360473, UTC)
    ding = signing.dingtalk("SECdemo", now)
    assert ding["timestamp"] == "1599360473000"
    digest = hmac.new(b"SECdemo", b"1599360473000\nSECdemo", hashlib.sha256).digest()
    assert base64.b64decode(ding["sign"]) == digest
    lark = signing.feishu("demo", now)
    assert lark["timestamp"] == "1599360473"
    assert base64.b64decode(lark["sign"]) == hmac.new(b"1599360473\ndemo", b"", hashlib.sha256).digest()


def test_a_templates_variable_is_short_and_without_brackets() -> None:
    assert variable("【高】紧急呼叫  东区") == "高 紧急呼叫 东区"
    assert len(variable("很长" * 100)) == VARIABLE_LENGTH


# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
BROWSER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SERVER_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
EXPECTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
    "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_push_encryption_gives_the_example_of_rfc_8291() -> None:
    own = ec.derive_private_key(int.from_bytes(push_crypto.from_base64url(SERVER_PRIVATE), "big"), ec.SECP256R1())
    body = push_crypto.encrypt(
        PLAIN, push_crypto.from_base64url(BROWSER), push_crypto.from_base64url("BTBZMqHH6r4Tts7J_aSIgg"), own,
        push_crypto.from_base64url("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip
    assert push_crypto.to_base64url(body) == EXPECTED


def test_a_push_services_token_says_who_sends_and_is_signed() -> None:
    key = push_crypto.new_key()
    now = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)
    word = push_crypto.vapid("https://push.example:8443/send/abc", "mailto:home@example.org", key, now)
    token, _, public = word.removeprefix("vapid t=").partition(", k=")
    head, claims, signature = token.split(".")
    assert json.loads(push_crypto.from_base64url(head)) == {"typ": "JWT", "alg": "ES256"}
    said = json.loads(push_crypto.from_base64url(claims))
    assert (said["aud"], said["sub"]) == ("https://push.example:8443", "mailto:home@example.org")
    assert 0 < said["exp"] - now.timestamp() <= 24 * 3600
    raw = push_crypto.from_base64url(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), push_crypto.from_base64url(public))
    theirs.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))  # raises for a wrong signature


@pytest.mark.parametrize("text", ["no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        push_crypto.read_key(text)
    assert push_crypto.public_point(push_crypto.read_key(push_crypto.pem_of(push_crypto.new_key()).decode()))
