"""Installs, lists and removes real packages, and compares with what was recorded of other tools.

Usage: packages.py SHARED MSIKIT [NAME…] [--all]    SHARED holds packages/ and oracles/; MSIKIT is the release binary.

A difference from the record fails, unless allowed.tsv names package, kind, place, the rule, its page and the
expected value; an allowed difference that does not occur fails too. After removal the snapshot is that of before.
"""
import csv, json, os, re, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# Every package whose recorded install ended with 0. A name is never left out quietly: the list is fixed here.
NAMES = """env-create example-old example external-cab minimal-nofiles minimal-signed msi64 msilib-six msilib-yaml
msitestapp-v1 msitestapp-v2 nunit peruser-hello putty quantum-msxml3 registry-helper rtm-product wise-odbc wix3-simple wix4-utf8
wix6-lockpermissions wixl-sample addin-lzx registry217-lzx vssetup-cp1251 wix4-lzx wix5-lzx""".split()

# Packages with permanent components: what those leave behind is compared with the record of the removal.
PERMANENT = {
    "quantum-msxml3": "all but the registration: shared XML parser files and their classes",
    "wise-odbc": "the driver, its texts and its help",
}


def run(msikit, machine, *arguments, check=True):
    command = [msikit, *arguments, "--machine", machine]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stderr.strip()[-2000:]}")
    return done


def snapshot(msikit, machine):
    """Returns files {path: (size, sha256) or None for a folder}, values {(key, name): (type, data)}, keys, and the raw lines."""
    raw = run(msikit, machine, "machine", "snapshot").stdout
    files, values, keys = {}, {}, {}
    for line in raw.split("\n"):
        kind, _, rest = line.partition(" ")
        if kind == "D":
            files[rest.rstrip("/") + "/"] = None
        elif kind == "F":
            path, size, sha256, _attributes, _mode = rest.rsplit(" ", 4)
            files[path] = (int(size), sha256)
        elif kind == "K":
            keys[rest.lower()] = rest
        elif kind == "R":
            place, type_name, data = re.match(r"(.*?) (REG_\w+)(?: (.*))?$", rest, re.S).groups()
            # The name follows the last backslash of the key: names of values may hold backslashes, keys are listed before.
            values[place] = (type_name, data or "")
    return files, values, keys, raw


def drive_c(path):
    path = path.replace("\\", "/")
    return path[len("drive_c/"):] if path.startswith("drive_c/") else None


def text_of(type_name, data):
    """Data of the record in the form of a snapshot line."""
    if isinstance(data, list):
        return "\\0".join(data)
    return str(data)


def normalised(place, name, data):
    """The named normalisations: time stamps, and the random name of the cached package."""
    if name.lower() == "installdate":
        return "<date>"
    if "\\features\\" in place.lower():
        # U+0002 before a feature's parent and U+0006 of an absent one: records keep them as `2`, `\\2`, or drop the backslash.
        return re.sub(r"\\u\{([26])\}|\\([26])|([\x02\x06])", lambda m: m[1] or m[2] or str(ord(m[3])), data)
    if name.lower() == "localpackage":
        return re.sub(r"[^\\]+\.msi$", "<random>.msi", data, flags=re.I)
    return data


def recorded(step):
    files, values, keys = {}, {}, set()
    for path, size, sha256, *rest in step["files_vs_pristine"]:
        if rest[:1] == ["removed"] or size == "removed" or sha256 == "removed":
            continue
        files[path] = None if path.endswith("/") else (size, sha256)
    for key, name, type_name, data, *_ in step["registry_vs_pristine"]:
        if name is None:
            keys.add(key)
        elif type_name != "removed":
            values[(key, name)] = (type_name, text_of(type_name, data))
    return files, values, keys


class Allowed:
    def __init__(self):
        self.rows, self.used = {}, set()
        with open(os.path.join(HERE, "allowed.tsv"), encoding="utf-8", newline="") as file:
            for row in csv.DictReader((l for l in file if not l.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE):
                self.rows[(row["package"], row["kind"], row["place"])] = row

    def takes(self, package, kind, place, ours):
        row = self.rows.get((package, kind, place))
        if row is None or row["expected"] != ours:
            return False
        self.used.add((package, kind, place))
        return True

    def unused(self, packages):
        return [key for key in self.rows if key[0] in packages and key not in self.used]


def compare(name, before, after, step, changed, allowed, when=""):
    problems = []

    def differ(kind, place, theirs, ours):
        if theirs != ours and not allowed.takes(name, when + kind, place, ours):
            problems.append(f"{kind}\t{place}\n      recorded {theirs}\n      msikit   {ours}")

    files, values, keys = recorded(step)
    ours = {}
    for path, what in after[0].items():
        inside = drive_c(path)
        if inside is None or path in before[0]:
            continue
        if re.fullmatch(r"windows/Installer/[^/]+\.msi", inside, re.I):
            inside = "windows/Installer/<random>.msi"
        ours[inside.lower()] = (inside, what)
    # A recorded new folder that this machine has from the start (windows/Installer, as on Windows) is there all the same.
    there = {drive_c(path).lower() for path, what in before[0].items() if what is None and drive_c(path)}
    theirs = {path.lower(): (path, what) for path, what in files.items()
              if not path.startswith("pkgsrc/") and not (what is None and path.lower() in there)}

    def shown(entry):
        if entry is None:
            return "absent"
        path, what = entry
        if what is None:
            return f"folder {path}"
        if changed and path.endswith("<random>.msi"):
            # The package was changed before it was installed, and is written with other bytes each time.
            return f"{path} {what[0]}"
        return f"{path}" if path.lower().endswith(".lnk") else f"{path} {what[0]} {what[1]}"

    for path in sorted(ours.keys() | theirs.keys()):
        differ("file", path, shown(theirs.get(path)), shown(ours.get(path)))

    new = {}
    for place, (type_name, data) in after[1].items():
        if before[1].get(place) != (type_name, data):
            new[place.lower()] = (place, type_name, data)
    wanted = {}
    for (key, value), (type_name, data) in values.items():
        place = key + "\\" + value
        wanted[place.lower()] = (place, type_name, normalised(place, value, data))
    for place in sorted(new.keys() | wanted.keys()):
        mine, other = new.get(place), wanted.get(place)
        value = (mine or other)[0].rsplit("\\", 1)[1]
        left = f"{other[1]} {other[2]}" if other else "absent"
        right = f"{mine[1]} {normalised(mine[0], value, mine[2])}" if mine else "absent"
        differ("value", place, left, right)
    # A key with values is compared through them; what remains are keys without any.
    def bare(key):
        return not any(place.startswith(key.lower() + "\\") for place in list(new) + list(wanted))

    for key in sorted(key for key in keys if key.lower() not in after[2] and bare(key)):
        differ("key", key.lower(), "present", "absent")
    for key in sorted(key for key in after[2].keys() - before[2].keys() if bare(key)):
        if not any(k.lower() == key or k.lower().startswith(key + "\\") for k in keys):
            differ("key", key, "absent", "present")
    return problems


def companions(shared, name):
    with open(os.path.join(shared, "packages", "packages.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["file"] == f"{name}.msi" and row["with"]:
                for pair in row["with"].split(";"):
                    yield pair.split("=", 1)


def strip(package, code):
    """The change that was made to the package of a `wine_install_variant`, as oracles/README.md says."""
    def rows(query):
        done = subprocess.run(["msiinfo", "export", package, query], capture_output=True, text=True)
        return [line.split("\t") for line in done.stdout.splitlines()[3:]]
    errors = {row[0] for row in rows("CustomAction") if len(row) > 1 and row[1].isdigit() and int(row[1]) & 0x3F == 19}
    doomed = [row[0] for row in rows("InstallExecuteSequence")
              if row[0] in code | errors or row[0] == "LaunchConditions"]
    for action in doomed:
        query = f"DELETE FROM `InstallExecuteSequence` WHERE `Action` = '{action}'"
        subprocess.run(["msibuild", package, "-q", query], check=True, capture_output=True)


def check(name, shared, msikit, allowed, scratch):
    oracle = json.load(open(os.path.join(shared, "oracles", f"{name}.json"), encoding="utf-8"))
    steps, changed = oracle["wine_install"], False
    if steps[0]["exit_low_byte"] != 0:
        steps, changed = oracle["wine_install_variant"]["steps"], True
    assert steps[0]["exit_low_byte"] == 0, f"{name}: no recorded install ended with 0"
    machine = os.path.join(scratch, name)
    run(msikit, machine, "machine", "init", "--user", "root")
    source = os.path.join(machine, "drive_c", "pkgsrc")
    os.makedirs(source)
    package = os.path.join(source, f"{name}.msi")
    shutil.copyfile(os.path.join(shared, "packages", f"{name}.msi"), package)
    for real, file in companions(shared, name):
        shutil.copyfile(os.path.join(shared, "packages", file), os.path.join(source, real))
    if changed:
        strip(package, {action for action, *_ in oracle["code_running_custom_actions"]})
    before = snapshot(msikit, machine)
    inside = f"C:\\pkgsrc\\{name}.msi"
    done = run(msikit, machine, "install", inside, "--ui", "none", "--json")
    outcome = json.loads(done.stdout)
    listed = json.loads(run(msikit, machine, "list", "--json").stdout)
    problems = []
    # A package without features and components registers nothing: there is no product to list or to remove.
    registers = bool(steps[0]["registry_vs_pristine"])
    if [product["state"] for product in listed] != ["installed"] * registers:
        problems.append(f"list says {listed}")
    after = snapshot(msikit, machine)
    problems += compare(name, before, after, steps[0], changed, allowed)
    removed = run(msikit, machine, "remove", inside, "--ui", "none", check=registers)
    if not registers and removed.returncode != 1605 % 256:
        problems.append(f"removing what is not installed ends with {removed.returncode}")
    left = snapshot(msikit, machine)
    if name in PERMANENT:
        problems += [f"left {line}" for line in compare(name, before, left, steps[1], changed, allowed, "left ")]
    elif left[3] != before[3]:
        old, new = set(before[3].split("\n")), set(left[3].split("\n"))
        for line in sorted(new - old):
            if not allowed.takes(name, "left", line, "left"):
                problems.append(f"left\t{line}")
        for line in sorted(old - new):
            if not allowed.takes(name, "gone", line, "gone"):
                problems.append(f"gone\t{line}")
    shutil.rmtree(machine)
    return problems, outcome


def main():
    shown = 10**6 if "--all" in sys.argv else 40
    shared, msikit, *names = (argument for argument in sys.argv[1:] if argument != "--all")
    names = names or NAMES
    allowed, failed = Allowed(), 0
    scratch = tempfile.mkdtemp(prefix="msikit-conformance-")
    for name in names:
        try:
            problems, outcome = check(name, shared, msikit, allowed, scratch)
        except (AssertionError, KeyError, ValueError) as error:
            problems, outcome = [f"{type(error).__name__}: {error}"], {}
        failed += bool(problems)
        left_out = outcome.get("skipped_custom_actions") or []
        unsupported = outcome.get("unsupported") or []
        print(f"{'FAILED' if problems else 'same'}  {name}"
              + (f"  ({len(left_out)} custom actions left out)" if left_out else "")
              + (f"  (not supported yet: {', '.join(unsupported)})" if unsupported else ""))
        for problem in problems[:shown]:
            print("   ", problem)
        if len(problems) > shown:
            print(f"    … and {len(problems) - shown} more")
    for package, kind, place in allowed.unused(names):
        failed += 1
        print(f"FAILED  the allowed difference is no longer needed: {package} {kind} {place}")
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{len(allowed.used)} allowed differences")
    print(f"{len(names) - min(failed, len(names))} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
