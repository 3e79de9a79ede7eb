#!/usr/bin/env python3
"""msikit.exe under Wine: probe, queue, relaunch, deadline, and what it says where there is no event log.

    windows.py FOLDER-WITH-MSIKIT.EXE-AND-PLAY.EXE [PACKAGE.msi]

play.exe (crates/windows/examples/play.rs) is the other installers: Wine's own msiexec takes no `_MSIExecute`. Works in a
prefix of its own, which is removed. Exit status 0: all checks passed.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

SECONDS = 120
programs = pathlib.Path(sys.argv[1]).resolve()
package = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
work = pathlib.Path(tempfile.mkdtemp(prefix="msikit-windows-"))
environment = {**os.environ, "WINEPREFIX": str(work / "prefix"), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
environment.pop("DISPLAY", None)
failed = []


def check(what, holds, told=""):
    print(("ok      " if holds else "FAILED  ") + what + ("" if holds else f": {told}"), flush=True)
    if not holds:
        failed.append(what)


def wine(*words, **more):
    words = ["wine", *map(str, words)]
    more = {"env": environment, **more}
    return subprocess.run(words, cwd=work, capture_output=True, text=True, timeout=SECONDS, errors="replace", **more)


def start(*words, **more):
    words = ["wine", *map(str, words)]
    return subprocess.Popen(
        words, env=environment, cwd=work, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", **more
    )


class Other:
    """Another installer, in one of play's parts, until the end of the block."""

    def __init__(self, part):
        self.part = part

    def __enter__(self):
        self.process = start("play.exe", self.part)
        self.told = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.rest = self.process.stdout.read().strip()
            self.process.wait(SECONDS)


def msikit(*words):
    """Its whole code, its JSON where it gave some, and both texts."""
    done = wine("play.exe", "code", "msikit.exe", *words)
    lines = done.stdout.splitlines()
    codes = [line for line in lines if line.startswith("code ")]
    code = int(codes[-1].split()[1]) if codes else None
    text = "\n".join(line for line in lines if not line.startswith("code "))
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    return code, value, text, done.stderr


def run_line(stderr):
    """What `run --json` tells on standard error."""
    lines = [line for line in stderr.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def probe():
    code, status, _, _ = msikit("status", "--json")
    check("absent: free, by the mutex", code == 0 and status["state"] == "free" and status["source"] == "mutex", (code, status))
    with Other("idle"):
        code, status, _, _ = msikit("status", "--json")
        check("there and not owned: free", code == 0 and status["state"] == "free", (code, status))
    with Other("hold") as other:
        code, status, _, _ = msikit("status", "--json")
        check("owned: held, code 1618 whole", code == 1618 and status["state"] == "held" and status["busy"] is True, (code, status))
        check("no event log is said", "no event log" in (status["event_log"] or ""), status)
        code, _, text, _ = msikit("status")
        check("the same for people", code == 1618 and text.startswith("held: ") and "no event log" in text, text)
        tries = wine("play.exe", "try", 50, 1)
        check("a third one waits as before", "refused 1 of 1" in tries.stdout, tries.stdout)
        other.end()
        check("the owner still owned it", other.rest == "released 1", other.rest)
    tries = wine("play.exe", "try", 0, 1)
    check("nothing is left behind", "refused 0 of 1" in tries.stdout, tries.stdout)
    with Other("abandon"):
        code, status, _, _ = msikit("status", "--json")
        check("abandoned: free, and said", code == 0 and "without letting go" in (status["reason"] or ""), (code, status))
    with Other("deny"):
        code, status, _, _ = msikit("status", "--json")
        holds = code == 1601 and status["state"] == "unknown" and status["busy"] is None and "msiserver" in status["reason"]
        check("a DACL that denies: unknown, never free", holds, (code, status))
    taker = start("play.exe", "try", 0, 200000)
    asked = wine("play.exe", "probe", 200)
    code, _, _, _ = msikit("status", "--json")
    told = taker.communicate(timeout=SECONDS)[0]
    check("200 probes during a taker's tries: no refusal", "refused 0 of 200000" in told and "of 200 in" in asked.stdout, (told, asked.stdout))


def queue():
    count, killed = 30, {3, 4, 11, 19, 28}
    with Other("hold") as other:
        waiters = []
        for number in range(count):
            waiters.append(start("msikit.exe", "run", "--", "play.exe", "mark", "order.txt", number, 20, start_new_session=True))
            wine("play.exe", "queued", number + 1)
        code, status, _, _ = msikit("status", "--json")
        places = [waiter["place"] for waiter in status["waiting"]]
        check("status lists the queue", len(places) == count and places == sorted(places), places)
        for number in killed:
            os.kill(waiters[number].pid, signal.SIGKILL)
        other.end()
    for number, waiter in enumerate(waiters):
        waiter.communicate(timeout=SECONDS)
        if number not in killed and waiter.returncode != 0:
            check(f"child {number}", False, waiter.returncode)
    marks = (work / "order.txt").read_text().split()
    expected = [mark for number in range(count) if number not in killed for mark in (f"+{number}", f"-{number}")]
    check("30 queue in order, one at a time, the killed are skipped", marks == expected, marks)
    code, status, _, _ = msikit("status", "--json")
    check("the queue is empty again", status["waiting"] == [], status)


def run():
    code, _, _, stderr = msikit("run", "--json", "--", "play.exe", "answer", "twice.txt", 1618, 1618, 3010)
    told = run_line(stderr)
    holds = code == 3010 and told == {"origin": "child", "attempts": 3, "waited_ms": told.get("waited_ms"), "exit": 3010}
    check("refused twice, started again, its code handed on whole", holds, (code, stderr))
    code, _, _, stderr = msikit("run", "--json", "--wait=1s", "--", "play.exe", "answer", "always.txt", 1618)
    told = run_line(stderr)
    check("a deadline after a refusal: 1618, the child's", code == 1618 and told.get("origin") == "child", (code, stderr))
    with Other("hold"):
        for words in (["--wait=1s"], ["--no-wait"]):
            code, _, _, stderr = msikit("run", *words, "--json", "--", "play.exe", "mark", "never.txt", "x", 0)
            holds = code == 1618 and run_line(stderr).get("origin") == "gate" and "[1618 ERROR_INSTALL_ALREADY_RUNNING]" in stderr
            check(f"{words[0]} with the gate held: 1618, and not started", holds and not (work / "never.txt").exists(), (code, stderr))
        code, _, _, stderr = msikit("wait", "1s")
        check("wait: a deadline is 1618", code == 1618, (code, stderr))
    code, _, _, stderr = msikit("wait", "1s")
    check("wait: free", code == 0, (code, stderr))
    code, _, _, stderr = msikit("run", "--", "cmd", "/c", "msikit.exe run --wait=5s -- play.exe mark inner.txt x 0")
    check("a run in a run has its turn", code == 0 and (work / "inner.txt").exists(), (code, stderr))
    done = wine("msikit.exe", "run", "--", "cmd", "/c", "echo out& echo err 1>&2& exit 5")
    check("streams and code are the child's", (done.returncode, done.stdout.strip(), done.stderr.strip()) == (5, "out", "err"), done)
    code, _, _, stderr = msikit("run", "--", "there-is-no-such-program.exe")
    check("a program that is not there is said", code == 1603 and "cannot run" in stderr, (code, stderr))


def interrupts():
    """Ctrl-C, to one that waits for its turn and to one that only waits. Wine 8 does not send Ctrl-Break."""
    with Other("hold"):
        for words in (("run", "--", "play.exe", "mark", "never.txt", "x", 0), ("wait",)):
            told = work / f"{words[0]}-interrupted.txt"
            wine("play.exe", "interrupt", 1, told.name, "msikit.exe", *words)
            done = told.read_text() if told.exists() else None
            check(f"{words[0]}: Ctrl-C leaves the queue with 1602", done == "sent 1, code 1602" and not (work / "never.txt").exists(), done)
        code, status, _, _ = msikit("status", "--json")
        check("nobody is left in the queue", status["waiting"] == [], status)
    with Other("prompt"):
        code, status, _, _ = msikit("status", "--json")
        check("__MsiPromptForCD: somebody is asked for a disk", code == 0 and status["asks_for_disk"] is True, (code, status))
    code, status, _, _ = msikit("status", "--json")
    check("nobody is asked for a disk", status["asks_for_disk"] is False, status)


def by_msiexec():
    """repair and remove: the command line that msiexec gets, and its code. Wine's own has no repair of a product code."""
    own = work / "prefix/drive_c/windows/system32/msiexec.exe"
    kept = own.read_bytes()
    own.unlink()
    shutil.copy(programs / "play.exe", own)
    # Wine would take its own program of that name.
    by_stand_in = {**environment, "WINEDLLOVERRIDES": "mscoree,mshtml=;msiexec.exe=n"}
    product = "{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}"
    for verb, option, words in (("repair", "/fomus", ""), ("repair", "/fa", "--mode a"), ("remove", "/x", ""), ("repair", "/fomus", '"DIR=C:\\My Tools"')):
        (work / "by.cmd").write_text(f"@play.exe code msikit.exe {verb} {product} --ui none --json {words}\r\n")
        done = wine("cmd", "/c", "by.cmd", env=by_stand_in)
        line = (work / "msiexec.txt").read_text() if (work / "msiexec.txt").exists() else ""
        (work / "msiexec.txt").unlink(missing_ok=True)
        wanted = f'{option} {product} /qn /l*v ' in line and ('DIR="C:\\My Tools"' in line) == bool("DIR" in words)
        check(f"{verb} {words}: msiexec's command line and code", wanted and "code 3010" in done.stdout and '"reboot": "required"' in done.stdout, (line, done))
    own.unlink()
    own.write_bytes(kept)


def looks():
    code, value, _, _ = msikit("service", "query", "--json")
    check("the service's status", code == 0 and value["service_name"] == "msiserver" and value["current_state"] in (1, 4) and value["installing"] is False, value)
    code, _, text, stderr = msikit("events")
    check("events: no event log is said, not failed", code == 0 and "no event log" in stderr, (code, stderr))
    code, _, text, stderr = msikit("events", "--follow")
    check("events --follow: the same, and it ends", code == 1603 and "no event log" in stderr, (code, stderr))
    code, value, _, _ = msikit("list", "--json")
    check("list", code == 0 and value is not None, (code, value))
    code, _, _, stderr = msikit("machine", "init")
    check("what is not on Windows says so", code == 1639 and "not on Windows" in stderr, (code, stderr))
    if package is None:
        return
    shutil.copy(package, work / "package.msi")
    code, value, _, stderr = msikit("plan", "package.msi", "--json")
    check("plan", code == 0 and value["operations"], (code, stderr))
    code, value, _, stderr = msikit("db", "tables", "package.msi", "--json")
    check("db tables", code == 0 and value, (code, stderr))
    code, value, _, stderr = msikit("extract", "package.msi", "files", "--json")
    check("extract", code == 0 and (work / "files").is_dir(), (code, stderr))
    code, value, _, stderr = msikit("inspect", "package.msi", "--json")
    check("inspect", code == 0 and value["product_code"], (code, stderr))
    code, value, _, stderr = msikit("report", "package.msi", "--json")
    page = work / "package.msi.report.html"
    holds = code == 0 and value["plan"]["code"] == 0 and page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    check("report", holds, (code, stderr))
    code, value, _, stderr = msikit("install", "package.msi", "--ui", "none", "--json")
    check("install, by Wine's msiexec", code == 0 and value["product_code"] and value["attempts"] == 1, (code, value, stderr))
    code, value, _, stderr = msikit("list", "--json")
    check("list has it", code == 0 and len(value) == 1, (code, value, stderr))
    name = value[0]["product_code"] if value else ""
    code, shown, _, stderr = msikit("show", "package.msi", "--json")
    check("show PACKAGE", code == 0 and shown["product_code"] == name, (code, shown, stderr))
    code, value, _, stderr = msikit("remove", name, "--ui", "none", "--json")
    check("remove, by Wine's msiexec", code == 0, (code, value, stderr))
    code, value, _, stderr = msikit("install", "none.msi", "--ui", "none", "--json")
    check("a package that is not there", code in (1605, 1619), (code, value, stderr))


try:
    for name in ("msikit.exe", "play.exe"):
        shutil.copy(programs / name, work / name)
    subprocess.run(["xvfb-run", "-a", "wineboot", "-i"], env=environment, capture_output=True, timeout=SECONDS, check=True)
    subprocess.run(["wineserver", "-w"], env=environment, timeout=SECONDS)
    for part in (probe, run, interrupts, by_msiexec, looks, queue):
        part()
finally:
    subprocess.run(["wineserver", "-k"], env=environment, capture_output=True)
    subprocess.run(["wineserver", "-w"], env=environment, capture_output=True, timeout=30)
    shutil.rmtree(work, ignore_errors=True)
print(f"{len(failed)} failed" if failed else "all passed")
sys.exit(1 if failed else 0)
