#!/usr/bin/env python3
"""kadian beside diff-cover, in the same run, on the same change and the same reports.

    benches/diff_cover.py [--kadian PROGRAM] [--diff-cover PROGRAM] [--runs N] [--keep FOLDER] [--jacoco] [FORMAT...]

Default: target/release/kadian, and the diff-cover on the path (`pip install diff-cover==11.0.1`). 2,000 files of 750 lines, each of
them changed in five places, and a report of all 1.5 million lines in each format. Prints the best time of N runs and the largest memory
of each program (diff-cover's git is a process of its own and not counted in its memory), and what both say of the patch: it has to be
the same. Read the ratios, not the figures.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES, LINES, PLACES, LONG = 2000, 750, 5, 4
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS", "RUST_BACKTRACE")} | {
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


def path(number):
    return f"src/com/example/a{number % 50}/File{number}.java"


def covered(number, line):
    """One line in seven is not covered, another one in each file."""
    return (line * 31 + number) % 7 != 0


def repository(folder):
    """A base and a change of five blocks of four lines in each file, written as one stream."""
    dice = random.Random(7)
    words = [bytes(dice.choices(b"abcdefghijklmnopqrstuvwxyz", k=dice.randint(3, 9))) for _ in range(5000)]

    def line():
        one, two = dice.choices(words, k=2)
        return b"    %s.%s(%d);\n" % (one, two, dice.randrange(1000))

    stream = bytearray()

    def data(text):
        return b"data %d\n%s\n" % (len(text), text)

    files = [[line() for _ in range(LINES)] for _ in range(FILES)]
    stream += b"commit refs/heads/main\nmark :1\ncommitter a <a@example.com> 1767225600 +0000\n" + data(b"chore: base")
    for number in range(FILES):
        stream += b"M 100644 inline " + path(number).encode() + b"\n" + data(b"".join(files[number]))
    stream += b"\ncommit refs/heads/topic\ncommitter a <a@example.com> 1767225660 +0000\n" + data(b"feat: change") + b"from :1\n"
    for number in range(FILES):
        new = files[number]
        for place in range(PLACES):
            for at in range(20 + place * 140, 20 + place * 140 + LONG):
                new[at] = line()
        stream += b"M 100644 inline " + path(number).encode() + b"\n" + data(b"".join(new))
    stream += b"\ndone\n"
    folder.mkdir(parents=True)

    def git(*words, **more):
        subprocess.run(["git", *words], cwd=folder, env=ENVIRONMENT, check=True, **more)

    git("init", "-q", "-b", "main")
    git("fast-import", "--quiet", "--done", input=bytes(stream))
    git("checkout", "-q", "topic")
    # As a clone gets it: fast-import packs every version whole.
    git("repack", "-a", "-d", "-f", "-q")


def lcov(out):
    for number in range(FILES):
        out.write(f"TN:\nSF:{path(number)}\n")
        out.writelines(f"DA:{line},{int(covered(number, line))}\n" for line in range(1, LINES + 1))
        hit = sum(covered(number, line) for line in range(1, LINES + 1))
        out.write(f"LF:{LINES}\nLH:{hit}\nend_of_record\n")


def cobertura(out):
    out.write('<?xml version="1.0" ?>\n<coverage version="7.0" timestamp="1767225720000" line-rate="0.857" branch-rate="0">\n')
    out.write('<sources><source>.</source></sources>\n<packages><package name="a" line-rate="0.857" branch-rate="0" complexity="0">\n<classes>\n')
    for number in range(FILES):
        hit = sum(covered(number, line) for line in range(1, LINES + 1)) / LINES
        out.write(f'<class name="File{number}" filename="{path(number)}" line-rate="{hit:.6f}" branch-rate="0" complexity="0">\n<methods/>\n<lines>\n')
        out.writelines(f'<line number="{line}" hits="{int(covered(number, line))}"/>\n' for line in range(1, LINES + 1))
        out.write("</lines>\n</class>\n")
    out.write("</classes>\n</package></packages>\n</coverage>\n")


def jacoco(out):
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<report name="x">')
    missed_in_all = 0
    for folder in range(50):
        missed_in_package = 0
        out.write(f'<package name="com/example/a{folder}">')
        for number in range(folder, FILES, 50):
            out.write(f'<sourcefile name="File{number}.java">')
            missed = 0
            for line in range(1, LINES + 1):
                hit = covered(number, line)
                missed += not hit
                out.write(f'<line nr="{line}" mi="{0 if hit else 3}" ci="{3 if hit else 0}" mb="0" cb="0"/>')
            out.write(f'<counter type="LINE" missed="{missed}" covered="{LINES - missed}"/></sourcefile>')
            missed_in_package += missed
        lines = LINES * FILES // 50
        out.write(f'<counter type="LINE" missed="{missed_in_package}" covered="{lines - missed_in_package}"/></package>')
        missed_in_all += missed_in_package
    out.write(f'<counter type="LINE" missed="{missed_in_all}" covered="{LINES * FILES - missed_in_all}"/></report>\n')


FORMATS = {"lcov": (lcov, "lcov.info"), "cobertura": (cobertura, "coverage.xml"), "jacoco": (jacoco, "jacoco.xml")}


def best(command, folder, runs):
    """Seconds of the fastest run, and MiB of the largest."""
    seconds, largest = float("inf"), 0
    for _ in range(runs):
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = min(seconds, time.perf_counter() - start)
        largest = max(largest, used.ru_maxrss / 1024)
        if child.returncode not in (0, 1, 3):
            sys.exit(f"{' '.join(command)} ends with {child.returncode}: {said.decode()[-500:]}")
    return seconds, largest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kadian", default=str(ROOT / "target/release/kadian"))
    parser.add_argument("--diff-cover", default=shutil.which("diff-cover") or "diff-cover")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep")
    parser.add_argument("--jacoco", action="store_true", help="run diff-cover on JaCoCo, too: it takes minutes")
    parser.add_argument("formats", nargs="*", metavar="FORMAT", choices=[[], *FORMATS])
    asked = parser.parse_args()
    work = pathlib.Path(asked.keep or tempfile.mkdtemp()).resolve()
    folder = work / "repository"
    if not folder.exists():
        # In a process of its own: what a child is said to have used starts from what its parent holds.
        maker = multiprocessing.Process(target=repository, args=(folder,))
        maker.start()
        maker.join()

    def row(name, seconds, memory, more=""):
        print(f"{name:34} {seconds * 1000:8.0f} ms {memory:8.0f} MiB {more}")

    row("git diff main...topic", *best(["git", "diff", "main...topic"], folder, asked.runs))
    check = [asked.kadian, "check", "push", "--base", "main", "--head", "topic"]
    row("kadian check, no report", *best(check, folder, asked.runs))
    for name in asked.formats or FORMATS:
        make, report = FORMATS[name]
        report = work / report
        if not report.exists():
            with open(report, "w") as out:
                make(out)
        sources = ["--src-roots", "src"] if name == "jacoco" else []
        theirs = [asked.diff_cover, str(report), "--compare-branch", "main", *sources]
        ours = [*check, "--evidence", f"coverage:{name}={report}"]
        mine = best(ours, folder, asked.runs)
        row(f"{name}: kadian", *mine)
        # Minutes, because it looks for each file in the whole report.
        if name == "jacoco" and not asked.jacoco:
            continue
        yours = best(theirs, folder, min(asked.runs, 3))
        row(f"{name}: diff-cover", *yours, f"{yours[0] / mine[0]:.1f} times the time, {yours[1] / mine[1]:.1f} times the memory")
        words = [asked.kadian, "input", *ours[2:]]
        told = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, check=True).stdout
        patch = json.loads(told)["coverage"]["patch"]
        said = work / "diff-cover.json"
        subprocess.run([*theirs, "--format", f"json:{said}"], cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
        their = json.loads(said.read_text())
        assert (patch["covered"], patch["lines"]) == (their["total_num_lines"] - their["total_num_violations"], their["total_num_lines"]), (
            patch["covered"], patch["lines"], their["total_num_lines"], their["total_num_violations"])
        print(f"{'':34} both: {their['total_num_lines'] - their['total_num_violations']} of {their['total_num_lines']} changed lines are covered")
    if not asked.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
