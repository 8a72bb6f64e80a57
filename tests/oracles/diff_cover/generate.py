"""Changes and reports with what diff-cover makes of them, for tests/suites/diff_cover.rs to agree with.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install diff-cover==11.0.1
    /tmp/oracle/bin/python tests/oracles/diff_cover/generate.py | gzip -9n > tests/oracles/diff_cover/pairs.jsonl.gz

One pair a line: `base` and `head` are the files of two commits, `reports` the format and text of each report, `trap` the deliberate
difference of docs/coverage.md that the pair is made for, or null. `expect` is diff-cover's word: of each file the covered and
uncovered lines, and the percentage in total. git is run as diff-cover runs it; the numbers come from its own report generator.
"""

import json
import os
import random
import subprocess
import tempfile

from diff_cover import diff_cover_tool, report_generator
from diff_cover.diff_reporter import GitDiffReporter
from diff_cover.git_diff import GitDiffTool
from diff_cover.git_path import GitPathTool

SEED = 20261122
FORMATS = ["lcov", "cobertura", "jacoco", "clover"]
PLAIN = 132  # of each format
TRAPS = {
    "lcov": ["branch-lines", "function-lines", "hits-cancel", "grouping"],
    "cobertura": ["method-lines"],
    "clover": ["uncounted-conditions", "vendored-copy"],
}
EVERYWHERE = ["listed-elsewhere", "last-line", "b-in-path", "nothing-measured"]
OF_EACH_TRAP = 6
BLANKS = ["", "}", "    return None", ""]


def git(*words, data=None):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *words], input=data, check=True, capture_output=True, env=environment).stdout.decode()


def commit(files, parent):
    """A commit of exactly these files, without touching a working tree."""
    git("read-tree", "--empty")
    entries = ""
    for path, text in files.items():
        blob = git("hash-object", "-w", "--stdin", data=text.encode()).strip()
        entries += f"100644 {blob}\t{path}\0"
    git("update-index", "-z", "--index-info", data=entries.encode())
    tree = git("write-tree").strip()
    who = ["-c", "user.name=Mei", "-c", "user.email=mei@example.com"]
    return git(*who, "commit-tree", tree, "-m", "x", *(["-p", parent] if parent else [])).strip()


class Maker:
    def __init__(self, dice, form):
        self.dice, self.form, self.fresh = dice, form, 0

    def line(self):
        if self.dice.random() < 0.25:
            return self.dice.choice(BLANKS)
        self.fresh += 1
        return f"v{self.fresh} = {self.fresh * 7 % 31}"

    def path(self, number, trap):
        name = self.dice.choice(["pay", "Order", "x", "util"]) + str(number)
        folder = self.dice.choice(["core", "api", "api/v1"])
        if trap == "b-in-path":
            folder = "a b"
        return {
            "lcov": f"src/{folder}/{name}.c",
            "cobertura": f"src/{folder}/{name}.py",
            "jacoco": f"src/main/java/{folder}/{name}.java",
            "clover": f"lib/{folder}/{name}.php",
        }[self.form]

    def edited(self, lines):
        lines = list(lines)
        for _ in range(self.dice.randint(1, 4)):
            place = self.dice.choice([0, len(lines), self.dice.randint(0, len(lines))])
            kind = self.dice.choice("insert delete replace move".split())
            count = self.dice.randint(1, 3)
            if kind == "insert":
                lines[place:place] = [self.line() for _ in range(count)]
            elif kind == "delete" and len(lines) > count:
                del lines[max(0, place - count) : place]
            elif kind == "replace":
                start = max(0, place - count)
                lines[start:place] = [self.line() for _ in range(place - start)]
            elif kind == "move" and len(lines) > 4:
                block = lines[:2]
                lines = lines[2:] + block
        return lines

    def text(self, lines, ended=True):
        return "\n".join(lines) + ("\n" if ended and lines else "")

    def change(self, trap):
        """The files of both commits, as lists of lines, and those whose last line has no end on the base and at the head."""
        if trap == "grouping":
            # Without context git leaves out the common end, in blocks of 1 KiB, before it looks where an insertion belongs.
            lines = [self.line() for _ in range(5)] + ["}"] * self.dice.randint(900, 1200)
            path = self.path(0, trap)
            return {path: lines}, {path: [*lines, "}", "}"]}, set(), set()
        base, head, open_base, open_head = {}, {}, set(), set()
        for number in range(self.dice.randint(1, 4)):
            path = self.path(number, trap)
            lines = [self.line() for _ in range(self.dice.randint(2, 24))]
            kind = self.dice.choice("edit edit edit edit add delete rename move keep".split())
            if trap in ("last-line", "b-in-path"):
                kind = "edit"
            if kind != "add":
                base[path] = lines
            if kind in ("edit", "add"):
                head[path] = self.edited(lines) if kind == "edit" else lines
            elif kind == "keep":
                head[path] = lines
            elif kind == "rename":
                head[self.path(number + 10, trap)] = lines
            elif kind == "move":
                head[self.path(number + 10, trap)] = self.edited(lines)
            if self.dice.random() < 0.2 and path in head and head[path]:
                open_head.add(path)
            if trap == "last-line":
                # A last line that had no end and is another one now, with more before it.
                base[path] = [*lines, f"last{number}"]
                head[path] = [*lines, f"other{number}", f"more{number}"]
                open_base.add(path)
        return base, head, open_base, open_head

    def measured(self, head, trap):
        """Of each measured file its lines with their hits."""
        found = {}
        if trap == "grouping":
            return {path: {at: at % 2 for at in [*range(1, len(lines), 40), len(lines) - 1, len(lines)]} for path, lines in head.items()}
        for path, lines in head.items():
            if self.dice.random() < 0.85 or trap == "last-line":
                share = self.dice.choice([0.4, 0.8, 1.0])
                found[path] = {
                    at: self.dice.choice([0, 0, 1, 1, 7]) for at in range(1, len(lines) + 1) if self.dice.random() < share
                }
        return found

    def report(self, measured, trap):
        return getattr(self, self.form)(measured, trap)

    def twice(self, hits):
        """A second part of some lines of the same file."""
        if self.dice.random() < 0.8:
            return {}
        return {at: self.dice.choice([0, 1]) for at in hits if self.dice.random() < 0.5}

    def lcov(self, measured, trap):
        out = ""
        for path, hits in measured.items():
            for part in filter(None, [hits, self.twice(hits)]):
                rows = [f"DA:{at},{count}" for at, count in part.items()]
                if trap == "hits-cancel" and part is hits:
                    rows += [f"DA:{at},-{count}" for at, count in part.items() if count]
                    found, hit = len(part), sum(1 for count in part.values() if count)
                else:
                    found, hit = len(part), sum(1 for count in part.values() if count)
                head = [f"TN:", f"SF:{path}"]
                if trap == "function-lines":
                    last = max(hits) + 1
                    head += [f"FN:{at},f{at}" for at in range(1, last) if at not in hits]
                    head += [f"FNDA:{at % 2},f{at}" for at in range(1, last) if at not in hits]
                elif self.dice.random() < 0.3:
                    first = min(part)
                    head += [f"FN:{first},main", f"FNDA:{part[first]},main", "FNF:1", f"FNH:{int(part[first] > 0)}"]
                if trap == "branch-lines":
                    # Beside the measured lines, and taken on lines without hits.
                    lines = [at for at in range(1, max(hits) + 1) if at not in hits or not hits[at]]
                    head += [f"BRDA:{at},0,{branch},{branch}" for at in lines for branch in (0, 1)]
                elif self.dice.random() < 0.3:
                    ran = [at for at, count in part.items() if count]
                    head += [f"BRDA:{at},0,{branch},{branch}" for at in ran for branch in (0, 1)]
                sums = [f"LF:{found}", f"LH:{hit}"] if self.dice.random() < 0.5 else []
                out += "\n".join([*head, *rows, *sums, "end_of_record"]) + "\n"
        return out

    def cobertura(self, measured, trap):
        below = self.dice.random() < 0.5
        classes = ""
        for path, hits in measured.items():
            name = path.removeprefix("src/") if below else path
            for part in filter(None, [hits, self.twice(hits)]):
                rows = "".join(f'<line number="{at}" hits="{count}"/>' for at, count in part.items())
                methods = ""
                if trap == "method-lines":
                    last = max(hits) + 1
                    methods = "".join(f'<line number="{at}" hits="0"/>' for at in range(1, last) if at not in hits)
                    methods = f'<method name="m"><lines>{methods}</lines></method>'
                elif self.dice.random() < 0.3:
                    # The same lines again, not always with the same hits.
                    methods = "".join(f'<line number="{at}" hits="{count // 2}"/>' for at, count in part.items())
                    methods = f'<method name="m"><lines>{methods}</lines></method>'
                classes += f'<class name="c" filename="{name}"><methods>{methods}</methods><lines>{rows}</lines></class>'
        source = "<sources><source>src</source></sources>" if below else ""
        return f'<coverage version="1">{source}<packages><package name="p"><classes>{classes}</classes></package></packages></coverage>'

    def jacoco(self, measured, trap):
        out = ""
        for path, hits in measured.items():
            package, name = os.path.split(path.removeprefix("src/main/java/"))
            for part in filter(None, [hits, self.twice(hits)]):
                rows = "".join(f'<line nr="{at}" mi="{1 - min(count, 1)}" ci="{count}" mb="0" cb="0"/>' for at, count in part.items())
                ran = sum(1 for count in part.values() if count)
                rows += f'<counter type="LINE" missed="{len(part) - ran}" covered="{ran}"/>'
                out += f'<package name="{package}"><sourcefile name="{name}">{rows}</sourcefile></package>'
        return f'<report name="r"><sessioninfo id="s" start="1" dump="2"/>{out}</report>'

    def clover(self, measured, trap):
        out = ""
        prefix = "/ci/work/" if self.dice.random() < 0.5 else ""
        if trap == "vendored-copy":
            prefix = "/ci/work/"
        for path, hits in measured.items():
            for part in filter(None, [hits, self.twice(hits)]):
                rows = ""
                for at, count in part.items():
                    kind = self.dice.choice(["stmt", "stmt", "method"])
                    rows += f'<line num="{at}" type="{kind}" count="{count}"/>'
                    if trap == "uncounted-conditions" and count:
                        rows += f'<line num="{at}" type="cond" truecount="{count}" falsecount="0"/>'
                out += f'<file name="{prefix}{path}">{rows}</file>'
                if trap == "vendored-copy":
                    rows = rows.replace('count="0"', 'count="1"') if self.dice.random() < 0.5 else rows.replace('count="1"', 'count="0"')
                    out += f'<file name="/ci/work/vendor/{path}">{rows}</file>'
        return f'<coverage generated="1"><project timestamp="1">{out}</project></coverage>'

    def reports(self, measured, trap):
        measured = {path: hits for path, hits in measured.items() if hits}
        if trap == "listed-elsewhere":
            parts = [dict(measured), {}]
            for path, hits in measured.items():
                parts[1][path] = {at: count for at, count in hits.items() if count} or {1: 1}
        elif self.dice.random() < 0.7:
            parts = [measured]
        elif self.dice.random() < 0.5:
            parts = [{}, {}]
            for path, hits in measured.items():
                self.dice.choice(parts)[path] = hits
        else:
            other = {path: {at: self.dice.choice([0, 1, 2]) for at in hits} for path, hits in measured.items()}
            parts = [measured, other]
        return [self.report(part, trap) for part in parts if part]


def judged(form, reports, base):
    """What diff-cover says of HEAD."""
    paths = []
    for number, text in enumerate(reports):
        path = f"../report{number}.{'info' if form == 'lcov' else 'xml'}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        paths.append(path)
    seen = []

    class Seen(report_generator.JsonReportGenerator):
        def generate_report(self, output_file):
            seen.append(self)
            super().generate_report(output_file)

    diff_cover_tool.JsonReportGenerator = Seen
    diff_cover_tool.generate_coverage_report(
        paths,
        base,
        GitDiffTool("...", False),
        report_formats={"json": os.devnull},
        ignore_staged=True,
        ignore_unstaged=True,
        src_roots=["src/main/java", ""],
        quiet=True,
    )
    [report] = seen
    files = {path: [report.covered_lines(path), report.violation_lines(path)] for path in sorted(report.src_paths())}
    return {"files": files, "percent": report.total_percent_covered()}


def added(context, base):
    """The added lines of HEAD as git groups them with so many lines of context."""
    diff = GitDiffReporter(base, git_diff=GitDiffTool("...", False))
    diff_text = git("diff", "--no-color", "--no-ext-diff", f"-U{context}", f"{base}...HEAD")
    found = {}
    for path, (lines, _) in diff._parse_diff_str(diff_text).items():
        found[path] = lines
    return found


def pair(dice, form, trap):
    maker = Maker(dice, form)
    while True:
        base, head, open_base, open_head = maker.change(trap)
        measured = maker.measured(head, trap)
        if trap == "nothing-measured":
            measured = {maker.path(99, None): {1: 1}}
        reports = maker.reports(measured, trap)
        if reports:
            break
    texts = [
        {path: maker.text(lines, path not in unended) for path, lines in files.items()}
        for files, unended in [(base, open_base), (head, open_head)]
    ]
    base_commit = commit(texts[0], None)
    git("update-ref", "--no-deref", "HEAD", commit(texts[1], base_commit))
    expect = judged(form, reports, base_commit)
    if (added(0, base_commit) != added(3, base_commit)) != (trap == "grouping"):
        raise ValueError(f"git groups the lines of a pair for {trap} otherwise than meant")
    return {"format": form, "trap": trap, "base": texts[0], "head": texts[1], "reports": reports, "expect": expect}


def main():
    dice = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/repo")
        os.chdir(f"{folder}/repo")
        git("init", "-q", "-b", "main")
        git("checkout", "-q", "--orphan", "topic")
        first = commit({}, None)
        git("checkout", "-q", "--detach", first)
        GitPathTool.set_cwd(os.getcwd())
        for form in FORMATS:
            traps = [None] * PLAIN + [trap for trap in TRAPS.get(form, []) + EVERYWHERE for _ in range(OF_EACH_TRAP)]
            for trap in traps:
                print(json.dumps(pair(dice, form, trap), separators=(",", ":")))


if __name__ == "__main__":
    main()
