"""The self-signed certificate of all that is served over TLS: HTTP, and the SMTP relay.

With a data folder it is kept there, so that clients can be configured to trust it.
"""

import ssl
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emulator.engine.clock import DAY, machine_millis, to_datetime
from emulator.hostnames import ANY

CERTIFICATE, KEY = "smtp-certificate.pem", "smtp-key.pem"
VALID_FOR = 800 * DAY
"""How long a new certificate is valid: some clients trust none that is valid for longer than 825 days."""
NAMES = ("localhost", "127.0.0.1", "::1", "smtp.autosend.com")


def tls_context(folder: Path | None, hosts: Iterable[str]) -> ssl.SSLContext:
    """Return the TLS context of the certificate in a folder, or of one that is made now. Raises OSError."""
    if folder is not None:
        return _loaded(folder, hosts)
    with TemporaryDirectory() as place:
        return _loaded(Path(place), hosts)


def _loaded(folder: Path, hosts: Iterable[str]) -> ssl.SSLContext:
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not _is_usable(certificate, key):
        _make(certificate, key, hosts)
    return _context(certificate, key)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _is_usable(certificate: Path, key: Path) -> bool:
    if not certificate.exists() or not key.exists():
        return False
    try:
        kept = x509.load_pem_x509_certificate(certificate.read_bytes())
        _context(certificate, key)
    except (ValueError, ssl.SSLError):
        return False
    return kept.not_valid_after_utc > to_datetime(machine_millis() + DAY)


def _make(certificate: Path, key: Path, hosts: Iterable[str]) -> None:
    secret = generate_private_key(SECP256R1())
    key.touch(mode=0o600)
    key.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(_signed(secret, [*NAMES, *hosts]).public_bytes(Encoding.PEM))


def _signed(secret: EllipticCurvePrivateKey, hosts: Iterable[str]) -> x509.Certificate:
    public = secret.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Messaging emulator")])
    now = machine_millis()
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(to_datetime(now - DAY))
        .not_valid_after(to_datetime(now + VALID_FOR))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
    )
    return builder.sign(secret, SHA256())


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    return [_name(host) for host in dict.fromkeys(hosts) if host != ANY]


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(f"*{host}" if host.startswith(".") else host)
