"""Wine both ways, in prefixes that Wine made: what msikit installs, Wine lists and removes, and the other way round.

Usage: wine.py SHARED MSIKIT [NAME…]    SHARED holds packages/ and oracles/; MSIKIT is the program; a NAME is a package
                                        or one of the checks at the end of this file.

Each package is installed with its default features in a copy of a fresh prefix: by Wine, then removed by msikit; by
msikit, then removed by Wine. After each removal files, keys and values are as before, save
- what Wine's removal of its own installation was recorded to leave (oracles/README.md);
- the folders and keys of Windows' own that Wine makes with the first installation (OF_WINDOWS);
- what wine-leaves.tsv names, place by place and with the reason; a row that is no longer needed fails.
"""
import concurrent.futures, csv, fcntl, json, os, re, shutil, subprocess, sys, tempfile, time

import packages as records

HERE = os.path.dirname(os.path.abspath(__file__))
HIVES = ("system.reg", "user.reg", "userdef.reg")

# No custom action of theirs needs Windows code, and Wine's recorded install ended with 0.
PACKAGES = """env-create example external-cab msi64 msilib-six msitestapp-v1 nunit peruser-hello putty rtm-product
wix3-simple wix4-utf8 wixl-sample""".split()

# Windows has these before the first installation; Wine makes them with it. A removal by msikit lets them be.
OF_WINDOWS = {
    r"D drive_c/windows/Installer",
    r"K HKLM\Software\Classes\Installer",
    r"K HKCU\Software\Microsoft\Installer",
    r"K HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData",
    r"K HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18",
}
# What Wine's own drivers write at each start, and its console when a program first has one.
NOISE = re.compile(r"[KR] (HKLM\\System\\CurrentControlSet\\(Enum\\|Control\\(Class|Video|DeviceClasses)\\)|HKCU\\Console\b)", re.I)


class WineFailed(AssertionError):
    """A program under Wine ended with another code than 0."""


class Prefix:
    """A prefix in a folder of its own, with a home directory beside it."""

    def __init__(self, folder, msikit, display, made_as=None):
        self.folder, self.msikit = folder, msikit
        self.path, self.home = os.path.join(folder, "prefix"), os.path.join(folder, "home")
        os.makedirs(self.home, exist_ok=True)
        self.made_as = made_as
        if made_as:
            self.renew()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WINE", "MSIKIT", "XDG"))}
        self.environment = kept | {
            "HOME": self.home, "WINEPREFIX": self.path, "WINEDEBUG": "fixme-all", "DISPLAY": display,
            # No menu entries for the desktop: they would be keys and values of every shortcut.
            "WINEDLLOVERRIDES": "winemenubuilder.exe=d",
        }

    def renew(self):
        """Makes it what it was at first. Nothing runs in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.made_as.path, self.path], check=True)
        os.makedirs(self.home, exist_ok=True)
        for folder, names, _ in os.walk(self.drive("users")):
            for link in filter(os.path.islink, (os.path.join(folder, name) for name in names)):
                # Wine removes folders behind such links, too: a home directory is nobody else's.
                if os.readlink(link) == self.made_as.home:
                    os.remove(link)
                    os.symlink(self.home, link)

    def start(self, command, **options):
        return subprocess.run(command, env=self.environment, timeout=180, **options)

    def wine(self, *arguments):
        """Runs a program under Wine. Its server may still run afterwards: see `settle`."""
        done = self.start(["wine", *arguments], capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            told = (done.stdout + done.stderr).decode(errors="replace").strip()[-1000:]
            raise WineFailed(f"wine {' '.join(arguments)}: {done.returncode}\n{told}")
        return done.stdout.decode(errors="replace")

    def settle(self):
        """Waits until Wine's server has written the hives and has ended."""
        self.start(["wineserver", "-w"], check=True)

    def run(self, *arguments, code=0):
        """Runs msikit; WINEPREFIX says where."""
        done = self.start([self.msikit, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != code:
            raise AssertionError(f"msikit {' '.join(arguments)}: {done.returncode}\n{done.stderr.strip()[-1000:]}")
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)

    def drive(self, *names):
        return os.path.join(self.path, "drive_c", *names)

    def hives(self):
        hives = {}
        for name in HIVES:
            with open(os.path.join(self.path, name), "rb") as file:
                hives[name] = file.read()
        return hives

    def snapshot(self):
        return {line for line in self.run("machine", "snapshot").stdout.split("\n") if not NOISE.match(line)}

    def put(self, shared, name):
        """Puts a package with its companions where the records were made, and returns its path in the prefix."""
        folder = self.drive("pkgsrc")
        os.makedirs(folder, exist_ok=True)
        shutil.copyfile(os.path.join(shared, "packages", f"{name}.msi"), os.path.join(folder, f"{name}.msi"))
        for real, file in records.companions(shared, name):
            shutil.copyfile(os.path.join(shared, "packages", file), os.path.join(folder, real))
        return f"C:\\pkgsrc\\{name}.msi"


class Leaves:
    """wine-leaves.tsv: `way` is who removed, `line` a line of a snapshot with `+` for left or `-` for gone before it."""

    def __init__(self):
        self.used = set()
        with open(os.path.join(HERE, "wine-leaves.tsv"), encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            self.rows = {(row["package"], row["remover"], row["line"]) for row in rows}

    def takes(self, *row):
        if row in self.rows:
            self.used.add(row)
        return row in self.rows

    def unused(self, packages):
        return [row for row in self.rows if row[0] in packages and row not in self.used]


def differences(before, after):
    """What differs between two snapshots, one line each. Of a file only its place is said."""
    def places(lines, sign):
        for line in sorted(lines):
            yield f"{sign} {line.rsplit(' ', 4)[0]}" if line.startswith("F ") else f"{sign} {line}"
    return [*places(after - before, "+"), *places(before - after, "-")]


def recorded_leaves(shared, name):
    """What Wine's removal of its own installation left, as lines of `differences`; values by their place only."""
    with open(os.path.join(shared, "oracles", f"{name}.json"), encoding="utf-8") as file:
        step = json.load(file)["wine_install"][-1]
    left = set()
    for path, *_ in step["files_vs_pristine"]:
        kind = "D" if path.endswith("/") else "F"
        left.add(f"+ {kind} drive_c/{path.rstrip('/')}")
    for key, value, *_ in step["registry_vs_pristine"]:
        left.add(f"+ K {key}" if value is None else f"R {key}\\{value}")
        # A key that is left has left those above it.
        for depth in range(2, key.count("\\") + 1):
            left.add("+ K " + "\\".join(key.split("\\")[:depth]))
    return {line.lower() for line in left}


def is_recorded(line, left):
    if line[2:3] == "R":
        line = re.sub(r" REG_\w+( .*)?$", "", line[2:], flags=re.S)
    return line.lower() in left


def product_of(prefix, inside):
    query = "SELECT `Property`, `Value` FROM `Property`"
    rows = prefix.json("db", "query", inside.replace("C:\\pkgsrc\\", prefix.drive("pkgsrc") + "/"), query)
    return {row["Property"]: row["Value"] for row in rows}


def uninstall_keys(lines):
    return [line for line in lines if re.search(r"\\CurrentVersion\\Uninstall\\", line, re.I)]


def wine_installs(prefix, name, shared, leaves):
    """Wine installs; msikit lists and removes."""
    inside = prefix.put(shared, name)
    before = prefix.snapshot()
    prefix.wine("msiexec", "/i", inside, "/qn")
    prefix.settle()
    product = product_of(prefix, inside)
    (listed,) = prefix.json("list")
    told = [listed[field] for field in ("product_code", "name", "version", "state")]
    wanted = [product[field] for field in ("ProductCode", "ProductName", "ProductVersion")] + ["installed"]
    problems = [] if told == wanted else [f"list says {told}, the package {wanted}"]
    prefix.run("show", listed["product_code"])
    prefix.run("remove", listed["product_code"])
    for line in differences(before, prefix.snapshot()):
        if not (line[2:] in OF_WINDOWS and line.startswith("+")) and not leaves.takes(name, "msikit", line):
            problems.append(f"msikit leaves\t{line}")
    if prefix.json("list"):
        problems.append("it is still listed")
    return problems


def msikit_installs(prefix, name, shared, leaves):
    """msikit installs; Wine lists and removes."""
    inside = prefix.put(shared, name)
    before, hives = prefix.snapshot(), prefix.hives()
    prefix.run("install", inside)
    installed, after = prefix.snapshot(), prefix.hives()
    problems = []
    roots = {"system.reg": "HKLM", "user.reg": "HKCU", "userdef.reg": r"HKU\.Default"}
    for hive, root in roots.items():
        changed = any(line[2:].startswith(root) for line in installed ^ before)
        if not changed and hives[hive] != after[hive]:
            problems.append(f"{hive} was written anew, and nothing in it is different")
    product = product_of(prefix, inside)
    if product.get("ARPSYSTEMCOMPONENT") != "1":
        wanted = f"{product['ProductCode']}|||{product['ProductName']}"
        if wanted not in (listed := prefix.wine("uninstaller", "--list").splitlines()):
            problems.append(f"Wine's list has not {wanted}: {listed}")
    prefix.wine("msiexec", "/x", inside, "/qn")
    prefix.settle()
    removed, recorded = prefix.snapshot(), recorded_leaves(shared, name)
    for line in differences(before, removed):
        if not is_recorded(line, recorded) and not leaves.takes(name, "wine", line):
            problems.append(f"Wine leaves\t{line}")
    problems += [f"Wine leaves\t{line}" for line in uninstall_keys(removed - before)]
    if listed := prefix.json("list"):
        problems.append(f"msikit still lists {listed}")
    return problems


# ---- checks of prefixes ----


def shortcut(prefix, _shared):
    """Wine finds what a shell link of ours points at, with its arguments and working folder."""
    package = greeter(prefix, {"Shortcut.idt": ("greet.cmd\t\t", "greet.cmd\tone \"and two\"\t")},
                      "@echo off\r\necho %1-%~2 > %~n0.txt\r\n")
    prefix.run("install", package)
    link = r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Greeter\Greet.lnk"
    prefix.wine("start", "/wait", link)
    prefix.settle()
    with open(prefix.drive("Program Files (x86)", "Greeter", "greet.txt"), encoding="ascii") as file:
        told = file.read().strip()
    os.remove(prefix.drive("Program Files (x86)", "Greeter", "greet.txt"))
    prefix.run("remove", package)
    return [] if told == "one-and two" else [f"the program was told {told}"]


def greeter(prefix, changes, program=None):
    """Returns a changed copy of examples/greeter."""
    folder = os.path.join(prefix.folder, "greeter")
    shutil.copytree(os.path.join(HERE, "..", "..", "examples", "greeter"), folder)
    if program:
        with open(os.path.join(folder, "Greeter", "greet.cmd"), "w", encoding="ascii", newline="") as file:
            file.write(program)
        changes = changes | {"File.idt": ("greet.cmd\t34\t", f"greet.cmd\t{len(program)}\t")}
    for table, (old, new) in changes.items():
        path = os.path.join(folder, table)
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        assert old in text, f"{table} of examples/greeter has not `{old}`"
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text.replace(old, new))
    return folder


USING = "a wineserver is using this prefix: close its programs, or run `wineserver -w`"


def program_under_wine(prefix):
    """Starts a program that runs until its input ends; returns when it runs."""
    program = subprocess.Popen(["wine", "cmd", "/k"], env=prefix.environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while b">" not in (read := program.stdout.read1(1000)):
        assert read, "cmd ended"
    return program


def running_wineserver(prefix, shared):
    """An installation is refused while a wineserver runs, and waits for it where it may."""
    inside, before = prefix.put(shared, "putty"), prefix.hives()
    program = program_under_wine(prefix)
    problems = []
    refused = prefix.run("install", "--no-wait", inside, code=82).stderr
    if f"msikit: {USING} [1618 ERROR_INSTALL_ALREADY_RUNNING]" not in refused:
        problems.append(f"it is refused with {refused}")
    if "a wineserver is using this prefix" not in prefix.run("list").stderr:
        problems.append("a list does not say that the registry may be old")
    waiter = subprocess.Popen([prefix.msikit, "install", "--wait", inside], env=prefix.environment, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for line in waiter.stderr:
        if line == f"msikit: waiting: {USING}\n":
            break
    else:
        problems.append("it does not say that it waits")
    if waiter.poll() is not None:
        problems.append(f"it did not wait: {waiter.returncode}")
    if any(prefix.hives()[hive] != before[hive] for hive in HIVES) and not problems:
        problems.append("a hive was changed while it waited")
    program.stdin.close()
    if waiter.wait(timeout=60) != 0 or len(prefix.json("list")) != 1:
        problems.append(f"after the wait it ends with {waiter.returncode}: {waiter.stderr.read()}")
    program.wait()
    return problems


def program_of_run(prefix, shared):
    """`run` keeps the gate until the wineserver of its program has ended: what comes next need not wait."""
    prefix.run("run", "--", "wine", "reg", "add", r"HKCU\Software\Ran", "/f")
    prefix.run("install", "--no-wait", prefix.put(shared, "putty"))
    return [] if r"K HKCU\Software\Ran" in prefix.snapshot() else ["what the program wrote is gone"]


def late_wineserver(prefix, shared):
    """A wineserver that starts while an installation is under way makes it roll back."""
    inside, before = prefix.put(shared, "nunit"), prefix.snapshot()
    log = os.path.join(prefix.folder, "log")
    os.mkfifo(log)
    installation = subprocess.Popen([prefix.msikit, "install", inside, "--log", log], env=prefix.environment, text=True,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    reader = os.open(log, os.O_RDONLY)
    # A full pipe stops the installation: it writes much more than this before it is done.
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    read = b""
    while b"Beginning the transaction" not in read:
        chunk = os.read(reader, 4096)
        assert chunk, "the log ended"
        read += chunk
    program = program_under_wine(prefix)
    while os.read(reader, 1 << 16):
        pass
    _, told = installation.communicate(timeout=60)
    program.stdin.close()
    program.wait()
    prefix.settle()
    problems = []
    if installation.returncode != 67 or f"{USING} [1603 ERROR_INSTALL_FAILURE]" not in told:
        problems.append(f"it ends with {installation.returncode}: {told}")
    problems += [f"left\t{line}" for line in differences(before, prefix.snapshot())]
    if os.path.exists(os.path.join(prefix.path, ".msikit", "journal", "active")):
        problems.append("the transaction is not closed")
    prefix.run("install", inside)
    return problems


def rewrite_hives(prefix, change):
    for hive in HIVES:
        path = os.path.join(prefix.path, hive)
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(change(text))


def prefix_of_32_bits(prefix, shared):
    """A 32-bit prefix has one registry and one folder for programs. Debian's Wine cannot make one: this one is written."""
    for folder in ("windows/syswow64", "Program Files (x86)"):
        shutil.rmtree(prefix.drive(folder))
    def narrow(text):
        sections = re.split(r"(?m)^(?=\[)", text.replace("#arch=win64", "#arch=win32"))
        kept = (section for section in sections if not re.match(r"\[.*Wow6432Node", section))
        return re.sub(r'(?m)^"\w+ \(x86\)"=.*\n', "", "".join(kept)).replace('"AMD64"', '"x86"')
    rewrite_hives(prefix, narrow)
    inside, before, hives = prefix.put(shared, "putty"), prefix.snapshot(), prefix.hives()
    problems = []
    refused = prefix.run("install", prefix.put(shared, "msi64"), code=97).stderr
    if "[1633 " not in refused:
        problems.append(f"a 64-bit package is refused with {refused}")
    os.remove(prefix.drive("pkgsrc", "msi64.msi"))
    prefix.run("install", inside)
    if not os.path.exists(prefix.drive("Program Files", "PuTTY", "putty.exe")):
        problems.append("putty.exe is not in Program Files")
    lines = prefix.snapshot()
    problems += [line for line in lines if "Wow6432Node" in line or "(x86)" in line or "syswow64" in line]
    problems += [f"{hive} changed" for hive in HIVES[1:] if prefix.hives()[hive] != hives[hive]]
    (listed,) = prefix.json("list")
    if not uninstall_keys(lines) or listed["name"] != "PuTTY release 0.68":
        problems.append(f"list says {listed}")
    prefix.run("remove", inside)
    problems += [line for line in differences(before, prefix.snapshot()) if line[2:] not in OF_WINDOWS]
    return problems


def folders_of_steamuser(prefix, shared):
    """A prefix of Proton's: whoever runs it, its user is steamuser."""
    user = prefix.json("machine", "show")["user_name"]
    os.rename(prefix.drive("users", user), prefix.drive("users", "steamuser"))
    rewrite_hives(prefix, lambda text: text.replace(f"users\\\\{user}", "users\\\\steamuser"))
    inside, before = prefix.put(shared, "nunit"), prefix.snapshot()
    prefix.run("install", inside)
    new = prefix.snapshot() - before
    problems = [] if any("users/steamuser/" in line for line in new) else ["nothing is in steamuser's folders"]
    problems += [line for line in new if f"users/{user}" in line or f"users\\{user}" in line]
    prefix.run("remove", inside)
    left = differences(before, prefix.snapshot())
    return problems + [line for line in left if line[2:] not in OF_WINDOWS | {r"K HKCU\Software\Classes"}]


def links_to_the_home_directory(prefix, _shared):
    """Wine's links from user folders are refused by name, and followed when that is asked for."""
    user = prefix.json("machine", "show")["user_name"]
    desktop = prefix.drive("users", user, "Desktop")
    if os.path.islink(desktop):
        os.remove(desktop)
    else:
        os.rmdir(desktop)
    os.symlink(prefix.home, desktop)
    package = greeter(prefix, {"Directory.idt": ("ProgramMenuFolder", "DesktopFolder"), "Property.idt": ("ALLUSERS\t1\n", "")})
    before, hives = prefix.snapshot(), prefix.hives()
    problems = []
    refused = prefix.run("install", package, code=67).stderr
    name = f"C:\\users\\{user}\\Desktop is a symbolic link that leads out of the machine"
    if name not in refused or "--follow-user-links" not in refused:
        problems.append(f"it is refused with {refused}")
    if os.listdir(prefix.home) or prefix.hives() != hives:
        problems.append("the refused installation changed something")
    prefix.run("install", package, "--follow-user-links")
    if os.listdir(os.path.join(prefix.home, "Greeter")) != ["Greet.lnk"]:
        problems.append("the shortcut is not in the home directory")
    prefix.run("remove", package, "--follow-user-links")
    if os.listdir(prefix.home):
        problems.append(f"left in the home directory: {os.listdir(prefix.home)}")
    return problems + [line for line in differences(before, prefix.snapshot()) if line[2:] not in OF_WINDOWS]


def text_tables(prefix, _shared):
    """What is cached of a folder of text tables is a package with which Wine removes the product."""
    package = greeter(prefix, {})
    before = prefix.snapshot()
    prefix.run("install", package)
    (product,) = prefix.json("list")
    cached = prefix.drive(*product["package"].split("\\")[1:])
    problems = []
    if product["name"] not in prefix.run("db", "info", cached).stdout:
        problems.append(f"{product['package']} is no package")
    if prefix.wine("uninstaller", "--list").count(product["product_code"]) != 1:
        problems.append("Wine does not list it")
    prefix.wine("msiexec", "/x", product["product_code"], "/qn")
    prefix.settle()
    # The link that Wine looks for elsewhere (wine-leaves.tsv, putty), PATH with a semicolon more, and empty keys.
    for line in differences(before, prefix.snapshot()):
        kind, rest = line[2:].split(" ", 1)
        if not (kind in "DK" or rest.endswith("Greet.lnk") or r"\Environment\PATH " in rest):
            problems.append(f"Wine leaves\t{line}")
    problems += uninstall_keys(prefix.snapshot() - before)
    return problems + [f"it is still listed: {listed}" for listed in prefix.json("list")]


def registry_files(prefix, shared):
    """Wine's regedit makes of our .reg files what they say: a plan's, an export, and differences both ways."""
    inside = prefix.put(shared, "nunit")
    def snapshot(name):
        with open(os.path.join(prefix.folder, name), "w", encoding="utf-8") as file:
            file.write(prefix.run("machine", "snapshot").stdout)
        return prefix.snapshot()
    def compared(name, *arguments):
        return prefix.run("machine", "diff", os.path.join(prefix.folder, name), *arguments, code=1)
    def imported(name):
        prefix.wine("regedit", "/S", "Z:" + os.path.join(prefix.folder, name).replace("/", "\\"))
        prefix.settle()
        return {line for line in prefix.snapshot() if line[:1] in ("K", "R")}
    def registry(lines):
        return {line for line in lines if line[:1] in ("K", "R")}
    reg = {name: os.path.join(prefix.folder, f"{name}.reg") for name in ("plan", "there", "back", "export")}
    before = registry(snapshot("before.txt"))
    prefix.run("plan", inside, "--reg", reg["plan"])
    prefix.run("install", inside)
    installed = registry(snapshot("installed.txt"))
    compared("before.txt", "--reg", reg["there"])
    own = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Installer"
    prefix.run("machine", "reg", "export", own, reg["export"])
    prefix.run("remove", inside)
    compared("installed.txt", "--reg", reg["back"])
    prefix.renew()
    problems = []
    def differs(what, one, other):
        problems.extend(f"{what}\t{line}" for line in differences(one, other))
    differs("plan --reg", installed, imported("plan.reg"))
    prefix.renew()
    differs("machine reg export", {line for line in installed if line[2:].startswith(own + "\\")},
            {line for line in imported("export.reg") if line[2:].startswith(own + "\\")})
    prefix.renew()
    differs("machine diff --reg, there", installed, imported("there.reg"))
    # Keys that only held others stay: they need not be empty where the file is imported.
    left = imported("back.reg") - before
    with_values = {line for line in left if line.startswith("R ")}
    problems += [f"machine diff --reg, back\t{line}" for line in with_values | before - registry(prefix.snapshot())]
    held = [line for line in left if not any(other.startswith(line + "\\") for other in installed if other[:1] == "K")]
    return problems + [f"machine diff --reg, back\t{line}" for line in held]


def values_of(path):
    """The values of a registry file by key and name, as they are written there, without the breaks of long lines."""
    with open(path, encoding="utf-16") as file:
        text = file.read()
    values, key = {}, None
    for line in text.replace("\\\n  ", "").split("\n"):
        if line.startswith("["):
            key = line[1:-1].lower()
        elif line and key and not key.startswith("-"):
            found = re.match(r'(@|"(?:[^"\\\\]|\\\\.)*")=(.*)$', line)
            if found and found[2] != "-":
                values[key, found[1].lower()] = found[2]
    return values


def extracted_registry(prefix, shared):
    """Wine's registry editor takes what `extract --reg` writes, and has it as it stands there."""
    problems = []
    for name in ("nunit", "registry217-lzx", "quantum-msxml3"):
        package = os.path.join(shared, "packages", f"{name}.msi")
        ours = prefix.drive(f"{name}.reg")
        prefix.run("extract", package, os.path.join(prefix.folder, name), "--reg", ours)
        prefix.wine("regedit", "/S", f"C:\\{name}.reg")
        wanted, found = values_of(ours), {}
        for root in sorted({key.split("\\")[0] + "\\software" for key, _ in wanted}):
            prefix.wine("reg", "export", root, "C:\\all.reg", "/y")
            found |= values_of(prefix.drive("all.reg"))
        if not wanted:
            problems.append(f"{name}: nothing was written")
        problems += [f"{name}: {place} is {found.get(place)} instead of {data}" for place, data in wanted.items() if found.get(place) != data]
    prefix.settle()
    return problems


CHECKS = {check.__name__: check for check in (
    registry_files, text_tables, shortcut, running_wineserver, program_of_run, late_wineserver, prefix_of_32_bits, folders_of_steamuser,
    links_to_the_home_directory, extracted_registry)}


def both_ways(name, shared, leaves):
    def check(prefix, _shared):
        problems = wine_installs(prefix, name, shared, leaves)
        prefix.renew()
        return problems + msikit_installs(prefix, name, shared, leaves)
    return check


def fresh_prefix(folder, msikit, display):
    prefix = Prefix(folder, msikit, display)
    for command in (["wineboot", "-i"], ["cmd", "/c", "exit"]):
        prefix.start(["wine", *command], check=True, capture_output=True, stdin=subprocess.DEVNULL)
        prefix.settle()
    return prefix


def missing():
    for program in ("wine", "wineserver", "Xvfb"):
        if not shutil.which(program):
            return program
    probe = subprocess.run(["wine", "--version"], capture_output=True, text=True)
    return None if probe.returncode == 0 else f"a wine that runs ({probe.stderr.strip()[-200:]})"


def main():
    shared, msikit, *names = sys.argv[1:]
    names = names or [*PACKAGES, *CHECKS]
    if lacking := missing():
        print(f"SKIPPED: Wine both ways needs {lacking}")
        print("0 passed, 0 failed")
        return 0
    leaves, failed = Leaves(), 0
    reader, writer = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1024x768x24"], pass_fds=[writer],
                              stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with tempfile.TemporaryDirectory(prefix="msikit-wine-") as scratch:
            display = ":" + os.read(reader, 20).decode().strip()
            base = fresh_prefix(os.path.join(scratch, "fresh"), os.path.abspath(msikit), display)

            def tried(name, last=False):
                begun = time.monotonic()
                prefix = Prefix(os.path.join(scratch, name), base.msikit, display, made_as=base)
                again = None
                try:
                    check = CHECKS.get(name) or both_ways(name, shared, leaves)
                    problems = check(prefix, shared)
                except WineFailed as error:
                    problems, again = [str(error)], None if last else error
                except (AssertionError, KeyError, ValueError, OSError, subprocess.SubprocessError) as error:
                    problems = [f"{type(error).__name__}: {error}"]
                finally:
                    prefix.start(["wineserver", "-k"], capture_output=True)
                    shutil.rmtree(prefix.folder, ignore_errors=True)
                if again:
                    # Once in some hundred starts, a program of Wine's crashes before it does anything.
                    print(f"again   {name}  ({again})", flush=True)
                    return tried(name, last=True)
                return name, problems, time.monotonic() - begun

            with concurrent.futures.ThreadPoolExecutor(2) as two:
                for name, problems, seconds in two.map(tried, names):
                    failed += bool(problems)
                    print(f"{'FAILED' if problems else 'agrees'}  {name}  ({seconds:.1f} s)", flush=True)
                    for problem in problems[:40]:
                        print("   ", problem)
    finally:
        screen.terminate()
        screen.wait()
    for row in leaves.unused(names):
        failed += 1
        print("FAILED  no longer left:", *row)
    print(f"{len(leaves.used)} named leaves")
    print(f"{len(names) - min(failed, len(names))} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
