#!/usr/bin/env python3
"""The page RESULTS.md of a library, from reports of runs against it.

    results.py --doublecheck PROGRAM --library NAME --version VERSION REPORT.json... > RESULTS.md

Each report is the report.json of one `doublecheck certify --client` or `--codec`. Of requirements
that concern security the page gives numbers alone: SECURITY.md says why.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

FAILED = ("fail", "expected-fail", "flaky")
COLUMNS = ("pass", "failed", "warn", "unsupported", "inconclusive")
# What a list of known failures says in the place of a reason, where the requirement concerns
# security.
WITHHELD = "withheld: the requirement concerns security (SECURITY.md)"


def catalogue(program):
    run = subprocess.run([program, "requirements", "--format", "json"], capture_output=True,
                         text=True, timeout=60, check=True)
    return {one["id"]: one for one in json.loads(run.stdout)}


def column(verdict):
    if verdict in FAILED:
        return "failed"
    return "pass" if verdict == "unexpected-pass" else verdict


def observed(case):
    reason = case["expected_fail_reason"]
    return reason if reason and reason != WITHHELD else case["message"]


def one_line(text, limit=240):
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tally(cases):
    lines = ["| Layer | Cases | Pass | Fail | Warn | Unsupported | Inconclusive |",
             "| --- | --: | --: | --: | --: | --: | --: |"]
    layers = collections.defaultdict(collections.Counter)
    for case in cases:
        for key in (case["role"] + " " + case["layer"], "all"):
            layers[key][column(case["verdict"])] += 1
    for name in sorted(layers, key=lambda name: (name == "all", name)):
        counts = layers[name]
        lines.append("| " + " | ".join([name, str(counts.total())] +
                                       [str(counts[one]) for one in COLUMNS]) + " |")
    return lines


def failures(cases, requirements):
    by_requirement = collections.defaultdict(list)
    for case in cases:
        if column(case["verdict"]) in ("failed", "warn", "inconclusive"):
            by_requirement[case["requirements"][0]].append(case)
    lines = []
    counted = collections.Counter()
    security = set()
    for identifier in sorted(by_requirement):
        requirement = requirements[identifier]
        found = by_requirement[identifier]
        if requirement["security"]:
            security.add(identifier)
            for case in found:
                counted[(case["role"], column(case["verdict"]))] += 1
            continue
        lines += ["", f"### {identifier} ({requirement['level'].upper().replace('-', ' ')}, "
                      f"{requirement['evidence']})", "", requirement["text"], ""]
        lines += [f"- `{case['id']}` ({column(case['verdict'])}): {one_line(observed(case))}"
                  for case in found]
    return lines, counted, security


def page(library, version, reports, requirements):
    cases = [case for report in reports for case in report["cases"]]
    dates = sorted({report["started_at"][:10] for report in reports})
    lines = [f"# Results of {library} {version}", "",
             f"Doublecheck {reports[0]['suite_version']}, {' and '.join(dates)}. This page is made by "
             "[results.py](../results.py) from the reports of these commands:", "", "```"]
    for report in reports:
        reproduce = next((case["reproduce"] for case in report["cases"]), "")
        lines.append(reproduce.split(" --filter")[0])
    lines += ["```", "",
              "Any case is run again by itself with `--filter` and its name. A case can be wrong: "
              "[CONTRIBUTING.md](../../../CONTRIBUTING.md#the-suite-is-wrong).", ""]
    lines += tally(cases)
    listed, counted, security = failures(cases, requirements)
    lines += ["", "## What was observed", "",
              "By requirement; those that concern security are only counted, below."] + listed
    lines += ["", "## Requirements that concern security", ""]
    if not counted:
        lines.append("All cases about them pass.")
    for (role, verdict), count in sorted(counted.items()):
        lines.append(f"- {role}: {count} cases: {verdict}")
    if counted:
        lines.append(f"- requirements concerned: {len(security)}")
    return "\n".join(lines) + "\n"


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--doublecheck", required=True, help="the program, for its catalogue")
    parser.add_argument("--library", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("reports", nargs="+", type=pathlib.Path)
    options = parser.parse_args(arguments)
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in options.reports]
    sys.stdout.write(page(options.library, options.version, reports, catalogue(options.doublecheck)))


if __name__ == "__main__":
    main(sys.argv[1:])
