"""Keys and codes: the section of that name in PROTOCOL.md."""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .messages import PUBLIC_KEYS

CHAIN_START = bytes(16)


def expand(secret, label):
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label).derive(secret)


class Secret:
    """The 32 bytes everything else comes from."""

    def __init__(self, secret):
        self._signing = Ed25519PrivateKey.from_private_bytes(expand(secret, b"otor v1 ed25519"))
        self._exchange = X25519PrivateKey.from_private_bytes(expand(secret, b"otor v1 x25519"))
        self.public = PUBLIC_KEYS(
            self._signing.public_key().public_bytes_raw(), self._exchange.public_key().public_bytes_raw()
        )

    def sign(self, message):
        return self._signing.sign(message)

    def device_key(self, theirs, phone):
        """`theirs`: the other side's keys; `phone`: the phone's, whichever side this is."""
        shared = self._exchange.exchange(X25519PublicKey.from_public_bytes(theirs.exchange))
        return DeviceKey(expand(shared, b"otor v1 device key" + phone.exchange + phone.signing))


def is_signed(keys, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(keys.signing).verify(signature, message)
        return True
    except Exception:
        return False


def fingerprint(keys):
    return hashlib.sha256(keys.signing + keys.exchange).digest()[:8].hex()


class DeviceKey:
    """What a phone and its server share."""

    def __init__(self, key):
        self.key = key

    def _code(self, length, *parts):
        return hmac.digest(self.key, b"".join(parts), "sha256")[:length]

    def hello(self, hello):
        return self._code(16, b"otor v1 hello", hello)

    def frame(self, hello_code, index, content):
        return self._code(8, b"otor v1 frame", hello_code, index.to_bytes(4, "big"), content)

    def welcome(self, hello_code, welcome):
        return self._code(16, b"otor v1 welcome", hello_code, welcome)

    def refusal(self, hello_code, refusal):
        return self._code(16, b"otor v1 refusal", hello_code, refusal)


def chain_after(chain, op):
    return hashlib.sha256(b"otor v1 chain" + chain + op).digest()[:16]
