"""Machines in bad places: a disk without enough room, and somebody else's machine.

Usage: places.py SHARED MSIKIT

A disk is too small for the files (1601 with volume, what is needed and what is there), or only for what comes on top of
them, so that it fills up half-way. Another user may read a machine and change nothing. After each refusal the machine is
as before. Needs a kernel that lets unshare mount a disk in memory, and root with setpriv; what is missing is named.
"""
import os, re, shutil, subprocess, sys, tempfile

problems = []
HERE = os.path.dirname(os.path.abspath(__file__))

SMALL_DISK = r"""
mount -t tmpfs -o size="$3" tmpfs "$2" || exit 77
export MSIKIT_MACHINE="$2"
"$0" machine init >/dev/null 2>&1 || exit 78
"$0" machine snapshot > "$4" 2>/dev/null
"$0" install "$1" 2>&1; echo "install $?"
"$0" machine diff "$4" 2>/dev/null; echo "diff $?"
"$0" status 2>/dev/null
"""
# Size of the disk, and what is said: putty's files take 3156 KB, its cached package 2808 KB more.
DISKS = (("3m", r"out of disk space on volume C: 3156 KB are needed, \d+ KB are free \[message 1601\] \[1603 "),
         ("5m", r"FileCopy C:\\windows\\Installer\\\w+\.msi: No space left on device .*\[1603 "))


def small_disks(binary, package, scratch):
    folder = os.path.join(scratch, "disk")
    os.mkdir(folder)
    for size, words in DISKS:
        apart = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK)
        before = os.path.join(scratch, f"before-{size}")
        ran = subprocess.run([*apart, binary, package, folder, size, before], capture_output=True, text=True, timeout=60)
        if ran.returncode in (1, 77):
            print(f"SKIPPED  small disks: a disk in memory is not allowed: {ran.stderr.strip()[-100:]}")
            return
        told = ran.stdout.splitlines()
        if not any(re.search(words, line) for line in told):
            problems.append(f"{size}: nobody says `{words}`: {told}")
        if told[-3:] != ["install 67", "diff 0", "free: no installation is in progress"]:
            problems.append(f"{size}: it ends so: {told[-6:]} {ran.stderr}")
    print("small disks: refused, or undone half-way, and the machine is as before")


def somebody_elses_machine(binary, scratch):
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        print("SKIPPED  somebody else's machine: needs root and setpriv")
        return
    os.chmod(scratch, 0o755)
    # A stranger need not be allowed where the program or the repository lies.
    program, package = os.path.join(scratch, "msikit"), os.path.join(scratch, "greeter")
    shutil.copyfile(binary, program)
    os.chmod(program, 0o755)
    shutil.copytree(os.path.join(HERE, "..", "examples", "greeter"), package)
    subprocess.run(["chmod", "-R", "a+rX", package], check=True)
    machine = os.path.join(scratch, "machine")
    stranger = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    def run(*arguments, before=()):
        return subprocess.run([*before, program, "--machine", machine, *arguments], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, cwd="/")
    run("install", package)
    before = run("machine", "snapshot").stdout
    not_allowed = (5, "only its owner and root may change", "[5 ERROR_ACCESS_DENIED]")
    not_writable = (65, "ermission", "[1601 ERROR_INSTALL_SERVICE_FAILURE]")
    for verb, (status, why, code) in (
        (("install", package), not_allowed), (("remove", "Greeter"), not_allowed), (("repair", "Greeter"), not_allowed),
        (("recover",), not_writable), (("run", "--", "true"), not_writable),
    ):
        ran = run(*verb, before=stranger)
        last = (ran.stderr.splitlines() or [""])[-1]
        if ran.returncode != status or why not in last or code not in last:
            problems.append(f"a stranger's {verb[0]} ends with {ran.returncode}: {last}")
    for verb in (("list",), ("status",), ("events",), ("show", "Greeter", "--verify"), ("plan", package), ("machine", "snapshot")):
        ran = run(*verb, before=stranger)
        if ran.returncode != 0 or not ran.stdout:
            problems.append(f"a stranger's {verb[0]} ends with {ran.returncode}: {ran.stderr}")
    if run("machine", "snapshot").stdout != before:
        problems.append("a stranger changed the machine")
    print("somebody else's machine: read, and not changed")


def main():
    shared, binary = sys.argv[1:]
    binary = os.path.abspath(binary)
    scratch = tempfile.mkdtemp(prefix="msikit-places-")
    package = os.path.join(shared, "packages", "putty.msi")
    if os.path.exists(package):
        small_disks(binary, package, scratch)
    else:
        print("SKIPPED  small disks: no packages beside the clone")
    somebody_elses_machine(binary, scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    for problem in problems:
        print("   ", problem)
    print("FAILED" if problems else "passed")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
