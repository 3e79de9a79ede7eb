#!/usr/bin/env python3
"""What msikit says of packages, beside what others say: bills of materials, and signatures that another program makes.

    looking.py SHARED MSIKIT

Every shared package that a plan of an installation succeeds for has a bill, and `inspect` has one of each whose files are
all there; each is valid by the strict schema of its version (PyPI's own reader of CycloneDX), and the hashes of both are the
same. Packages and a cabinet that osslsigncode signed, with RSA and ECDSA, with and without time-stamps, verify and are trusted
by their root alone, until a byte of them is changed; a package that asks for the cabinet's signature is installed with it only.
What is not there (pip, osslsigncode, openssl) is named and left out.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

READER = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
reader = JsonStrictValidator(SchemaVersion.V1_5)
for name in sys.argv[1:]:
    fault = reader.validate_str(open(name, encoding="utf-8").read())
    if fault:
        print(name, str(fault.data)[:300])
"""

shared, msikit = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
failures = []


def check(what, holds, detail=""):
    print(("ok    " if holds else "FAILED") + " " + what + ("" if holds else f": {detail}"))
    if not holds:
        failures.append(what)


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300)


def python_with(package, home):
    """A Python that has a package of PyPI; none where it cannot be had."""
    venv = home / "venv"
    made = run(sys.executable, "-m", "venv", venv)
    if made.returncode or run(venv / "bin/pip", "-q", "install", package).returncode:
        print(f"SKIPPED: PyPI's {package} cannot be installed here")
        return None
    return venv / "bin/python"


def hashes(component):
    """The hashes of a bill by the files' keys."""
    return {file["properties"][0]["value"]: file["hashes"][0]["content"] for file in component["components"]}


def bills(home):
    python = python_with("cyclonedx-python-lib[json-validation]==11.12.0", home)
    written, differing = [], []
    for package in sorted((shared / "packages").glob("*.msi")):
        planned, inspected = home / f"{package.stem}.plan.json", home / f"{package.stem}.inspect.json"
        if run(msikit, "--machine", home / "none", "plan", package, "--sbom", planned).returncode:
            continue
        written.append(planned)
        if run(msikit, "inspect", package, "--sbom", inspected).returncode == 0:
            written.append(inspected)
            whole, chosen = (hashes(json.loads(file.read_text())) for file in (inspected, planned))
            differing += [f"{package.stem}/{file}" for file in chosen if whole.get(file) != chosen[file]]
    check(f"a plan's hashes are those of its package ({len(written)} bills)", not differing and len(written) > 40, differing or written)
    if python:
        read = run(python, "-c", READER, *written)
        check("bills are valid by CycloneDX's schema", read.returncode == 0 and not read.stdout, read.stdout + read.stderr[-500:])


PURPOSES = """
[req]
distinguished_name=name
[name]
[authority]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[code]
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
[clock]
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
"""


class Authority:
    """A root that gives certificates, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "purposes").write_text(PURPOSES)
        self.issue("root", "rsa", "authority", None)

    def issue(self, name, kind, purpose, issuer="root"):
        key, request, made = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        how = ["genrsa", "-out", key, "2048"] if kind == "rsa" else ["ecparam", "-name", kind, "-genkey", "-noout", "-out", key]
        run("openssl", *how)
        run("openssl", "req", "-new", "-key", key, "-config", self.folder / "purposes", "-subj", f"/CN=Test {name}", "-out", request)
        by = ["-CA", self.folder / f"{issuer}.pem", "-CAkey", self.folder / f"{issuer}.key"] if issuer else ["-signkey", key]
        number = str(1 + len(list(self.folder.glob("*.pem"))))
        run("openssl", "x509", "-req", "-in", request, *by, "-days", "99", "-set_serial", number, "-extfile", self.folder / "purposes",
            "-extensions", purpose, "-out", made)
        if issuer:
            made.write_text(made.read_text() + (self.folder / f"{issuer}.pem").read_text())

    def sign(self, name, digest, plain, signed, *more):
        run("osslsigncode", "sign", "-certs", self.folder / f"{name}.pem", "-key", self.folder / f"{name}.key", "-h", digest, *more,
            "-in", plain, "-out", signed)

    def stamping(self):
        """Nothing where this osslsigncode has no clock of its own."""
        helped = run("osslsigncode", "sign", "--help")
        if "-TSA-certs" not in helped.stdout + helped.stderr:
            return ()
        return "-TSA-certs", self.folder / "clock.pem", "-TSA-key", self.folder / "clock.key"


def signature_of(package, roots):
    return json.loads(run(msikit, "inspect", package, "--roots", roots, "--json").stdout)["signature"]


def signatures(home):
    for program in ("osslsigncode", "openssl"):
        if not shutil.which(program):
            print(f"SKIPPED: signatures of another program need {program}")
            return
    authority = Authority(home)
    authority.issue("other", "rsa", "authority", None)
    authority.issue("clock", "rsa", "clock")
    for kind, digest in (("rsa", "sha256"), ("rsa", "sha1"), ("prime256v1", "sha256"), ("secp384r1", "sha384")):
        name = f"{kind}-{digest}"
        authority.issue(name, kind, "code")
        for package, more in (("putty", authority.stamping()), ("wix3-simple", ()), ("minimal-nofiles", ("-add-msi-dse",))):
            signed = home / f"{name}-{package}.msi"
            authority.sign(name, digest, shared / "packages" / f"{package}.msi", signed, *more)
            told = signature_of(signed, home / "root.pem")
            stamp = told["timestamp"]
            right = (told["digest"], told["signature"], told["chain"]["state"]) == ("matches", "verifies", "complete")
            right = right and told["judgement"]["trusted"] and ("-TSA-certs" not in more or stamp["state"] == "verifies")
            check(f"{name} {package}: verifies, and is trusted by its root", right, told["judgement"])
            check(f"{name} {package}: is not trusted by another", not signature_of(signed, home / "other.pem")["chain_verified"])
            # A byte in the middle of a stream that is signed.
            bytes_of = bytearray(signed.read_bytes())
            at = bytes_of.find(b"ProductName")
            bytes_of[at] ^= 1
            signed.write_bytes(bytes_of)
            check(f"{name} {package}: a change is found", signature_of(signed, home / "root.pem")["digest"] == "differs")
    cabinets(home, authority)


def cabinets(home, authority):
    """external-cab.msi, which is made to ask for the signature of its cabinet."""
    folder = home / "tables"
    (folder / "MsiDigitalCertificate").mkdir(parents=True)
    run("openssl", "x509", "-in", home / "rsa-sha256.pem", "-outform", "der", "-out", folder / "MsiDigitalCertificate" / "Maker.ibd")
    tables = {
        "MsiDigitalCertificate": "DigitalCertificate\tCertData\r\ns72\tv0\r\nMsiDigitalCertificate\tDigitalCertificate\r\nMaker\tMaker.ibd\r\n",
        "MsiDigitalSignature": "Table\tSignObject\tDigitalCertificate_\tHash\r\ns32\ts72\ts72\tV0\r\nMsiDigitalSignature\tTable\tSignObject\r\nMedia\t1\tMaker\t\r\n",
    }
    for name, text in tables.items():
        (folder / f"{name}.idt").write_text(text, newline="")
    package, beside = home / "external.msi", home / "msi_with_external_cab.cab"
    shutil.copyfile(shared / "packages" / "external-cab.msi", package)
    made = run(msikit, "db", "import", package, *(folder / f"{name}.idt" for name in tables))
    check("the package asks for a signature", made.returncode == 0, made.stderr)
    plain = shared / "packages" / "external-cab.cab"
    for name, more, code in ((None, (), 67), ("rsa-sha1", (), 67), ("rsa-sha256", (), 0), ("rsa-sha256", authority.stamping(), 0)):
        beside.unlink(missing_ok=True)
        if name:
            authority.sign(name, "sha256", plain, beside, *more)
        else:
            shutil.copyfile(plain, beside)
        machine = home / f"machine-{name}-{len(list(home.iterdir()))}"
        done = run(msikit, "--machine", machine, "install", package)
        check(f"a cabinet signed by {name} ends with {code}", done.returncode == code, done.stderr)


with tempfile.TemporaryDirectory() as folder:
    bills(pathlib.Path(folder))
    signatures(pathlib.Path(folder))
sys.exit(1 if failures else 0)
