#!/usr/bin/env python3
"""Rules over the shared packages: nothing but what is listed, and all that is listed.

usage: validate.py SHARED MSIKIT [--write]

validate.tsv holds package, rule, level and how often; each was looked at, and is what the package really has.
"""
import collections
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
LIST = HERE / "validate.tsv"


def found(msikit, package):
    """How often each rule finds something, by level; None where the package cannot be opened."""
    run = subprocess.run(
        [msikit, "db", "validate", str(package), "--json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )
    if run.returncode not in (0, 1):
        return None
    findings = json.loads(run.stdout)
    if (run.returncode == 1) != any(one["level"] == "error" for one in findings):
        sys.exit(f"{package}: exit status {run.returncode} does not fit the findings")
    return collections.Counter((one["rule"], one["level"]) for one in findings)


def main():
    shared, msikit = pathlib.Path(sys.argv[1]), sys.argv[2]
    rows, checked = set(), 0
    for package in sorted(shared.glob("packages/*.ms[im]")):
        counts = found(msikit, package)
        if counts is None:
            print(f"not opened: {package.name}")
            continue
        checked += 1
        rows |= {(package.name, rule, level, str(count)) for (rule, level), count in counts.items()}
    if "--write" in sys.argv:
        LIST.write_text("".join("\t".join(row) + "\n" for row in sorted(rows)))
    listed = {tuple(line.split("\t")) for line in LIST.read_text().splitlines()}
    for row in sorted(rows - listed):
        print("not listed:", *row)
    for row in sorted(listed - rows):
        print("not found: ", *row)
    print(f"rules: {checked} packages, {len(rows)} kinds of findings, {len(rows ^ listed)} other than listed")
    sys.exit(1 if rows != listed or not checked else 0)


main()
