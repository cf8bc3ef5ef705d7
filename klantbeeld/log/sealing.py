"""Sealing: keyed names for what must not be read, AES-256-GCM for what must come back.

The *index key* turns identifiers, events and entities into names that cannot be guessed back. The *master key* wraps the
index key and every data key, so it can be changed without touching the log.
"""

import hmac
import os
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b, sha256

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from klantbeeld.domain.events.event import EventKey, Token

NONCE = 12


class SealBroken(Exception):
    """A sealed text does not open with the key at hand: wrong master key, or altered bytes."""

    code = "seal_broken"


class IdentifierText(msgspec.Struct, array_like=True, frozen=True):
    """One identifier inside a sealed body, normalised; `strength` as `identifiers.Strength`."""

    type: str
    value: str
    strength: int


class Body(msgspec.Struct, array_like=True, frozen=True):
    """What lies under the seal of a record."""

    raw: bytes
    identifiers: list[IdentifierText]
    owner: int
    zone: str
    pointed: IdentifierText | None = None


_encode_body = msgspec.msgpack.Encoder().encode
_decode_body = msgspec.msgpack.Decoder(Body).decode


def uuid_text(digest: bytes) -> str:
    """The first 16 bytes as canonical uuid text."""
    h = digest[:16].hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


@dataclass(frozen=True, slots=True)
class Names:
    """Keyed names under the index key. Equal input gives the equal name for the life of the installation."""

    index_key: bytes

    def _digest(self, kind: str, *parts: str) -> bytes:
        text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self.index_key, text, "sha256")

    def identifier(self, type: str, value: str) -> bytes:
        return self._digest("identifier", type, value)

    def event(self, source: str, id: str) -> EventKey:
        return uuid_text(self._digest("event", source, id))

    def entity(self, kind: str, external_id: str) -> str:
        """Made several times an event, so by keyed BLAKE2b (RFC 7693), which is twice as fast here."""
        hashed = _keyed(self.index_key).copy()
        hashed.update(f"{kind}\0{external_id}".encode("utf-8", "surrogatepass"))
        return uuid_text(hashed.digest())

    def content(self, raw: bytes) -> bytes:
        return blake2b(raw, key=self.index_key, digest_size=16, person=b"content").digest()


@cache
def _keyed(index_key: bytes) -> blake2b:
    return blake2b(key=index_key, digest_size=16, person=b"entity")


def seal(key: bytes, clear: bytes, bound_to: str) -> bytes:
    """Nonce and AES-256-GCM ciphertext; it opens only together with the same `bound_to`."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, clear, bound_to.encode())


def unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    """The clear bytes. Raises `SealBroken`."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken("a sealed text does not open with the key at hand") from error


def seal_body(key: bytes, body: Body, event_key: EventKey) -> bytes:
    return seal(key, _encode_body(body), event_key)


def open_body(key: bytes, sealed: bytes, event_key: EventKey) -> Body:
    """The body of a record. Raises `SealBroken`."""
    try:
        return _decode_body(unseal(key, sealed, event_key))
    except msgspec.MsgspecError as error:
        raise SealBroken("a sealed body has an unknown form") from error


def derived(master_key: bytes, purpose: str) -> bytes:
    """A key for one purpose, by HKDF-SHA256 (RFC 5869), 32 bytes."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(master_key)


def new_key() -> bytes:
    return os.urandom(32)


def fingerprint(key: bytes) -> str:
    """A short public name of a key, to tell keys apart in messages."""
    return sha256(b"klantbeeld fingerprint" + key).hexdigest()[:12]


def new_token() -> Token:
    """A random version 4 uuid."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    return uuid_text(bytes(raw))
