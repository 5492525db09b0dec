"""Passwords: hashed with scrypt, compared in constant time. Knows no database and no account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading

# 16 MiB and five passes: the OWASP Password Storage Cheat Sheet's scrypt setting for 16 MiB (N = 2^14, r = 8, p = 5).
_N, _R, _P = 2**14, 8, 5
MIN_LENGTH = 8
MAX_LENGTH = 200
# Hashing takes a core for some 0.2 s; a flood of logins must leave the watch its cores.
_turn = threading.BoundedSemaphore(2)


def make_hash(password: str) -> str:
    """Return `scrypt$N$r$p$salt$digest` of a password. ValueError if it is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise ValueError(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters; this one has {len(password)}")
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_digest(password, salt, _N, _R, _P))))


def matches(password: str, stored: str | None) -> bool:
    """Whether the password belongs to the stored hash. None (no such account) takes as long and is never true."""
    known = stored is not None
    try:
        name, n, r, p, salt, digest = (stored or _NOBODY).split("$")
        if name != "scrypt" or len(password) > MAX_LENGTH:
            return False
        found = _digest(password, base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(found, base64.b64decode(digest)) and known
    except ValueError:
        return False


def _digest(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    with _turn:
        return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


_NOBODY = "$".join(("scrypt", str(_N), str(_R), str(_P), _text(bytes(16)), _text(bytes(32))))
