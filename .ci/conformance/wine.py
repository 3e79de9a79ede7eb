"""Wine both ways: what msikit installs Wine lists and removes, and the other way round, in prefixes that Wine made.

Usage: wine.py SHARED MSIKIT [NAME…]    SHARED holds packages/; MSIKIT is the program; NAME is a package or a check below.

Every package is installed with its default features into a copy of a fresh prefix. After the removal the prefix is as
before: the same files, keys and values. What Wine's own removal leaves is named in wine-leaves.tsv, place by place; a
row that is no longer needed fails. Wine's side is tried only where wine is installed; it is never the judge of msikit
where the documentation says otherwise.
"""
import concurrent.futures, csv, hashlib, json, os, re, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
HIVES = ("system.reg", "user.reg", "userdef.reg")

# Packages without custom actions that would need Windows code to install.
PACKAGES = """env-create example external-cab minimal-nofiles msi64 msilib-six msitestapp-v1 nunit peruser-hello putty
rtm-product wix3-simple wix4-utf8 wixl-sample""".split()


class Prefix:
    """A prefix in a folder of its own, with a home directory of its own beside it."""

    def __init__(self, msikit, folder, display):
        self.msikit, self.folder = msikit, folder
        self.path = os.path.join(folder, "prefix")
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("WINE", "MSIKIT", "XDG"))}
        self.environment = kept | {
            "HOME": os.path.join(folder, "home"), "WINEPREFIX": self.path, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "winemenubuilder.exe=d", "DISPLAY": display,
            "USER": "root" if os.getuid() == 0 else os.environ.get("USER", "user"),
        }

    def wine(self, *arguments, check=True):
        """Runs a program of Wine's and waits until its server has written the hives."""
        done = self.start(["wine", *arguments], capture_output=True, stdin=subprocess.DEVNULL)
        self.start(["wineserver", "-w"], check=True)
        if check and done.returncode != 0:
            raise AssertionError(f"wine {' '.join(arguments)}: {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.decode(errors="replace")

    def start(self, command, **options):
        return subprocess.run(command, env=self.environment, timeout=120, **options)

    def run(self, *arguments, code=0):
        """Runs msikit; WINEPREFIX says where."""
        done = self.start([self.msikit, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != code:
            raise AssertionError(f"msikit {' '.join(arguments)}: {done.returncode}\n{done.stderr.strip()[-2000:]}")
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)

    def drive(self, *names):
        return os.path.join(self.path, "drive_c", *names)

    def hives(self):
        return {name: open(os.path.join(self.path, name), "rb").read() for name in HIVES}

    def snapshot(self):
        return set(self.run("machine", "snapshot").stdout.split("\n"))
