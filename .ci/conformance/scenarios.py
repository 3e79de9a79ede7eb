"""Sequences of msiexec command lines, run by msikit called by that name: the documented code of each step, and the files.

Usage: scenarios.py SHARED MSIKIT [NAME…]

`STEPS` says for each step the code that Microsoft's pages give, and which files are there afterwards: `recorded` as another
engine left them, `before` as before the first step, or the name of the step that left the same. Where the record is wrong the
table says which page wants otherwise; agreeing with the record there would fail.
"""
import json, os, re, shutil, subprocess, sys, tempfile

import packages

# scenario: [(step, code, files, page where the record is not followed)]
STEPS = {
    "damaged": [("install", 1620, "before", "error-codes.md: a file that is no package")],
    "env": [("install", 0, "recorded", ""), ("remove", 0, "before", "")],
    "instance": [("install", 1624, "before", "error-codes.md: the package has no transform of that name")],
    "isdriver-german": [("install", 1603, "before", "rollback-installation.md: the folder made on the way goes too")],
    "missing-cabinet": [("install", 1603, "before", "")],
    "missing-file": [("install", 1619, "before", "error-codes.md: the package cannot be opened")],
    # The two packages share a product code: the second is no upgrade but another package of what is installed.
    "msitestapp-upgrade": [("strip",), ("install", 0, "recorded", ""), ("upgrade", 1638, "install", "error-codes.md: 1638"),
                           ("older-again", 0, "install", ""), ("remove", 0, "before", "removefolders-action.md: emptied folders go")],
    "nunit-all": [("install", 0, "recorded", ""), ("remove", 0, "before", "remove.md: ALL is everything that is installed")],
    "nunit-features": [("install", 0, "recorded", ""), ("remove", 0, "before", "remove.md")],
    "putty-feature-change": [("install", 0, "recorded", ""), ("drop", 0, "recorded", ""), ("add", 0, "recorded", ""), ("remove", 0, "before", "")],
    "putty-installdir": [("install", 0, "recorded", ""), ("remove", 0, "before", "changing-the-target-location-for-a-directory.md")],
    "putty-peruser": [("install", 0, "recorded", ""), ("remove", 0, "before", "")],
    "putty-reinstall": [("install", 0, "recorded", ""), ("delete",), ("reinstall", 0, "install", ""), ("remove", 0, "before", "")],
    "putty-remove-by-code": [("install", 0, "recorded", ""), ("remove", 0, "before", "")],
    "putty-repair": [("install", 0, "recorded", ""), ("delete",), ("repair", 0, "install", "command-line-options.md: /f repairs"),
                     ("remove", 0, "before", "")],
    "putty-repair-by-package": [("install", 0, "recorded", ""), ("delete",), ("repair", 0, "install", "command-line-options.md: /f repairs")],
    "putty-twice": [("install", 0, "recorded", ""), ("again", 0, "install", ""), ("remove", 0, "before", ""),
                    ("remove-again", 1605, "before", "error-codes.md: the product is not installed")],
    "putty-user-file-kept": [("install", 0, "recorded", ""), ("delete",), ("remove", 0, "before", "")],
    "remove-not-installed": [("remove", 1605, "before", "error-codes.md: the product is not installed")],
    "unknown-product": [("remove", 1605, "before", "")],
}
# Recorded as well, not compared, and named here so that nothing is left out quietly.
NOT_YET = {
    "example-patch": "patches", "patch-without-product": "patches", "rtm-gdr1-patch": "patches", "rtm-gdr1-slipstream": "patches",
    "rtm-ldr-chain": "patches", "rtm-ldr2-alone": "patches", "nunit-advertise": "the other engine does not advertise (120); crates/installer/tests/advertise.rs says what msikit does",
}
# Folders that the pages put elsewhere than recorded: scenario prefix, recorded, wanted, page.
MENU = "appdata/roaming/microsoft/windows/start menu/"
ELSEWHERE = [
    ("putty-peruser", "program files (x86)/putty/", "users/root/appdata/local/programs/putty/", "msiinstallperuser.md"),
    ("putty", f"users/root/{MENU}", "programdata/microsoft/windows/start menu/", "installation-context.md"),
]
# Single places: scenario, place, what is there by the page (None: a folder), page.
ICON = (11478, "e55e063144b5e0dc113511d3767f68365251f4713b214c1142043110eb45fc3a")
INSTALLER = "users/root/appdata/roaming/microsoft/installer/"
PUTTY = "{55717628-7ae6-4bcf-a046-fa2768945e76}/"
OTHERWISE = [
    # A feature that is installed brings its parents with it.
    ("nunit-features", "program files (x86)/nunit 2.5.2/fit-license.txt",
     (18347, "011c1322150db0fe9a6590b5a0efc3659dfc8d24c6abe83e60754af805ec1bd6"), "feature-table.md"),
    ("nunit-features", "program files (x86)/nunit 2.5.2/license.txt",
     (1131, "85dd82980cd60fa7f00bc68d0e403adcbff7c62fa652e619433164265b527d6a"), "feature-table.md"),
    ("nunit-features", "program files (x86)/nunit 2.5.2/logo.ico",
     (1078, "2899a6524bd0b775b0d8641b34c8c821d5a15a0b690e476d99a2a9e6d6fc9313"), "feature-table.md"),
    # The desktop of the other engine was a link out of its prefix, so nothing was recorded there.
    ("putty-feature-change", "users/public/desktop/putty.lnk", "link", "installation-context.md"),
    ("putty-installdir", "users/public/desktop/putty.lnk", "link", "installation-context.md"),
    # Icons of a per-user product are in the user's profile; programs below its Programs folder.
    ("putty-peruser", "users/root/appdata/local/programs/", None, "msiinstallperuser.md"),
    ("putty-peruser", INSTALLER, None, "installation-context.md"),
    ("putty-peruser", INSTALLER + PUTTY, None, "installation-context.md"),
    ("putty-peruser", INSTALLER + PUTTY + "installericon.exe", ICON, "installation-context.md"),
    ("putty-peruser", "windows/installer/" + PUTTY, "absent", "installation-context.md"),
    ("putty-peruser", "windows/installer/" + PUTTY + "installericon.exe", "absent", "installation-context.md"),
]


def wanted_place(scenario, path):
    for prefix, recorded, wanted, _page in ELSEWHERE:
        if scenario == "putty-peruser" and prefix == "putty":
            continue
        if scenario.startswith(prefix) and path.startswith(recorded):
            return wanted + path[len(recorded):]
    return path


def files(snapshot, before, stripped):
    found = {}
    for path, what in snapshot[0].items():
        inside = packages.drive_c(path)
        if inside is None or inside.startswith("pkgsrc/") or path in before[0]:
            continue
        inside = re.sub(r"^windows/Installer/[^/]+\.msi$", "windows/Installer/<random>.msi", inside)
        # Links hold bytes of their own, and a package whose actions were deleted is written anew each time;
        # everything else is compared by size and contents.
        if stripped and what and inside.endswith("<random>.msi"):
            what = what[0]
        found[inside.lower()] = "link" if inside.lower().endswith(".lnk") else what
    return found


def recorded_files(scenario, step, before, stripped):
    there = {packages.drive_c(path).lower() for path, what in before[0].items() if what is None and packages.drive_c(path)}
    found = {}
    for path, what in packages.recorded(step)[0].items():
        path = wanted_place(scenario, path.lower())
        if not path.startswith("pkgsrc/") and not (what is None and path in there):
            if stripped and what and path.endswith("<random>.msi"):
                what = what[0]
            found[path] = "link" if path.endswith(".lnk") else what
    for name, place, what, _page in OTHERWISE:
        if name == scenario and what == "absent":
            del found[place]
        elif name == scenario:
            assert place not in found, f"{place} is recorded: the exception is not needed"
            found[place] = what
    return found


def msiexec(link, machine, command, source):
    """Runs a recorded command line; package and transform names are those of files at the source."""
    words = []
    for word in command.split()[1:]:
        name, sign, value = word.partition("=")
        if word.lower().endswith((".msi", ".mst")) and not sign:
            word = f"C:\\pkgsrc\\{word}"
        words.append(word)
    environment = dict(os.environ, MSIKIT_MACHINE=machine)
    done = subprocess.run([link, *words], env=environment, cwd=source, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stderr


def check(name, shared, msikit, link, scratch):
    scenario = json.load(open(os.path.join(shared, "oracles", f"scenario-{name}.json"), encoding="utf-8"))
    machine = os.path.join(scratch, name)
    packages.run(msikit, machine, "machine", "init", "--user", "root")
    source = os.path.join(machine, "drive_c", "pkgsrc")
    os.makedirs(source)
    for real, file in [(scenario["package"],) * 2, *scenario["companions"]]:
        if os.path.exists(os.path.join(shared, "packages", file)):
            shutil.copyfile(os.path.join(shared, "packages", file), os.path.join(source, real))
    if name == "missing-file":
        os.remove(os.path.join(source, scenario["package"]))
    before = packages.snapshot(msikit, machine)
    left, problems, stripped = {"before": {}}, [], False
    assert [step["step"] for step in scenario["steps"]] == [row[0] for row in STEPS[name]], f"{name}: the steps are others"
    for step, row in zip(scenario["steps"], STEPS[name]):
        if row[0] == "strip":
            stripped = True
            for package in step["packages"]:
                file = os.path.join(source, package)
                oracle = json.load(open(os.path.join(shared, "oracles", package.replace(".msi", ".json")), encoding="utf-8"))
                packages.strip(file, {action for action, *_ in oracle["code_running_custom_actions"]})
            continue
        if row[0] == "delete":
            for file in step["files"]:
                os.remove(os.path.join(machine, "drive_c", file))
            continue
        _, code, like, _page = row
        status, said = msiexec(link, machine, step["command"], source)
        codes = re.findall(r"\[(\d+) [A-Z_0-9]+\]", said)
        got = int(codes[-1]) if status else 0
        if got != code:
            problems.append(f"{row[0]}: {got} and not {code}: {said.strip().splitlines()[-1:]}")
        now = files(packages.snapshot(msikit, machine), before, stripped)
        left[row[0]] = now
        expected = recorded_files(name, step, before, stripped) if like == "recorded" else left[like]
        for path in sorted(now.keys() | expected.keys()):
            if now.get(path, "absent") != expected.get(path, "absent"):
                problems.append(f"{row[0]}: {path}: {now.get(path, 'absent')} and not {expected.get(path, 'absent')}")
    shutil.rmtree(machine)
    return problems


def main():
    shared, msikit, *names = sys.argv[1:]
    scratch, failed = tempfile.mkdtemp(prefix="msikit-scenarios-"), 0
    link = os.path.join(scratch, "msiexec")
    os.symlink(os.path.abspath(msikit), link)
    recorded = {file[len("scenario-"):-len(".json")] for file in os.listdir(os.path.join(shared, "oracles")) if file.startswith("scenario-")}
    for name in sorted(recorded - STEPS.keys() - NOT_YET.keys()):
        failed += 1
        print(f"FAILED  {name}: recorded, and in no list here")
    names = names or list(STEPS)
    for name in names:
        try:
            problems = check(name, shared, msikit, link, scratch)
        except (AssertionError, KeyError, IndexError) as error:
            problems = [f"{type(error).__name__}: {error}"]
        failed += bool(problems)
        print(f"{'FAILED' if problems else 'as documented'}  {name}")
        for problem in problems[:12]:
            print("   ", problem)
        if len(problems) > 12:
            print(f"    … and {len(problems) - 12} more")
    for name, why in NOT_YET.items():
        print(f"not compared  {name}: {why}")
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
