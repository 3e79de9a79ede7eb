#!/usr/bin/env python3
"""Advertised products: published, listed as advertised, then installed, then removed with nothing left.

usage: advertise.py SHARED MSIKIT

Each shared package that installs on a bare machine is advertised to all users and to one, by msiexec's own command
line; one with a transform and a language. A removal leaves the machine as it was, save what a plain installation and
removal leaves too: permanent components.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SHARED, MSIKIT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
failures = []

# What a package itself does not want.
REFUSED = {("peruser-hello.msi", "jm"): "a launch condition refuses ALLUSERS"}


def run(machine, *words):
    return subprocess.run(
        [MSIKIT, "--machine", machine, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def snapshot(machine):
    """Permanent components are where the product was: registered for all users or for the one, and so are classes."""
    text = run(machine, "machine", "snapshot").stdout
    text = re.sub(r"UserData\\S-1-5-(18|21-0-0-0-1000)", r"UserData\\SID", text)
    return re.sub(r"HK(LM|CU)\\Software\\Classes", "HKCR", text).splitlines()


def states(machine):
    return [product["state"] for product in json.loads(run(machine, "list", "--json").stdout)]


def fresh(home, name):
    machine = home / name
    made = run(machine, "machine", "init")
    assert made.returncode == 0, made.stderr
    return machine


def left_by_plain(home, package):
    """What an installation and its removal leave; None where the package does not install on a bare machine."""
    machine = fresh(home, "plain")
    before = snapshot(machine)
    # A package without features is installed and not registered: there is nothing to be advertised.
    if run(machine, "install", package, "--ui", "none").returncode != 0 or not states(machine):
        return None
    removed = run(machine, "remove", package, "--ui", "none")
    assert removed.returncode == 0, removed.stderr
    return sorted(set(snapshot(machine)) - set(before))


def check(what, holds, detail=""):
    if not holds:
        failures.append(what)
        print(f"FAILED {what}: {detail}")


def advertised(home, package, option, more, left):
    what = f"{package.name} /{option} {' '.join(more)}".rstrip()
    machine = fresh(home, option)
    before = snapshot(machine)
    ran = run(machine, "msiexec", f"/{option}", package, *more, "/qn")
    check(what, ran.returncode == 0, ran.stderr)
    check(f"{what}: listed", states(machine) == ["advertised"], states(machine))
    published = len(set(snapshot(machine)) - set(before))
    check(f"{what}: published", published > 0, "nothing is there of it")
    ran = run(machine, "install", package, "--ui", "none")
    check(f"{what}: installed", ran.returncode == 0 and states(machine) == ["installed"], ran.stderr)
    ran = run(machine, "remove", package, "--ui", "none")
    check(f"{what}: removed", ran.returncode == 0 and states(machine) == [], ran.stderr)
    rest = sorted(set(snapshot(machine)) ^ set(before))
    check(f"{what}: as before", rest == left, sorted(set(rest) ^ set(left))[:5])


def main():
    done, skipped = 0, []
    for package in sorted(SHARED.glob("packages/*.msi")):
        with tempfile.TemporaryDirectory() as home:
            home = pathlib.Path(home)
            left = left_by_plain(home, package)
            if left is None:
                skipped.append(package.name)
                continue
            for option in ("jm", "ju"):
                if (package.name, option) in REFUSED:
                    print(f"not tried: {package.name} /{option}: {REFUSED[package.name, option]}")
                    continue
                advertised(home, package, option, [], left)
                done += 1
    german = SHARED / "packages/isdriver-1031.mst"
    if german.exists():
        with tempfile.TemporaryDirectory() as home:
            machine = fresh(pathlib.Path(home), "german")
            ran = run(machine, "msiexec", "/jm", SHARED / "packages/isdriver.msi", "/t", german, "/g", "1031", "/qn")
            check("isdriver.msi with a transform and a language", ran.returncode == 0 and states(machine) == ["advertised"], ran.stderr)
            done += 1
    print(f"advertised: {done}, failed: {len(failures)}; not installed on a bare machine: {', '.join(skipped)}")
    sys.exit(1 if failures or not done else 0)


main()
