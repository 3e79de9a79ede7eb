#!/usr/bin/env python3
"""Files of packages as patches make them: those of the patches' cabinets, and the package's others.

    patches.py SHARED MSIKIT

For each chain of shared patches: every file that is extracted has the bytes that cabextract finds under its key in the
cabinets of the last patch that has it, or else of the package. A file of which a patch has only a difference is named and not
written, the others are, and the code is 1637. Skipped without msitools or cabextract.
"""

import json
import os
import shutil
import sys
import tempfile

from material import msikit, run, shared_package

CHAINS = [
    ("rtm-product", ["rtm-gdr1"]),
    ("rtm-product", ["rtm-rtmldr", "rtm-ldr2"]),
    ("rtm-product", ["rtm-rtmldr", "rtm-ldr2", "rtm-ldr3"]),
    ("example", ["example"]),
]


def members(file, cabinets, folder):
    """The members of embedded cabinets, by name; a cabinet without members has none."""
    found = {}
    for number, name in enumerate(cabinets):
        place = os.path.join(folder, f"{os.path.basename(file)}.{number}")
        os.mkdir(place)
        with open(os.path.join(place, "cab"), "wb") as out:
            out.write(run("msiinfo", "extract", file, name, cwd=folder).stdout)
        run("cabextract", "-q", "-d", "out", "cab", cwd=place, ok=False)
        for base, _, names in os.walk(os.path.join(place, "out")):
            for member in names:
                with open(os.path.join(base, member), "rb") as contents:
                    found[member] = contents.read()
    return found


def query(package, patches, statement):
    words = [word for patch in patches for word in ("--patch", patch)]
    return json.loads(run(msikit, "db", "query", package, statement, *words, "--json").stdout)


def check(base, names, folder):
    package, patches = shared_package(f"{base}.msi"), [shared_package(f"{name}.msp") for name in names]
    expected = {}
    for number, file in enumerate([package, *patches]):
        # Of the disks that stand after this patch, the new ones are its.
        media = query(package, patches[:number], "SELECT `Cabinet` FROM `Media`")
        cabinets = [row["Cabinet"][1:] for row in media if (row["Cabinet"] or "").startswith("#")]
        streams = run("msiinfo", "streams", file).stdout.decode().split("\n")
        expected.update(members(file, [name for name in cabinets if name in streams], folder))
    words = [word for patch in patches for word in ("--patch", patch)]
    out = os.path.join(folder, "out")
    told = json.loads(run(msikit, "extract", package, out, *words, "--json").stdout)
    faults = []
    for file in told["files"]:
        with open(os.path.join(out, file["path"]), "rb") as contents:
            if contents.read() != expected.get(file["file"]):
                faults.append(f"{file['file']} has other bytes")
    rows = query(package, patches, "SELECT `File` FROM `File`")
    if sorted(row["File"] for row in rows) != sorted(file["file"] for file in told["files"]):
        faults.append("not all files")
    print(f"{base} + {' + '.join(names)}: {len(told['files'])} files: {'; '.join(faults) or 'as it should be'}")
    return not faults


def names_differences(folder):
    package, out = os.path.join(folder, "changed.msi"), os.path.join(folder, "out")
    shutil.copy(shared_package("putty.msi"), package)
    first = query(package, [], "SELECT `File` FROM `File`")[0]["File"]
    for statement in [
        "CREATE TABLE `Patch` (`File_` CHAR(72) NOT NULL, `Sequence` SHORT NOT NULL, `PatchSize` LONG NOT NULL,"
        " `Attributes` SHORT NOT NULL, `Header` OBJECT PRIMARY KEY `File_`, `Sequence`)",
        f"INSERT INTO `Patch` (`File_`, `Sequence`, `PatchSize`, `Attributes`) VALUES ('{first}', 100, 77, 0)",
    ]:
        run(msikit, "db", "query", package, statement, "--write")
    done = run(msikit, "extract", package, out, "--json", ok=False)
    told = json.loads(done.stdout)
    count = len(query(package, [], "SELECT `File` FROM `File`"))
    good = done.returncode == 1637 % 256 and told["left_out"] == [{"file": first, "difference": 77}]
    good &= len(told["files"]) == count - 1 and all(os.path.exists(os.path.join(out, file["path"])) for file in told["files"])
    print(f"a difference within a file: {'named' if good else 'NOT as it should be: ' + str(told)[:500]}")
    return good


def main():
    missing = [tool for tool in ("msiinfo", "cabextract") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: patched files need {', '.join(missing)}")
        return 0
    good = True
    for base, names in CHAINS:
        with tempfile.TemporaryDirectory() as folder:
            good &= check(base, names, folder)
    with tempfile.TemporaryDirectory() as folder:
        good &= names_differences(folder)
    return 0 if good else 1


sys.exit(main())
