"""Sealed cells: a value that only the holder of the key can read, and that opens only where it was sealed (SPEC §9).

A sealed cell is a text, ``crmsheet:1:<base64>``: 4 bytes that tell the key, a nonce of 12, and the value under AES-256-GCM
with its tag of 16.  What it is bound to (column and customer) is authenticated with it, so a cell that was moved,
swapped or changed does not open.  The nonce is made from the key, the place and the value (as AES-GCM-SIV does): sealing
the same value at the same place gives the same text, and no nonce is ever used for two values.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crmsheet.privacy.sealed import FORM, VERSION

Sealable = str | float | bool
KEY_BYTES = 32
_SIGN, _NONCE, _TAG = 4, 12, 16
_STEP = 32  # bytes: the length of a sealed text tells no more than this of the value's
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=")


class NotOpened(Exception):  # noqa: N818  a reason, not always an error
    """A sealed cell did not open.  ``why``: ``version`` (of a newer crmsheet), ``key`` (sealed under another one) or
    ``changed`` (the cell, its column or its customer is not what was sealed).
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Key:
    """A key of 32 bytes.  Shows nothing of itself."""

    def __init__(self, secret: bytes) -> None:
        assert len(secret) == KEY_BYTES
        self._cipher = AESGCM(secret)
        self._nonces = hmac.digest(secret, b"crmsheet:1:nonce", "sha256")
        self.sign = hmac.digest(secret, b"crmsheet:1:sign", "sha256")[:_SIGN]

    def __repr__(self) -> str:
        return "Key(…)"

    def seal(self, value: Sealable, bound: bytes) -> str:
        """The sealed text of a value (a number as float) bound to ``bound``."""
        plain = json.dumps(value, ensure_ascii=True, allow_nan=False).encode()
        plain += b" " * (-len(plain) % _STEP)
        said = len(bound).to_bytes(8, "big") + bound + plain
        nonce = hmac.digest(self._nonces, said, hashlib.sha256)[:_NONCE]
        packed = base64.b64encode(self.sign + nonce + self._cipher.encrypt(nonce, plain, bound))
        return f"crmsheet:{VERSION}:{packed.decode()}"

    def unseal(self, text: str, bounds: Sequence[bytes]) -> Sealable:
        """The value of a sealed text that is bound to one of ``bounds``.  Raises NotOpened."""
        packed = _packed(text)
        if packed[:_SIGN] != self.sign:
            raise NotOpened("key")
        nonce, sealed = packed[_SIGN : _SIGN + _NONCE], packed[_SIGN + _NONCE :]
        for bound in bounds:
            try:
                value = json.loads(self._cipher.decrypt(nonce, sealed, bound))
            except InvalidTag:
                continue
            assert isinstance(value, str | float | bool)
            return value
        raise NotOpened("changed")


def sealed_under(text: str) -> bytes:
    """Which key (``Key.sign``) a sealed text says it was sealed under.  Raises NotOpened."""
    return _packed(text)[:_SIGN]


def _packed(text: str) -> bytes:
    form = FORM.fullmatch(text.strip())
    if form is None:
        raise NotOpened("changed")
    if int(form[1]) != VERSION:
        raise NotOpened("version")
    try:
        packed = base64.b64decode(form[2], validate=True)
    except binascii.Error:
        raise NotOpened("changed") from None
    if len(packed) < _SIGN + _NONCE + _TAG or base64.b64encode(packed).decode() != form[2]:
        raise NotOpened("changed")
    return packed


def parse_key(text: str) -> Key | None:
    """The key that a file or variable holds: base64 of 32 bytes, white space around it; None for anything else."""
    plain = text.strip()
    return Key(base64.b64decode(plain)) if _BASE64.fullmatch(plain) else None


def bound_to(kind: str, column: str, customer: str) -> bytes:
    """What a cell is bound to, in a form that no two places share."""
    return json.dumps([kind, column, customer], ensure_ascii=True).encode()
