"""Keys: one ring outside the database, one key per person inside it, and signatures for the addresses we hand out."""

import hmac
import secrets
import unicodedata
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from msgspec import Struct

from fieldwork.base.errors import Unreadable, WrongSetting

NONCE = 12
MARK = 4
LINK_KEY_BYTES = 16
LOOKUP_BYTES = 8


class Ring(Struct, frozen=True):
    """Master keys, oldest first: the newest wraps and signs, all of them open. Look-ups have one key that stays."""

    keys: tuple[bytes, ...]
    lookup_key: bytes = b""

    def wrap(self, key: bytes, about: str) -> bytes:
        return _mark(self.keys[-1]) + seal(self.keys[-1], key, about)

    def unwrap(self, wrapped: bytes, about: str) -> bytes:
        # Known by its mark and not by its place, so that the oldest can be taken off the ring.
        for key in self.keys:
            if wrapped[:MARK] == _mark(key):
                return unseal(key, wrapped[MARK:], about)
        raise Unreadable(f"{about}: its key is not on the ring")

    def lookup(self, text: str) -> bytes:
        """A keyed hash of a name, whatever its case, accents or spaces. Short on purpose: what is found is compared."""
        return self._derived("lookup", letters(text).encode())[:LOOKUP_BYTES]

    def fingerprint(self, text: str) -> bytes:
        return self._derived("fingerprint", text.encode())

    def device_key(self, account_id: UUID) -> bytes:
        """What seals an account's unsent answers on a device. It stays, so that a later session can open them."""
        return self._derived("device", account_id.bytes)

    def _derived(self, purpose: str, message: bytes) -> bytes:
        return hmac.digest(hmac.digest(self.lookup_key or self.keys[0], purpose.encode(), sha256), message, sha256)


def _mark(key: bytes) -> bytes:
    return sha256(b"fieldwork.mark" + key).digest()[:MARK]


def letters(name: str) -> str:
    """A name as it is compared: without its case, accents, spaces and marks."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isalnum())


def new_ring() -> str:
    """A ring with one fresh key, as the setting that holds it."""
    return secrets.token_hex(32)


def read_ring(setting: str, lookup: str = "") -> Ring:
    """FIELDWORK_KEYS: 256-bit keys in hexadecimal, oldest first. Without a FIELDWORK_LOOKUP_KEY the oldest looks up."""
    keys = _read_keys("FIELDWORK_KEYS", setting)
    return Ring(keys, _read_keys("FIELDWORK_LOOKUP_KEY", lookup)[0] if lookup else b"")


def _read_keys(name: str, setting: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(bytes.fromhex(key) for key in setting.split(",") if key.strip())
    except ValueError as error:
        raise WrongSetting(f"{name} holds something that is not hexadecimal.") from error
    if not keys or any(len(key) != 32 for key in keys):  # noqa: PLR2004 - 256 bits
        raise WrongSetting(f"{name} must hold at least one key of 64 hexadecimal digits.")
    return keys


def new_key() -> bytes:
    return AESGCM.generate_key(bit_length=256)


def seal(key: bytes, text: bytes, about: str) -> bytes:
    """AES-256-GCM; `about` says where the text belongs, so that it can't be moved to another row."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, about.encode())


def unseal(key: bytes, cipher: bytes, about: str) -> bytes:
    try:
        return AESGCM(key).decrypt(cipher[:NONCE], cipher[NONCE:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(about) from error


def field_of(table: str, column: str, row: UUID | str) -> str:
    return f"{table}.{column}:{row}"


def new_link(ring: Ring, purpose: str) -> tuple[str, bytes]:
    """A signed key for an address, and the hash by which the database knows it."""
    key = secrets.token_urlsafe(LINK_KEY_BYTES)
    return _signer(ring, purpose).sign(key.encode()).decode(), sha256(key.encode()).digest()


def read_link(ring: Ring, purpose: str, shown: str) -> bytes | None:
    """The hash of a key somebody came with; None if we never signed it, so that the database need not be asked."""
    try:
        key = _signer(ring, purpose).unsign(shown.encode())
    except BadSignature:
        return None
    # A signature's last character has bits to spare: several spell the same bytes, and only one of them is ours.
    signature = shown.rpartition(".")[2].encode()
    return sha256(key).digest() if base64_encode(base64_decode(signature)) == signature else None


def _signer(ring: Ring, purpose: str) -> Signer:
    return Signer(list(ring.keys), salt=f"fieldwork.{purpose}", digest_method=sha256)
