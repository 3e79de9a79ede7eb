#!/usr/bin/env python3
"""What msikit writes about packages, read by others: bills of materials by PyPI's own reader of CycloneDX.

    looking.py SHARED MSIKIT

Every shared package that a plan of an installation succeeds for has a bill, and `inspect` has one of each whose files are
all there; each is valid by the strict schema of its version, and the hashes of both are the same. What is not there (pip)
is named and left out.
"""

import json
import pathlib
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


with tempfile.TemporaryDirectory() as folder:
    bills(pathlib.Path(folder))
sys.exit(1 if failures else 0)
