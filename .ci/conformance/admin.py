"""Makes administrative images of real packages, and installs from them.

Usage: admin.py SHARED MSIKIT [NAME…]    SHARED holds packages/ and oracles/; MSIKIT is the release binary.

For each package whose install works:
- an image in a folder of the host and one in the machine have the same files, the package itself aside;
- each file of the cabinets is where the Directory table's source names say, with the bytes that cabextract found;
- what msiextract wrote is there too, below the same folders (oracles/README.md names what it cannot do);
- the image's package has the same tables for msitools, no cabinet, and a word count that says what it is;
- an install from the image leaves the same machine as one from the package, save the cached copy of the package.
An image that is made twice, is interrupted, or fails leaves the folder as it was. Wine installs from an image, where it is there.
"""
import collections, hashlib, json, os, shutil, subprocess, sys, tempfile

from packages import NAMES, companions, drive_c, run, snapshot, strip

PREDEFINED = """AdminToolsFolder AppDataFolder CommonAppDataFolder CommonFilesFolder CommonFiles64Folder DesktopFolder FavoritesFolder
FontsFolder LocalAppDataFolder MyPicturesFolder NetHoodFolder PersonalFolder PrintHoodFolder ProfilesFolder ProgramFilesFolder
ProgramFiles64Folder ProgramMenuFolder RecentFolder SendToFolder StartMenuFolder StartupFolder System16Folder SystemFolder
System64Folder TempFolder TemplateFolder WindowsFolder WindowsVolume TARGETDIR""".split()

# Packages of this list that Wine installs from their image.
WITH_WINE = ["wixl-sample", "putty"]


def export(package, table):
    """Rows of a table as msitools have them; [] where there is none."""
    # msitools write binary cells into the current folder.
    with tempfile.TemporaryDirectory() as folder:
        command = ["msiinfo", "export", os.path.abspath(package), table]
        done = subprocess.run(command, capture_output=True, cwd=folder)
    lines = done.stdout.decode("utf-8", "replace").split("\r\n")
    return [line.split("\t") for line in lines[3:] if line]


def long(name):
    return name.rpartition("|")[2]


class Layout:
    """Where files are, read off the tables without msikit."""

    def __init__(self, package):
        self.parents, self.names = {}, {}
        for key, parent, default in export(package, "Directory"):
            target, _, source = default.partition(":")
            self.parents[key] = parent if parent != key else ""
            # msiextract takes `target:source` as one name.
            self.names[key] = (None if source else long(target), long(source or target))
        components = {row[0]: row[2] for row in export(package, "Component")}
        levels = {row[0]: (row[1], int(row[5])) for row in export(package, "Feature")}

        def off(feature):
            while feature:
                feature, level = levels[feature]
                if level <= 0:
                    return True
            return False

        used = {row[1] for row in export(package, "FeatureComponents") if not off(row[0])}
        # "All features except those with 0 in the Level column", whatever the Condition table makes of it elsewhere.
        self.files, self.left_out = {}, {}
        for row in export(package, "File"):
            files = self.files if row[1] in used else self.left_out
            files[row[0]] = (components[row[1]], long(row[2]))

    def source(self, key):
        directory, name = self.files[key]
        names = [name]
        while self.parents.get(directory):
            names += [self.names[directory][1]] if self.names[directory][1] != "." else []
            directory = self.parents[directory]
        return "/".join(reversed(names))

    def below_predefined(self, key):
        """Target names below the nearest folder that Windows names, or that msiextract writes in a way of its own."""
        directory, name = (self.files | self.left_out)[key]
        names = [name]
        while directory not in PREDEFINED and self.parents.get(directory) and self.names[directory][0] not in (None, "."):
            names.append(self.names[directory][0])
            directory = self.parents[directory]
        return "/".join(reversed(names))


def tree(folder):
    """Returns {path: sha256} of all files below a folder."""
    files = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return files


def check_files(files, oracle, layout):
    problems = []
    wanted = {}
    for cabinet in oracle["cabinets"].values():
        for member, _size, sha256 in cabinet["members"]:
            if member in layout.files:
                # Rows of the same target write over each other, in the order of their numbers.
                wanted.setdefault(layout.source(member).lower(), set()).add(sha256)
    ours = {path.lower(): sha256 for path, sha256 in files.items()}
    for path in sorted(wanted.keys() | ours.keys()):
        if path not in wanted:
            problems.append(f"not in a cabinet: {path}")
        elif ours.get(path) not in wanted[path]:
            problems.append(f"{path}: {ours.get(path, 'absent')}, wanted {wanted[path]}")
    by_hash, ends = collections.defaultdict(set), {layout.below_predefined(key).lower() for key in layout.left_out}
    for key in layout.files:
        place, below = layout.source(key).lower(), layout.below_predefined(key).lower()
        if len(wanted.get(place, ())) > 1:
            ends.add(below)
        by_hash[ours.get(place)].add(below)
    for path, size, sha256 in oracle["msiextract"]["files"]:
        path = path.lower()
        comparable = oracle["msiextract"]["exit"] == 0 and not any(path.endswith(end) for end in ends)
        if comparable:
            if not any(path.endswith(below) for below in by_hash[sha256]):
                problems.append(f"msiextract has {path}, {size} bytes")
    return problems


def check_package(package, image, layout):
    problems = []
    info = subprocess.run(["msiinfo", "suminfo", image], capture_output=True, text=True).stdout
    source = [line for line in info.splitlines() if line.startswith("Source:")]
    if source not in (["Source: 4 (4)"], ["Source: 12 (c)"], ["Source: 5 (5)"]):
        problems.append(f"word count of the image: {source}")
    tables = subprocess.run(["msiinfo", "tables", package], capture_output=True, text=True).stdout.split()
    # A cabinet may be a cell of a table: it goes all the same, and msitools stumble over what is left of the row.
    of_cabinets = {row[3][1:].split(".")[0] for row in export(package, "Media") if row[3].startswith("#")}
    for table in set(tables) - {"_SummaryInformation"} - of_cabinets:
        if export(package, table) != export(image, table):
            problems.append(f"table {table} differs")
    streams = subprocess.run(["msiinfo", "streams", image], capture_output=True, text=True).stdout.split("\n")
    for row in export(package, "Media"):
        if row[3].startswith("#") and row[3][1:] in streams:
            problems.append(f"the image still has the cabinet {row[3]}")
    return problems


def source(shared, name, folder, oracle):
    os.makedirs(folder)
    package = os.path.join(folder, f"{name}.msi")
    shutil.copyfile(os.path.join(shared, "packages", f"{name}.msi"), package)
    for real, file in companions(shared, name):
        shutil.copyfile(os.path.join(shared, "packages", file), os.path.join(folder, real))
    if oracle["wine_install"][0]["exit_low_byte"] != 0:
        strip(package, {action for action, *_ in oracle["code_running_custom_actions"]})
    return package


def installed(msikit, machine, name):
    run(msikit, machine, "install", f"C:\\pkgsrc\\{name}.msi", "--ui", "none", "--json")
    files, values, keys, _ = snapshot(msikit, machine)
    left_out = ("pkgsrc/", "orig/", "windows/installer/")
    kept = {path: what for path, what in files.items()
            if drive_c(path) is None or not drive_c(path).lower().startswith(left_out)}
    kept_values = {place: data for place, data in values.items()
                   if not place.lower().endswith(("\\localpackage", "\\installdate"))}
    icons = {path: what for path, what in files.items()
             if (drive_c(path) or "").lower().startswith("windows/installer/") and not path.lower().endswith(".msi")}
    return {**kept, **icons}, kept_values, set(keys)


def check(name, shared, msikit, scratch):
    oracle = json.load(open(os.path.join(shared, "oracles", f"{name}.json"), encoding="utf-8"))
    folder = os.path.join(scratch, name)
    package = source(shared, name, os.path.join(folder, "source"), oracle)
    layout = Layout(package)
    image = os.path.join(folder, "image")
    machine = os.path.join(folder, "machine")
    run(msikit, machine, "machine", "init", "--user", "root")
    before = snapshot(msikit, machine)[3]
    done = run(msikit, machine, "admin", package, f"TARGETDIR={image}", "--ui", "none", "--json")
    problems = []
    if snapshot(msikit, machine)[3] != before:
        problems.append("an image on the host changed the machine")
    if os.path.exists(os.path.join(image, ".msikit")):
        problems.append("the journal is left in the image")
    files = tree(image)
    if files.pop(f"{name}.msi", None) is None:
        problems.append("the image has no package")
    else:
        problems += check_package(package, os.path.join(image, f"{name}.msi"), layout)
    problems += check_files(files, oracle, layout)
    # Once more over it: the same again.
    run(msikit, machine, "admin", package, f"TARGETDIR={image}", "--ui", "none")
    again = tree(image)
    if {path: again[path] for path in files if path in again} != files or len(again) != len(files) + 1:
        problems.append("made twice, the image differs")

    # In the machine, from a package in the machine.
    inside = os.path.join(machine, "drive_c")
    shutil.copytree(os.path.dirname(package), os.path.join(inside, "orig"))
    run(msikit, machine, "admin", f"C:\\orig\\{name}.msi", "TARGETDIR=C:\\pkgsrc", "--ui", "none")
    in_machine = tree(os.path.join(inside, "pkgsrc"))
    in_machine.pop(f"{name}.msi", None)
    if in_machine != files:
        problems.append(f"the image in the machine differs: {sorted(set(in_machine.items()) ^ set(files.items()))[:5]}")
    if oracle["wine_install"][0]["registry_vs_pristine"] or oracle["wine_install"][0]["exit_low_byte"] != 0:
        listed = json.loads(run(msikit, machine, "list", "--json").stdout)
        if listed:
            problems.append(f"an image installs nothing, but list says {listed}")
    from_image = installed(msikit, machine, name)
    plain = os.path.join(folder, "plain")
    run(msikit, plain, "machine", "init", "--user", "root")
    source(shared, name, os.path.join(plain, "drive_c", "pkgsrc"), oracle)
    from_package = installed(msikit, plain, name)
    for what, one, other in zip(("files", "values", "keys"), from_image, from_package):
        if what == "keys":
            differing = sorted(one ^ other)
        else:
            differing = sorted(place for place in one.keys() | other.keys() if one.get(place) != other.get(place))
        for place in differing:
            shown = "" if what == "keys" else f": {one.get(place)}, from the package {other.get(place)}"
            problems.append(f"installed from the image, {what}: {place}{shown}")
    return problems, json.loads(done.stdout)


def check_failures(shared, msikit, scratch):
    """What fails leaves no folder; what is there stays as it is."""
    problems = []
    machine, image = os.path.join(scratch, "m"), os.path.join(scratch, "deep", "image")
    os.makedirs(scratch)
    for code, arguments in (
        (1603 % 256, [os.path.join(shared, "packages", "external-cab.msi"), f"TARGETDIR={image}"]),
        (1619 % 256, [os.path.join(shared, "packages", "no-such.msi"), f"TARGETDIR={image}"]),
        (1639 % 256, [os.path.join(shared, "packages", "putty.msi")]),
    ):
        done = run(msikit, machine, "admin", *arguments, "--ui", "none", check=False)
        if done.returncode != code:
            problems.append(f"admin {arguments} ends with {done.returncode}: {done.stderr.strip()[-300:]}")
        if os.path.exists(os.path.join(scratch, "deep")):
            problems.append(f"admin {arguments} leaves a folder behind")
    os.makedirs(image)
    for name in ("external-cab.msi", "other.txt"):
        with open(os.path.join(image, name), "w") as file:
            file.write("mine")
    before = tree(os.path.join(scratch, "deep"))
    run(msikit, machine, "admin", os.path.join(shared, "packages", "external-cab.msi"), f"TARGETDIR={image}", check=False)
    if tree(os.path.join(scratch, "deep")) != before:
        problems.append("a failure changed what was in the folder")
    return problems


def check_wine(names, scratch):
    """Wine installs from the images that were made."""
    if not shutil.which("wine"):
        return ["SKIPPED: no wine"], []
    problems, prefix = [], os.path.join(scratch, "prefix")
    environment = {**os.environ, "WINEPREFIX": prefix, "WINEDEBUG": "-all", "DISPLAY": ""}
    for name in names:
        package = os.path.join(scratch, name, "image", f"{name}.msi")
        done = subprocess.run(["wine", "msiexec", "/i", "Z:" + package.replace("/", "\\"), "/qn"],
                              env=environment, capture_output=True, timeout=240)
        if done.returncode != 0:
            problems.append(f"wine installs the image of {name} with {done.returncode}")
            continue
        files = {os.path.basename(path): sha256 for path, sha256 in tree(os.path.join(scratch, name, "image")).items()
                 if not path.endswith(".msi")}
        there = tree(os.path.join(prefix, "drive_c"))
        for name, sha256 in files.items():
            if sha256 not in there.values():
                problems.append(f"wine did not install {name}")
    subprocess.run(["wineserver", "-w"], env=environment, capture_output=True, timeout=120)
    return [], problems


def report(name, problems, note=""):
    print(f"{'FAILED' if problems else 'same'}  {name}{note}")
    for problem in problems[:40]:
        print("   ", problem)
    return bool(problems)


def main():
    shared, msikit, *names = sys.argv[1:]
    names, all_of_them = names or NAMES, not names
    failed, scratch = 0, tempfile.mkdtemp(prefix="msikit-admin-")
    for name in names:
        try:
            problems, _ = check(name, shared, msikit, scratch)
        except (AssertionError, KeyError, ValueError) as error:
            problems = [f"{type(error).__name__}: {error}"]
        failed += report(name, problems)
    failed += report("what fails", check_failures(shared, msikit, os.path.join(scratch, "failures")))
    if all_of_them:
        skipped, problems = check_wine(WITH_WINE, scratch)
        failed += report("Wine installs from images", problems, "".join(f"  ({note})" for note in skipped))
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
