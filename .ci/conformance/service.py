#!/usr/bin/env python3
"""The service against an independent varlink client (PyPI's `varlink`), systemd's own tools, and hostile bytes.

Usage: service.py SHARED BINARY. What is not there (pip, systemd) is named and left out.
"""
import json, os, pathlib, random, re, shutil, signal, socket, subprocess, sys, tempfile, time

binary = pathlib.Path(sys.argv[2]).resolve()
root = pathlib.Path(__file__).resolve().parents[2]
failures = []


def check(what, holds, detail=""):
    print(("ok    " if holds else "FAILED") + " " + what + ("" if holds else f": {detail}"))
    if not holds:
        failures.append(what)


def msikit(machine, *words, **more):
    return subprocess.run([binary, "--machine", machine, *words], capture_output=True, text=True, timeout=300, **more)


def serve(machine, *words):
    service = subprocess.Popen([binary, "--machine", machine, "service", "run", *words], stderr=subprocess.PIPE, text=True)
    for line in service.stderr:
        if "service: ready" in line:
            return service
    sys.exit("the service did not start")


def python_client(home, machine):
    venv = home / "venv"
    made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True)
    if made.returncode or subprocess.run([venv / "bin/pip", "-q", "install", "varlink==31.0.0"], capture_output=True).returncode:
        print("SKIPPED: PyPI's varlink cannot be installed here")
        return
    text = (root / "docs/service.md").read_text()
    client = home / "client.py"
    client.write_text(re.search(r"```python\n(.*?)```", text, re.S)[1])
    service = serve(machine)
    address = machine / ".msikit/service.socket"
    run = lambda *words: subprocess.run([venv / "bin/python", client, address, *words], capture_output=True, text=True, timeout=300)
    asked = run()
    check("an independent client asks", asked.returncode == 0 and asked.stdout.startswith("free"), asked)
    done = run("install", str(root / "examples/greeter"))
    check("an independent client installs", done.returncode == 0 and "InstallFinalize" in done.stdout and "ERROR_SUCCESS Greeter" in done.stdout, done)
    done = run("remove", "{00000000-0000-0000-0000-000000000000}")
    check("its failure is told", done.returncode == 1 and "ERROR_UNKNOWN_PRODUCT" in done.stdout, done)
    package = home / "incomplete"
    shutil.copytree(root / "examples/greeter", package)
    file = package / "Greeter/hello.txt"
    file.rename(home / "hello.txt")
    msikit(machine, "remove", "Greeter")
    for answer, expected in [("Cancel", "ERROR_INSTALL_FAILURE"), ("Retry", "ERROR_SUCCESS Greeter")]:
        asked = subprocess.Popen([venv / "bin/python", client, address, "install", package], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = ""
        while not said.endswith("'Cancel'] ") and (letter := asked.stdout.read(1)):
            said += letter
        if answer == "Retry":
            shutil.copy(home / "hello.txt", file)
        said += asked.communicate(answer + "\n", timeout=300)[0]
        check(f"an independent client is asked and answers {answer}", expected in said and "hello.txt" in said, said)
    described = subprocess.run([venv / "bin/python", "-c", "import sys, varlink\nwith varlink.Client.new_with_address(sys.argv[1]).open('org.varlink.service') as service:\n    print(service.GetInfo())", f"unix:{address}"], capture_output=True, text=True)
    check("introspection", "msikit" in described.stdout and "org.msikit.service" in described.stdout, described)
    check("it stops", msikit(machine, "service", "stop").returncode == 0 and service.wait(30) == 0)


def systemd(home, machine):
    if not shutil.which("systemd-analyze") or not shutil.which("systemd-socket-activate"):
        print("SKIPPED: systemd's tools are not here")
        return
    units = home / "units"
    told = json.loads(msikit(machine, "service", "install-units", "--output", units, "--json").stdout)
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", told["instance"]], cwd=units, capture_output=True, text=True, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"})
    check("systemd-analyze verify", verified.returncode == 0 and "msikit" not in verified.stderr, verified)
    escaped = subprocess.run(["systemd-escape", "--path", machine], capture_output=True, text=True).stdout.strip()
    check("the unit's name is systemd's", told["instance"] == f"msikit@{escaped}.socket", told)
    address = machine / ".msikit/service.socket"
    manager = subprocess.Popen(["systemd-socket-activate", "-l", address, binary, "--machine", machine, "service", "run", "--idle-exit", "1"], stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if address.exists():
            break
        time.sleep(0.05)
    asked = json.loads(msikit(machine, "service", "query", "--json").stdout)
    check("socket activation", asked["current_state"] == 4 and asked["process_id"] == manager.pid, asked)
    check("idle exit", manager.wait(60) == 0, manager.returncode)
    address.unlink(missing_ok=True)


def hostile(machine, seed):
    chance = random.Random(seed)
    service = serve(machine)
    address = str(machine / ".msikit/service.socket")
    call = b'{"method":"org.msikit.service.Run","parameters":{"arguments":["install","x"]},"more":true}\0'
    begin = time.monotonic()
    def send(data):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(20)
            peer.connect(address)
            try:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(65536):
                    pass
            except OSError:
                pass
    send(b'{"method":"' + b"x" * (64 << 20))
    send(b"[" * (1 << 20) + b"\0")
    for _ in range(300):
        data = bytearray(call)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        send(bytes(data))
    slow = [socket.socket(socket.AF_UNIX) for _ in range(50)]
    for peer in slow:
        peer.connect(address)
        peer.send(b"{")
    check("while slow ones are connected others are served", msikit(machine, "service", "query").returncode == 0)
    peak = int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{service.pid}/status").read_text())[1])
    check(f"memory stays small ({peak} KiB)", peak < 100_000)
    check(f"nothing hangs ({time.monotonic() - begin:.1f} s)", time.monotonic() - begin < 120)
    for peer in slow:
        peer.close()
    check("it stops", msikit(machine, "service", "stop").returncode == 0)
    check("refusals are told", "longer than" in service.stderr.read())
    service.wait(30)


ALICE, EVE, GROUP = 64101, 64102, 64103


def two_users(shared):
    """A machine of one user, asked by another: root's service, and setpriv to be somebody else."""
    if os.geteuid() or not shutil.which("setpriv"):
        print("SKIPPED: two users need root and setpriv")
        return
    home = pathlib.Path(tempfile.mkdtemp())
    home.chmod(0o755)
    program, machine, own = home / "msikit", home / "m", home / "eve"
    shutil.copy(binary, program)

    def run(user, *words, groups=(), **more):
        change = ["setpriv", f"--reuid={user}", f"--regid={user}", f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"]
        return subprocess.run([*(change if user else []), program, *words], capture_output=True, text=True, timeout=300, env={"MSIKIT_MACHINE": str(machine), "HOME": str(home)}, **more)

    try:
        for folder, owner in [(machine, ALICE), (own, EVE), (home / "root", 0)]:
            folder.mkdir()
            os.chown(folder, owner, owner)
            folder.chmod(0o755 if folder == machine else 0o700)
        check("the owner makes the machine", run(ALICE, "machine", "init").returncode == 0)
        before = run(ALICE, "machine", "snapshot").stdout
        for folder in [own, home / "root"]:
            shutil.copy(shared / "packages/external-cab.msi", folder / "p.msi")
            shutil.copy(shared / "packages/external-cab.cab", folder / cabinet_name(folder / "p.msi"))
        os.chown(own / "p.msi", EVE, EVE)
        os.chown(own / cabinet_name(own / "p.msi"), EVE, EVE)
        refused = run(EVE, "install", own / "p.msi")
        check("without a service a stranger is refused", refused.returncode == 5 and "[5 ERROR_ACCESS_DENIED]" in refused.stderr, refused)
        service = subprocess.Popen([program, "--machine", machine, "service", "run"], stderr=subprocess.PIPE, text=True)
        next(line for line in service.stderr if "service: ready" in line)
        for words in [("service", "query"), ("list",), ("status",)]:
            check(f"a stranger asks: {' '.join(words)}", run(EVE, *words).returncode == 0)
        for words in [("install", own / "p.msi"), ("remove", "{00000000-0000-0000-0000-000000000000}"), ("service", "stop")]:
            refused = run(EVE, *words)
            check(f"a stranger may not {words[0]}", refused.returncode == 5 and "[5 ERROR_ACCESS_DENIED]" in refused.stderr, refused)
        check("nothing is changed", run(ALICE, "machine", "snapshot").stdout == before)

        # Root's package in a folder that the owner cannot enter: it and its cabinet are opened by root, the rest is done as the owner.
        done = run(0, "install", home / "root/p.msi")
        check("root's package with a cabinet, in a closed folder", done.returncode == 0, done)
        strange = [path for path in machine.rglob("*") if path.lstat().st_uid != ALICE and path.name != "service.socket"]
        check("all of the machine is its owner's", not strange, strange)
        check("root removes it", run(0, "remove", home / "root/p.msi").returncode == 0)
        shutil.copytree(root / "examples/greeter", home / "root/greeter")
        refused = run(0, "install", home / "root/greeter")
        check("root's folder of files, closed to the owner, is refused by name", refused.returncode and "Permission denied" in refused.stderr, refused)

        # The client's groups are not the worker's: what only they open stays closed.
        (home / "group").mkdir()
        os.chown(home / "group", 0, GROUP)
        (home / "group").chmod(0o750)
        shutil.copytree(root / "examples/greeter", home / "group/greeter")
        refused = run(ALICE, "install", home / "group/greeter", groups=[GROUP])
        check("supplementary groups are left out", refused.returncode and "Permission denied" in refused.stderr, refused)
        check("without the service they count", run(ALICE, "plan", home / "group/greeter", groups=[GROUP]).returncode == 0)

        # What an administrator advertised, a user may install; what policies elevate, too.
        product = json.loads(run(ALICE, "plan", shared / "packages/putty.msi", "--json").stdout)["properties"]["ProductCode"]
        check("an administrator advertises", run(ALICE, "advertise", shared / "packages/putty.msi", "--no-service").returncode == 0)
        done = run(EVE, "install", product, "REBOOT=R")
        check("a user installs what is advertised", done.returncode == 0 and "installed PuTTY" in done.stdout, done)
        refused = run(EVE, "remove", product)
        check("and does not remove it", "[message 1730]" in refused.stderr, refused)
        check("the administrator does", run(ALICE, "remove", product).returncode == 0)
        for hive in ["system.reg", "user.reg"]:
            refused = run(EVE, "install", own / "p.msi")
            check(f"not elevated before {hive} says so", refused.returncode == 5, refused)
            with (machine / hive).open("a") as file:
                file.write('\n[Software\\\\Policies\\\\Microsoft\\\\Windows\\\\Installer] 1700000000\n"AlwaysInstallElevated"=dword:00000001\n')
        done = run(EVE, "install", own / "p.msi", "--json")
        check("AlwaysInstallElevated", done.returncode == 0 and json.loads(done.stdout)["code"] == 0, done)
        strange = [path for path in machine.rglob("*") if path.lstat().st_uid != ALICE and path.name != "service.socket"]
        check("done with the owner's rights", not strange, strange)
        (own / "link.msi").symlink_to(home / "root/p.msi")
        refused = run(EVE, "install", own / "link.msi")
        check("a link to what the user cannot read", refused.returncode == 83 and "1619" in refused.stderr, refused)
        refused = run(EVE, "install", own / "p.msi", "--log", machine / "x.log")
        check("no log with the owner's rights", refused.returncode == 5 and not (machine / "x.log").exists(), refused)
        check("a user removes it", run(EVE, "remove", own / "p.msi").returncode == 0)
        check("the owner stops root's service", run(ALICE, "service", "stop").returncode == 0 and service.wait(30) == 0)
        served = subprocess.Popen(["setpriv", f"--reuid={ALICE}", f"--regid={ALICE}", "--clear-groups", program, "--machine", machine, "service", "run", "--idle-exit", "0"], stderr=subprocess.PIPE)
        check("the owner runs the next one", served.wait(30) == 0, served.stderr.read())
    finally:
        shutil.rmtree(home, ignore_errors=True)


def cabinet_name(package):
    rows = json.loads(subprocess.run([binary, "db", "query", package, "SELECT Cabinet FROM Media", "--json"], capture_output=True, text=True).stdout)
    return rows[0]["Cabinet"]


def stress(home, machine, seed):
    chance = random.Random(seed)
    msikit(machine, "remove", "Greeter")
    before = msikit(machine, "machine", "snapshot").stdout
    service = serve(machine)
    start = lambda: subprocess.Popen([binary, "--machine", machine, chance.choice(["install", "remove"]), root / "examples/greeter", "--wait=2m"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home)
    clients = [start() for _ in range(100)]
    deadline = time.monotonic() + 240
    restarts = 0
    while any(client.poll() is None for client in clients) and time.monotonic() < deadline:
        time.sleep(chance.uniform(0.05, 0.3))
        chance.choice(clients).kill()
        if restarts < 5 and chance.random() < 0.5:
            service.kill()
            service.wait()
            service = serve(machine)
            restarts += 1
    check(f"services were killed while clients were there ({restarts})", restarts > 0)
    check(f"100 clients and {restarts} services killed: nothing hangs", all(client.poll() is not None for client in clients))
    for client in clients:
        client.kill()
    left = msikit(machine, "wait", "2m")
    check("the gate comes free", left.returncode == 0, left)
    check("recover", msikit(machine, "recover", "--wait=2m").returncode == 0)
    check("remove", msikit(machine, "remove", "Greeter", "--wait=2m").returncode in (0, 69))
    check("the machine is as before", msikit(machine, "machine", "snapshot").stdout == before)
    service.send_signal(signal.SIGTERM)
    service.send_signal(signal.SIGTERM)
    check("the service ends", service.wait(60) == 0)


def main():
    seed = int(os.environ.get("MSIKIT_SEED", "20261124"))
    print(f"seed {seed}")
    home = pathlib.Path(tempfile.mkdtemp())
    machine = home / "m"
    try:
        msikit(machine, "machine", "init")
        python_client(home, machine)
        systemd(home, machine)
        two_users(pathlib.Path(sys.argv[1]))
        hostile(machine, seed)
        stress(home, machine, seed)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(f"{len(failures)} failed" if failures else 0)


main()
