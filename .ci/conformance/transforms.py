#!/usr/bin/env python3
"""Transforms beside Wine, whose MsiDatabaseApplyTransform changes a copy of the package: then db diff must find nothing.

    transforms.py SHARED MSIKIT

Shared transforms are applied by both. Transforms that msikit made of two packages are applied by Wine, and must give the
second package. Wine keeps the code page of the package, so that texts with letters that it does not have are lost: cells
that have other than ASCII letters in them, and the code page, are left out of the comparison where a transform has another
code page.

Not compared: transforms made by others on the spot, since Wine 8 makes none (error 120), and msitools, whose library finds no
table of a transform (0.101). New rows whose stream is null are not in it: Wine leaves them out. Skipped without Wine and the compiler for Windows that CI uses for msikit.exe.
"""

import json
import os
import shutil
import sys
import tempfile

from material import msikit, run, shared_package

SHARED = [("isdriver", "isdriver-1031"), ("isdriver", "isdriver-1041"), ("isdriver", "isdriver-2052")]
# What makes a second package of a first one: another package, or statements.
MADE = [
    ("msitestapp-v1", "msitestapp-v2"),
    ("msilib-six", "msilib-yaml"),
    (
        "putty",
        [
            ("UPDATE `Property` SET `Value` = 'other' WHERE `Property` = 'Manufacturer'", []),
            ("DELETE FROM `Shortcut`", []),
            ("INSERT INTO `Property` (`Property`, `Value`) VALUES ('NEW', ?)", ["x" * 70_000]),
            ("CREATE TABLE `New` (`A` CHAR(10) NOT NULL, `B` LONG, `C` OBJECT PRIMARY KEY `A`)", []),
            ("INSERT INTO `New` (`A`, `B`, `C`) VALUES ('one', -5, ?)", ["@stream"]),
            ("INSERT INTO `New` (`A`, `C`) VALUES ('two', ?)", ["@stream"]),
            ("ALTER TABLE `Feature` ADD `More` SHORT", []),
            ("UPDATE `Feature` SET `More` = 7", []),
            ("DROP TABLE `LaunchCondition`", []),
        ],
    ),
    (
        "nunit",
        [
            ("UPDATE `File` SET `FileSize` = 1 WHERE `Sequence` < 20", []),
            ("DELETE FROM `Registry`", []),  # Wine then leaves an emptied entry in the file's directory.
            (
                "CREATE TABLE `Wide` (`K` SHORT NOT NULL, "
                + ", ".join(f"`C{number}` CHAR(5)" for number in range(20))
                + " PRIMARY KEY `K`)",
                [],
            ),
            ("INSERT INTO `Wide` (`K`, `C0`, `C19`) VALUES (1, 'a', 'z')", []),
        ],
    ),
]

APPLY = r"""
#include <windows.h>
#include <msi.h>
#include <msiquery.h>
#include <stdio.h>

int main(int count, char **words)
{
    MSIHANDLE database;
    UINT code = MsiOpenDatabaseA(words[1], MSIDBOPEN_TRANSACT, &database);

    if (code == ERROR_SUCCESS) {
        code = MsiDatabaseApplyTransformA(database, words[2], 0);
        if (code == ERROR_SUCCESS)
            code = MsiDatabaseCommit(database);
        MsiCloseHandle(database);
    }
    printf("%u\n", code);
    return 0;
}
"""


def second(new, first, folder):
    """The package that a first one becomes."""
    if isinstance(new, str):
        return shared_package(f"{new}.msi")
    made = os.path.join(folder, "new.msi")
    shutil.copy(first, made)
    with open(os.path.join(folder, "stream"), "wb") as stream:
        stream.write(bytes(range(256)) * 40)
    for statement, parameters in new:
        words = [word for parameter in parameters for word in ("--param", parameter)]
        run(msikit, "db", "query", made, statement, "--write", *words, cwd=folder)
    return made


def differences(one, other, lost):
    """What db diff finds in tables; without what another code page loses."""
    found = []
    told = json.loads(run(msikit, "db", "diff", one, other, "--json", ok=False).stdout)
    for table in told["tables"]:
        if table["change"] != "changed":
            found.append(f"table {table['name']} is {table['change']}")
        for row in table["rows"]:
            cells = {name: cell for name, cell in row["cells"].items() if not (lost and not str(cell["after"]).isascii())}
            if cells or row["change"] != "changed":
                found.append(f"{table['name']} {row['key']}: {row['change']} {cells}")
    return found


def by_wine(package, transform, folder):
    copy = os.path.join(folder, "wine.msi")
    shutil.copy(package, copy)
    shutil.copy(transform, os.path.join(folder, "change.mst"))
    done = run("wine", os.path.join(folder, "apply.exe"), "wine.msi", "change.mst", cwd=folder, ok=False)
    return copy, done.stdout.decode().strip()


def compare(name, package, transform, expected, folder, lost):
    copy, code = by_wine(package, transform, folder)
    found = [f"Wine says {code}"] if code != "0" else differences(copy, expected, lost)
    print(f"{name}: {'the same tables' if not found else '; '.join(found[:5])[:600]}")
    return not found


def main():
    missing = [tool for tool in ("wine", "xvfb-run", "x86_64-w64-mingw32-gcc") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: transforms beside Wine need {', '.join(missing)}")
        return 0
    good = True
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(WINEPREFIX=os.path.join(folder, "prefix"), WINEDEBUG="-all")
        with open(os.path.join(folder, "apply.c"), "w") as source:
            source.write(APPLY)
        run("x86_64-w64-mingw32-gcc", "-O1", "apply.c", "-o", "apply.exe", "-lmsi", cwd=folder)
        run("xvfb-run", "-a", "wineboot", "-i")
        for base, name in SHARED:
            ours = os.path.join(folder, "ours.msi")
            package, transform = shared_package(f"{base}.msi"), shared_package(f"{name}.mst")
            run(msikit, "db", "transform", package, "--apply", transform, "-o", ours)
            good &= compare(name, package, transform, ours, folder, True)
        for base, new in MADE:
            package = shared_package(f"{base}.msi")
            changed = second(new, package, folder)
            transform = os.path.join(folder, "made.mst")
            run(msikit, "db", "transform", package, changed, "-o", transform)
            name = f"{base} -> {new if isinstance(new, str) else str(len(new)) + ' statements'}"
            good &= compare(name, package, transform, changed, folder, False)
        run("wineserver", "-k", ok=False)
    return 0 if good else 1


sys.exit(main())
