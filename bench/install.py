"""Times an install against its peers, in the same run, and prints ratios.

Usage: install.py SHARED MSIKIT [NAME…] [--runs N] [--wine]

Each round runs every command once on a fresh copy, in turn, so that a noisy moment hits all of them. Compared are medians:
  msikit install PACKAGE               whole, journalled, registered, synced
  msiextract PACKAGE; sync -f          the files only, and the same file system synced
  wine msiexec /i PACKAGE /qn          with --wine: in a copy of a prefix made beforehand, its start and end included
"""
import argparse, os, shutil, statistics, subprocess, tempfile, time


def timed(*commands, env=None):
    begin = time.perf_counter()
    for command in commands:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stderr.decode(errors='replace')[-800:]}")
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shared")
    parser.add_argument("msikit")
    parser.add_argument("names", nargs="*", default=["putty", "nunit"])
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--wine", action="store_true")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="msikit-bench-", dir=os.environ.get("MSIKIT_BENCH_DIR"))
    clean = os.path.join(scratch, "clean")
    subprocess.run([options.msikit, "machine", "init", "--machine", clean], check=True, capture_output=True)
    environment = dict(os.environ, WINEDEBUG="-all", WINEPREFIX=os.path.join(scratch, "prefix"))
    if options.wine:
        template = os.path.join(scratch, "template")
        booted = dict(environment, WINEPREFIX=template)
        subprocess.run(["wineboot", "-i"], env=booted, check=True, capture_output=True)
        subprocess.run(["wineserver", "-w"], env=booted)
    print(f"{'package':16} {'msikit':>9} {'msiextract + sync -f':>22} {'ratio':>7}" + ("  wine msiexec    ratio" if options.wine else ""))
    for name in options.names:
        package = os.path.join(options.shared, "packages", f"{name}.msi")
        times = {"msikit": [], "msiextract": [], "wine": []}
        for _ in range(options.runs):
            work, out = os.path.join(scratch, "work"), os.path.join(scratch, "out")
            shutil.copytree(clean, work)
            os.mkdir(out)
            os.sync()
            times["msikit"].append(timed([options.msikit, "install", package, "--machine", work, "--ui", "none"]))
            times["msiextract"].append(timed(["msiextract", "-C", out, package], ["sync", "-f", out]))
            shutil.rmtree(work)
            shutil.rmtree(out)
        if options.wine:
            for _ in range(3):
                shutil.rmtree(environment["WINEPREFIX"], ignore_errors=True)
                shutil.copytree(template, environment["WINEPREFIX"], symlinks=True)
                times["wine"].append(timed(["wine", "msiexec", "/i", package, "/qn"], ["wineserver", "-w"], env=environment))
        ours, theirs = statistics.median(times["msikit"]), statistics.median(times["msiextract"])
        line = f"{name:16} {ours * 1000:7.1f} ms {theirs * 1000:19.1f} ms {ours / theirs:6.2f}x"
        if options.wine:
            wine = statistics.median(times["wine"])
            line += f" {wine * 1000:10.0f} ms 1/{wine / ours:.0f}"
        print(line, flush=True)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
