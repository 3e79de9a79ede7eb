"""What the scripts that are called with SHARED and MSIKIT begin with: both, and how programs are run."""

import os
import subprocess
import sys

shared, msikit = (os.path.abspath(argument) for argument in sys.argv[1:3])


def shared_package(name):
    """A shared package."""
    return os.path.join(shared, "packages", name)


def run(*command, cwd=None, ok=True):
    done = subprocess.run(command, capture_output=True, cwd=cwd)
    if ok and done.returncode:
        raise SystemExit(f"{command}: {done.returncode}\n{done.stderr.decode('utf-8', 'replace')}")
    return done
