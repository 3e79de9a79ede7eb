"""Many processes at one gate, and some of them are killed: what must never happen does not.

Usage: gate_stress.py SHARED MSIKIT [SEED [OPERATIONS]]

1. 64 processes at a time install, remove, probe and run programs on one machine, OPERATIONS (1500) in all, while others
   of them are killed: as holders (stopped first, and seen to hold) and as waiters. Fewer than 100 killed holders: the
   check itself fails. Never two holders, never one that is not woken, never a wrong "free", nothing left at the end.
2. A waiter that is not on a terminal makes no system call while it waits, and neither does `events --follow` (needs strace).
3. Processes in namespaces of their own and some outside share a machine: order and exclusion hold, and the holder is
   named with its host and namespace (needs unshare).
4. A disk that is full, and one that is read-only: an error that says so, no hang, and `status` is true (needs unshare).

The seed is printed; the same seed chooses the same operations. The pauses below only set a pace.
"""
import collections, fcntl, json, os, random, re, shutil, signal, struct, subprocess, sys, tempfile, threading, time

PROCESSES, KILLED_HOLDERS_MIN, WATCHDOG_S = 64, 100, 240
GETLK = 36  # F_OFD_GETLK
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
problems = []


def problem(text):
    problems.append(text)
    print("   ", text, flush=True)


def packages(scratch, count):
    """Copies of the example package, each another product."""
    made = []
    for number in range(count):
        folder = os.path.join(scratch, f"package{number}")
        shutil.copytree(os.path.join(ROOT, "examples", "greeter"), folder)
        os.rename(os.path.join(folder, "Greeter"), os.path.join(folder, f"Greeter{number}"))
        for name in os.listdir(folder):
            if name.endswith(".idt"):
                with open(os.path.join(folder, name), encoding="cp1252", newline="") as file:
                    text = file.read()
                text = text.replace("Greeter", f"Greeter{number}")
                text = re.sub(r"\{([0-9A-F]{4})[0-9A-F]{4}-", lambda found: f"{{{found[1]}{number:04X}-", text)
                with open(os.path.join(folder, name), "w", encoding="cp1252", newline="") as file:
                    file.write(text)
        made.append(folder)
    return made


class Machine:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.environment = {**os.environ, "MSIKIT_MACHINE": folder, "TZ": "UTC"}
        self.environment.pop("MSIKIT_HOLDER", None)

    def start(self, *arguments, before=()):
        command = [*before, self.binary, *arguments]
        return subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *arguments):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=WATCHDOG_S)
        return process.returncode, out, err

    def status(self):
        return json.loads(self.run("status", "--json")[1])

    def await_status(self, wanted, what):
        end = time.monotonic() + WATCHDOG_S
        while time.monotonic() < end:
            status = self.status()
            if wanted(status):
                return status
        raise SystemExit(f"FAILED  {what} did not come: {status}")

    def own(self, *names):
        return os.path.join(self.folder, ".msikit", *names)

    def generation(self):
        """The length of the gate's lock; None: nobody has it. As the probe asks, without the program."""
        try:
            descriptor = os.open(self.own("gate", "lock"), os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
            kind, _, _, length, _ = struct.unpack("hhqqi", fcntl.fcntl(descriptor, GETLK, asked)[:struct.calcsize("hhqqi")])
            return None if kind == fcntl.F_UNLCK else length
        finally:
            os.close(descriptor)

    def record(self):
        try:
            with open(self.own("gate", "holder.json")) as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def snapshot(self):
        code, out, err = self.run("machine", "snapshot")
        if code:
            raise SystemExit(f"FAILED  snapshot: {err}")
        return sorted(line for line in out.split("\n") if not re.search(r"[0-9a-f]{8}\.msi\b", line))


class Stress:
    def __init__(self, machine, made, seed, operations):
        self.machine, self.made = machine, made
        self.random = random.Random(seed)
        self.todo = collections.deque(self.operation() for _ in range(operations))
        self.lock, self.live, self.codes = threading.Lock(), {}, collections.Counter()
        self.killed_holders = self.killed_waiters = self.probes = 0
        self.inside = os.path.join(os.path.dirname(machine.folder), "inside")
        self.over = threading.Event()

    def operation(self):
        kind = self.random.choices(["install", "remove", "no-wait", "probe", "run", "probe inside"],
                                   [40, 25, 5, 10, 12, 8])[0]
        return kind, self.random.choice(self.made), self.random.random()

    def arguments(self, kind, package):
        return {
            "install": ("install", package, "--wait"),
            "remove": ("remove", package, "--wait"),
            "no-wait": ("install", package, "--no-wait"),
            "probe": ("status", "--json"),
            # Nobody else may have this lock: everyone takes it as the holder only.
            "run": ("run", "--", "flock", "-n", self.inside, "true"),
            "probe inside": ("run", "--", "sh", "-c", f"'{self.machine.binary}' status --json"),
        }[kind]

    def work(self):
        while True:
            try:
                kind, package, _ = self.todo.popleft()
            except IndexError:
                return
            process = self.machine.start(*self.arguments(kind, package))
            with self.lock:
                self.live[process.pid] = (process, kind)
            try:
                out, err = process.communicate(timeout=WATCHDOG_S)
            except subprocess.TimeoutExpired:
                problem(f"{kind} has not ended after {WATCHDOG_S} s: it was not woken; {self.machine.status()}")
                process.kill()
                continue
            finally:
                with self.lock:
                    del self.live[process.pid]
            self.judge(kind, process.returncode, out, err)

    def judge(self, kind, code, out, err):
        with self.lock:
            self.codes[(kind, code)] += 1
        fine = {"install": (0, -9), "remove": (0, 69, -9), "no-wait": (0, 82, -9), "probe": (0, 68, 82), "run": (0,),
                "probe inside": (82,)}[kind]
        if code not in fine:
            problem(f"{kind} ended with {code}: {'two holders; ' if kind == 'run' else ''}{out.strip()} {err.strip()[-300:]}")

    def kill(self):
        """Kills holders that are sure to hold, and now and then one that waits, until all is done."""
        chooser = random.Random(self.random.random())
        last = None
        while not self.over.is_set():
            time.sleep(0.001)
            record = self.machine.record()
            if record and record["generation"] != last:
                last = record["generation"]
                if chooser.random() < 0.4:
                    self.kill_holder(record, chooser)
            elif chooser.random() < 0.01:
                self.kill_any(chooser)

    def kill_holder(self, record, chooser):
        with self.lock:
            process, kind = self.live.get(record["pid"], (None, None))
            # A program that `run` started may outlive it by a moment: see the documentation.
            if process is None or kind not in ("install", "remove", "no-wait") or process.poll() is not None:
                return
            os.kill(process.pid, signal.SIGSTOP)
        if self.machine.generation() != record["generation"]:
            os.kill(process.pid, signal.SIGCONT)
            return
        # Stopped, and its lock is seen: it holds the gate for as long as we like.
        if chooser.random() < 0.3:
            self.probes += 1
            status = self.machine.status()
            if status["state"] != "held" or (status["holder"] or {"pid": process.pid})["pid"] != process.pid:
                problem(f"held by {process.pid}, and the answer is {status}")
        os.kill(process.pid, signal.SIGKILL)
        self.killed_holders += 1

    def kill_any(self, chooser):
        with self.lock:
            waiting = [process for process, kind in self.live.values() if kind in ("install", "remove")]
            if waiting:
                process = chooser.choice(waiting)
                if process.poll() is None:
                    process.kill()
                    self.killed_waiters += 1

    def run(self):
        workers = [threading.Thread(target=self.work) for _ in range(PROCESSES)]
        killer = threading.Thread(target=self.kill)
        for thread in [*workers, killer]:
            thread.start()
        for worker in workers:
            worker.join()
        self.over.set()
        killer.join()


def transactions_do_not_overlap(machine):
    """Whoever holds the gate writes its events; between the first and the last of one there is no other's."""
    code, out, err = machine.run("events", "--json")
    order, damaged = [], err.count("damaged")
    for line in out.splitlines():
        event = json.loads(line)
        if event["id"] != 11500 and event["transaction"] and (not order or order[-1] != event["transaction"]):
            order.append(event["transaction"])
    twice = [name for name, count in collections.Counter(order).items() if count > 1]
    # One that was killed in its transaction is told at its end by the next holder, before that one's own begins.
    if damaged:
        problem(f"the event log is damaged: {err.strip()}")
    if twice:
        problem(f"{len(twice)} of {len(order)} transactions overlap with others: two holders")
    return len(order)


def stress(binary, scratch, seed, operations):
    machine = Machine(binary, os.path.join(scratch, "machine"))
    made = packages(scratch, 8)
    machine.run("machine", "init", "--user", "root")
    before = machine.snapshot()
    work = Stress(machine, made, seed, operations)
    begun = time.monotonic()
    work.run()
    if work.killed_holders < KILLED_HOLDERS_MIN:
        problem(f"only {work.killed_holders} holders were killed, {KILLED_HOLDERS_MIN} are wanted")
    code, out, err = machine.run("recover", "--wait")
    if code:
        problem(f"recover ended with {code}: {err}")
    told = transactions_do_not_overlap(machine)
    for package in made:
        machine.run("remove", package, "--wait")
    status = machine.status()
    if status["state"] != "free" or status["waiting"]:
        problem(f"not free at the end: {status}")
    left = os.listdir(machine.own("journal")) if os.path.exists(machine.own("journal")) else []
    if left:
        problem(f"the journal is not empty: {left}")
    queue = sorted(os.listdir(machine.own("gate", "queue")))
    if queue != ["0", "lock"]:
        problem(f"tickets are left: {queue}")
    if machine.snapshot() != before:
        rest = sorted(set(machine.snapshot()) ^ set(before))
        problem(f"with every product removed the machine is not as before: {rest[:6]}")
    print(f"{operations} operations of {PROCESSES} processes in {time.monotonic() - begun:.0f} s: {work.killed_holders} holders "
          f"and {work.killed_waiters} others killed, {told} transactions, {work.probes} probes of a stopped holder; "
          f"{dict(sorted((f'{kind} {code}', count) for (kind, code), count in work.codes.items()))}", flush=True)


def holds(machine, scratch, name, before=()):
    """Starts a program that holds the gate until its pipe is fed."""
    pipe = os.path.join(scratch, name)
    os.mkfifo(pipe)
    process = machine.start("run", "--", "cat", pipe, before=before)
    machine.await_status(lambda status: status["state"] == "held", "the hold")
    return process, pipe


def let_go(pipe):
    with open(pipe, "w"):
        pass


def sleeps_through(binary, scratch):
    if not shutil.which("strace"):
        print("SKIPPED  what an idle waiter does: no strace here")
        return
    machine = Machine(binary, os.path.join(scratch, "idle"))
    package = packages(os.path.join(scratch, "idle-packages"), 1)[0]
    holder, pipe = holds(machine, scratch, "idle-pipe")
    logs = {name: os.path.join(scratch, f"strace-{name}") for name in ("waiter", "follower")}
    traced = lambda name: ("strace", "-f", "-o", logs[name])
    follower = machine.start("events", "--follow", "--json", before=traced("follower"))
    waiter = machine.start("install", package, "--wait", before=traced("waiter"))
    machine.await_status(lambda status: len(status["waiting"]) == 1, "the waiter")
    read = lambda name: open(logs[name]).read() if os.path.exists(logs[name]) else ""
    asleep = lambda name: "poll([" in (read(name).splitlines() or [""])[-1]
    end = time.monotonic() + WATCHDOG_S
    while not all(map(asleep, logs)) and time.monotonic() < end:
        time.sleep(0.05)
    before = {name: os.path.getsize(log) for name, log in logs.items()}
    time.sleep(5)  # What is measured: nothing happens in 5 s.
    for name, size in before.items():
        woken = read(name)[size:]
        if woken or not size:
            problem(f"an idle {name} made system calls: {woken[:600]}")
        print(f"an idle {name}: {'SOME' if woken else 'no'} system calls in 5 s", flush=True)
    let_go(pipe)
    codes = [holder.wait(WATCHDOG_S), waiter.wait(WATCHDOG_S)]
    if codes != [0, 0]:
        problem(f"the idle waiter and its holder ended with {codes}")
    first = json.loads(follower.stdout.readline())["id"]
    if first != 1040:
        problem(f"the follower is woken by {first}")
    # strace goes on until what it watches ends.
    subprocess.run(["kill", "-INT", *(line.split()[0] for line in read("follower").splitlines()[:1])])
    follower.wait(WATCHDOG_S)


def namespaces(binary, scratch):
    apart = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts")
    if not shutil.which("unshare") or subprocess.run([*apart, "true"], capture_output=True).returncode:
        print("SKIPPED  namespaces: unshare is not here, or not allowed")
        return
    machine = Machine(binary, os.path.join(scratch, "shared"))
    made = packages(os.path.join(scratch, "shared-packages"), 6)
    named = (*apart, "sh", "-c", 'hostname elsewhere; exec "$0" "$@"')
    holder, pipe = holds(machine, scratch, "shared-pipe", before=named)
    status = machine.status()
    here, there = os.readlink("/proc/self/ns/pid"), status["holder"]["pid_namespace"]
    if status["holder"]["host"] != "elsewhere" or there == here or not there:
        problem(f"the holder's host and namespace are not named: {status['holder']}")
    code, _, err = machine.run("install", made[0], "--no-wait")
    if code != 82 or f"in {there} on elsewhere" not in err:
        problem(f"the refusal ({code}) does not say where the holder is: {err}")
    # By turns outside and in a namespace of its own; the fourth is killed as it waits.
    waiters = []
    for number, package in enumerate(made):
        waiters.append(machine.start("install", package, "--wait", before=named if number % 2 else ()))
        machine.await_status(lambda status: len(status["waiting"]) == len(waiters), "the waiter")
    waiters[3].kill()
    machine.await_status(lambda status: len(status["waiting"]) == len(waiters) - 1, "the end of the killed waiter")
    let_go(pipe)
    codes = [process.wait(WATCHDOG_S) for process in [holder, *waiters]]
    told = [json.loads(line)["strings"][0] for line in machine.run("events", "--id", "1033", "--json")[1].splitlines()]
    expected = [f"Greeter{number}" for number in range(6) if number != 3]
    if told != expected or codes != [0, 0, 0, 0, -9, 0, 0]:
        problem(f"installed in the order {told}, ended with {codes}")
    # A whole namespace dies with its first process, and the gate is free.
    holder, pipe = holds(machine, scratch, "shared-pipe-2", before=named)
    holder.kill()
    holder.wait()
    machine.await_status(lambda status: status["state"] == "free", "the end of the killed holder")
    transactions_do_not_overlap(machine)
    print("namespaces: one gate, in order, and who holds it is named", flush=True)


BAD_DISK = r"""
mount -t tmpfs -o size=8m tmpfs "$2" || exit 77
export MSIKIT_MACHINE="$2"
"$0" install "$1" >/dev/null 2>&1 || exit 78
rm -r "$2/.msikit/gate"
dd if=/dev/zero of="$2/full" bs=64k >/dev/null 2>&1
dd if=/dev/zero of="$2/fuller" bs=1 >/dev/null 2>&1
"$0" status 2>&1; echo "status $?"
timeout 20 "$0" remove "$1" --no-wait 2>&1; echo "remove $?"
"$0" status 2>&1; echo "status $?"
rm "$2/full" "$2/fuller"
"$0" run -- true || exit 79
mount -o remount,ro "$2"
"$0" status 2>&1; echo "status $?"
timeout 20 "$0" remove "$1" 2>&1; echo "remove $?"
mount -o remount,rw "$2"
"$0" remove "$1" >/dev/null 2>&1; echo "remove $?"
"""


def bad_disks(binary, scratch):
    apart = ("unshare", "--user", "--map-root-user", "--mount")
    folder = os.path.join(scratch, "bad-disk")
    os.mkdir(folder)
    package = packages(os.path.join(scratch, "bad-packages"), 1)[0]
    ran = subprocess.run([*apart, "sh", "-c", BAD_DISK, binary, package, folder], capture_output=True, text=True,
                         timeout=WATCHDOG_S)
    if ran.returncode in (1, 77):
        print(f"SKIPPED  bad disks: unshare and a disk in memory are not allowed: {ran.stderr.strip()[-100:]}")
        return
    told = [line for line in ran.stdout.splitlines() if not line.startswith("machine ")]
    codes = [line for line in told if re.fullmatch(r"(status|remove) \d+", line)]
    if codes != ["status 0", "remove 65", "status 0", "status 0", "remove 65", "remove 0"]:
        problem(f"bad disks: {ran.returncode} {told} {ran.stderr}")
    for words in ("the disk is full [1601 ", "the file system is read-only [1601 "):
        if not any(words in line for line in told):
            problem(f"bad disks: nobody says `{words}`: {told}")
    print("bad disks: full and read-only are told, and nothing hangs", flush=True)


def main():
    _, binary, *rest = sys.argv[1:]
    seed = int(rest[0]) if rest else random.SystemRandom().randrange(1 << 32)
    operations = int(rest[1]) if len(rest) > 1 else 1500
    print(f"seed {seed}", flush=True)
    scratch = tempfile.mkdtemp(prefix="msikit-gate-")
    for step in (lambda: stress(binary, scratch, seed, operations), lambda: sleeps_through(binary, scratch),
                 lambda: namespaces(binary, scratch), lambda: bad_disks(binary, scratch)):
        step()
    shutil.rmtree(scratch, ignore_errors=True)
    print("FAILED" if problems else "passed")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
