"""Web Push: the encryption of RFC 8291 (aes128gcm of RFC 8188) and the VAPID token of RFC 8292.

Pure but for the keys and the salt, which are arguments, so that the RFC's own example is a test.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RECORD_SIZE = 4096
MAX_TEXT = 3_000  # push services take about 4 KB, encrypted


def from_base64url(text: str) -> bytes:
    """Return the bytes of unpadded base64url. Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def to_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def encrypt(text: bytes, p256dh: bytes, auth: bytes, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Return the body for a browser with the public key `p256dh` (65 bytes) and the secret `auth` (16 bytes).

    own: a key used for this message only. Raises ValueError for a key that is none.
    """
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    public = public_point(own)
    shared = own.exchange(ec.ECDH(), theirs)
    key_material = _hkdf(auth, b"WebPush: info\0" + p256dh + public, shared, 32)
    key = _hkdf(salt, b"Content-Encoding: aes128gcm\0", key_material, 16)
    nonce = _hkdf(salt, b"Content-Encoding: nonce\0", key_material, 12)
    sealed = AESGCM(key).encrypt(nonce, text + b"\x02", None)  # 2: the last record
    return salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(public)]) + public + sealed


def vapid(endpoint: str, contact: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> str:
    """Return the Authorization header that says to a push service who sends."""
    parts = urlsplit(endpoint)
    expires = now + timedelta(hours=12)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(expires.timestamp()), "sub": contact}
    token = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(key.sign(token.encode(), ec.ECDSA(hashes.SHA256())))
    signature = to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={token}.{signature}, k={to_base64url(public_point(key))}"


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def read_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """Return a private key in PEM. Raises ValueError."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key on the curve P-256")
    return key


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, plain)


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as 65 bytes; base64url of it is what a browser wants."""
    point = serialization.PublicFormat.UncompressedPoint
    return key.public_key().public_bytes(serialization.Encoding.X962, point)


def _hkdf(salt: bytes, info: bytes, material: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(material)


def _json(value: dict[str, object]) -> str:
    return to_base64url(json.dumps(value, separators=(",", ":")).encode())
