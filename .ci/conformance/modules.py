#!/usr/bin/env python3
"""Shared merge modules merged into the example package: read by msitools, installed, removed.

    modules.py SHARED MSIKIT

What must hold for each module: msitools read every table of the merged package as msikit does (rows of the module among
them, and no row of the package changed); the files of the module whose components are for this Windows are installed with
the bytes that cabextract finds in the module's cabinet; removing the package leaves none of them. A damaged module is
refused and nothing is written. Each module is merged twice: with its cabinet in the package, and with its files beside it. Another reader of the cabinet is needed, so this is skipped without msitools or cabextract.
"""

import json
import os
import shutil
import sys
import tempfile

from material import msikit, run, shared_package

MODULES = ["module-two-files", "module-vc90openmp", "module-wix4"]
# Conditions of the shared modules' components that hold on the default machine.
TRUE = {"", "(VersionNT >= 600)"}

repository = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def rows(package, table, cwd):
    """A table as msitools export it: a dict of cells by key."""
    text = run("msiinfo", "export", package, table, cwd=cwd).stdout.decode("utf-8", "replace")
    lines = text.split("\r\n")
    names, keys = lines[0].split("\t"), lines[2].split("\t")
    keys = keys[2 if keys[0].isdigit() else 1:]
    found = {}
    for line in filter(None, lines[3:]):
        row = dict(zip(names, line.split("\t")))
        found[tuple(row[key] for key in keys)] = row
    return found


def tables(package, cwd):
    names = run("msiinfo", "tables", package, cwd=cwd).stdout.decode().split()
    return [name for name in names if name not in ("_SummaryInformation", "_ForceCodepage", "_Validation")]


def check(name, folder, how=()):
    module = shared_package(f"{name}.msm")
    base, merged = os.path.join(folder, "base.msi"), os.path.join(folder, f"{name}.msi")
    run(msikit, "db", "build", os.path.join(repository, "examples", "greeter"), "-o", base)
    shutil.copytree(os.path.join(repository, "examples", "greeter", "Greeter"), os.path.join(folder, "Greeter"), dirs_exist_ok=True)
    told = json.loads(run(msikit, "db", "merge", module, base, "-o", merged, "--feature", "Complete", "--directory", "INSTALLDIR", "--json", *how).stdout)
    faults = []
    # msitools see what msikit says, and what was there before.
    mine = {table["name"]: table["rows"] for table in json.loads(run(msikit, "db", "tables", merged, "--json").stdout)}
    for table in tables(merged, folder):
        after = rows(merged, table, folder)
        if len(after) != mine.get(table):
            faults.append(f"{table}: {len(after)} rows for msitools, {mine.get(table)} for msikit")
        before = rows(base, table, folder) if table in tables(base, folder) else {}
        changed = [key for key in before if before[key] != after.get(key)]
        if changed:
            faults.append(f"{table}: rows of the package changed: {changed}")
        if len(after) - len(before) != told["tables"].get(table, 0):
            faults.append(f"{table}: {len(after) - len(before)} new rows, {told['tables'].get(table, 0)} were told")
    # The files are those of the module's cabinet.
    cabinet = run("msiinfo", "extract", module, "MergeModule.CABinet", cwd=folder).stdout
    with open(os.path.join(folder, "module.cab"), "wb") as out:
        out.write(cabinet)
    run("cabextract", "-q", "-d", "cabinet", "module.cab", cwd=folder)
    files = rows(module, "File", folder)
    components = rows(module, "Component", folder)
    expected = {}
    for (key,), row in files.items():
        if components[(row["Component_"],)]["Condition"] in TRUE:
            with open(os.path.join(folder, "cabinet", key), "rb") as file:
                expected[key] = (row["FileName"].rpartition("|")[2], file.read())
    machine = os.path.join(folder, "machine")
    run(msikit, "--machine", machine, "install", merged)
    installed = []
    for path, _, names in os.walk(os.path.join(machine, "drive_c")):
        for file in names:
            with open(os.path.join(path, file), "rb") as contents:
                installed.append((file, contents.read()))
    for key, wanted in expected.items():
        if wanted not in installed:
            faults.append(f"{key} is not installed")
    run(msikit, "--machine", machine, "remove", merged)
    for path, _, names in os.walk(os.path.join(machine, "drive_c")):
        faults += [f"{path}/{file} is left" for file in names if file in {name for name, _ in expected.values()}]
    print(f"{' '.join([name, *how])}: {sum(told['tables'].values())} rows, {len(expected)} of {len(files)} files: {'; '.join(faults) or 'as it should be'}")
    return not faults


def refuses_damage(folder):
    base = os.path.join(folder, "base.msi")
    run(msikit, "db", "build", os.path.join(repository, "examples", "greeter"), "-o", base)
    with open(base, "rb") as file:
        before = file.read()
    module = shared_package("damaged-crlf.msm")
    done = run(msikit, "db", "merge", module, base, "--feature", "Complete", ok=False)
    with open(base, "rb") as file:
        refused = done.returncode == 1620 % 256 and file.read() == before
    print(f"damaged-crlf: {'refused' if refused else 'NOT refused: ' + str(done)}")
    return refused


def main():
    missing = [tool for tool in ("msiinfo", "cabextract") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: merge modules need {', '.join(missing)}")
        return 0
    good = True
    for name in MODULES:
        for how in [(), ("--uncompressed",)]:
            with tempfile.TemporaryDirectory() as folder:
                good &= check(name, folder, how)
    with tempfile.TemporaryDirectory() as folder:
        good &= refuses_damage(folder)
    return 0 if good else 1


sys.exit(main())
