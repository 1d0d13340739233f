"""The node's secret, and what it is used for: sealing values in the log, signing its head.

Each sealed value has a key of its own, made from the node's secret and a random salt that is kept
apart from the log. Destroying the salt destroys the value; the log's hashes stay as they are.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECRET_BYTES = 32
SALT_BYTES = 16
_NONCE_BYTES = 12


def open_secret(path: Path) -> bytes:
    """Return the node's secret, made on first use and readable by its owner alone.

    Raises: InvalidData: the file is no secret of ours, or others may read it.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(path)
    secret = secrets.token_bytes(SECRET_BYTES)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(secret.hex().encode() + b"\n")
        handle.flush()
        os.fsync(handle.fileno())
    return secret


def _read_secret(path: Path) -> bytes:
    if os.name != "nt" and path.stat().st_mode & 0o077:
        raise InvalidData(_("others may read the node's key; set its mode to 600"), file=path)
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise InvalidData(_("is not the key of a node"), file=path)
    return secret


class Sealer:
    """Seals and opens values; signs and checks heads. One per node."""

    def __init__(self, secret: bytes) -> None:
        self._values = _derived(secret, b"puente audit values")
        self._signer = Ed25519PrivateKey.from_private_bytes(_derived(secret, b"puente audit head"))
        self._public = self._signer.public_key()

    @property
    def public_key(self) -> bytes:
        """Return the Ed25519 key by which others check this node's heads, 32 bytes."""
        return self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def seal(self, value: Mapping[str, object]) -> tuple[str, bytes]:
        """Return `value` sealed, as text, and the salt without which it cannot be opened."""
        salt = secrets.token_bytes(SALT_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = canonical_json(value)
        sealed = nonce + AESGCM(_derived(self._values, salt)).encrypt(nonce, plain, None)
        return base64.b64encode(sealed).decode("ascii"), salt

    def unseal(self, sealed: str, salt: bytes) -> dict[str, object]:
        """Return the value that was sealed.

        Raises: InvalidData: it was altered, or this is not its salt.
        """
        try:
            content = base64.b64decode(sealed, validate=True)
            key = AESGCM(_derived(self._values, salt))
            plain = key.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            raise InvalidData(_("a sealed value was altered")) from None
        value: dict[str, object] = json.loads(plain)
        return value

    def sign(self, message: bytes) -> bytes:
        """Return this node's signature of `message`."""
        return self._signer.sign(message)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Return True if `signature` is this node's signature of `message`."""
        return is_signed(self._public, message, signature)


def is_signed(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    """Return True if `signature` is the signature of `message` by `key`."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def canonical_json(value: Mapping[str, object]) -> bytes:
    """Return the one JSON text of `value`: sorted keys, no blanks, ASCII.

    Whatever is no ASCII is escaped, so that no database or encoding can alter the text.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return text.encode("ascii")


def _derived(secret: bytes, label: bytes) -> bytes:
    return hmac.digest(secret, label, "sha256")
