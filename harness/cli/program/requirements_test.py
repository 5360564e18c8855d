#!/usr/bin/env python3
"""`doublecheck requirements` as a user types it: PROGRAM is its only argument."""

import difflib
import json
import pathlib
import subprocess
import sys
import unittest

PROGRAM = ""
ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = ROOT / "spec" / "requirements" / "README.md"


def requirements(*arguments):
    return subprocess.run([PROGRAM, "requirements", *arguments], capture_output=True, text=True,
                          timeout=60, check=False)


def listed(*arguments):
    run = requirements("--format", "json", *arguments)
    if run.returncode != 0:
        raise AssertionError(run.stdout + run.stderr)
    return json.loads(run.stdout)


class Page(unittest.TestCase):
    def test_the_committed_page_is_what_the_program_prints(self):
        printed = requirements("--format", "markdown").stdout
        committed = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if printed != committed:
            difference = list(difflib.unified_diff(
                committed.splitlines(), printed.splitlines(), "committed", "printed", lineterm="", n=0))
            self.fail("\n".join(difference[:20]) + "\n\nspec/requirements/README.md is out of date. "
                      f"At the top of the repository, run\n\n"
                      f"    {PROGRAM} requirements --format markdown > spec/requirements/README.md\n")


class Filters(unittest.TestCase):
    def check_filter(self, option, value, member, expected):
        found = listed(option, value)
        self.assertTrue(found)
        self.assertEqual({each[member] for each in found}, {expected})
        self.assertLess(len(found), len(listed()))

    def test_each_narrows_the_list(self):
        self.check_filter("--layer", "noise", "layer", "noise")
        self.check_filter("--role", "codec", "role", "codec")
        self.check_filter("--level", "must-not", "level", "must-not")
        self.check_filter("--level", "MUST-NOT", "level", "must-not")
        self.check_filter("--evidence", "observed-one", "evidence", "observed-one")
        for status in ("tested", "planned", "untestable", "out-of-scope", "contested"):
            self.check_filter("--status", status, "status", status)

    def test_security(self):
        self.assertTrue(all(each["security"] for each in listed("--security")))

    def test_they_are_combined(self):
        found = listed("--layer", "noise", "--role", "client", "--security", "--status", "tested")
        self.assertIn("CERT-01", [each["id"] for each in found])
        self.assertTrue(all(each["cases"] for each in found))

    def test_search(self):
        self.assertIn("KEEP-02", [each["id"] for each in listed("--search", "PING CHILD")])

    def test_one(self):
        run = requirements("KEEP-02")
        self.assertEqual(run.returncode, 0)
        self.assertIn("checked by server/keepalive/ping_is_answered_once", run.stdout)
        self.assertNotIn("KEEP-03", run.stdout)

    def test_nothing_found_is_an_error(self):
        for arguments in (["KEEP-00"], ["--search", "no such words anywhere"]):
            run = requirements(*arguments)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn("nothing matches", run.stderr)

    def test_an_unknown_value_is_an_error_that_names_the_known_ones(self):
        for option, known in (("--layer", "app_state"), ("--role", "codec"), ("--level", "must-not"),
                              ("--evidence", "profile"), ("--status", "out-of-scope"),
                              ("--format", "markdown")):
            run = requirements(option, "nonsense")
            self.assertEqual(run.returncode, 2, option)
            self.assertIn("nonsense", run.stderr)
            self.assertIn(known, run.stderr)


class Forms(unittest.TestCase):
    def test_every_requirement_has_a_status_and_a_reason(self):
        for each in listed():
            with self.subTest(each["id"]):
                reason = {"tested": each["cases"] or each["vectors"], "contested": each["contested"]}
                self.assertTrue(reason.get(each["status"], each["note"]))

    def test_summary(self):
        counts = json.loads(requirements("--summary", "--format", "json").stdout)
        self.assertEqual(counts["all"]["all"], len(listed()))
        self.assertEqual(sum(layer["all"] for layer in counts["layers"].values()), counts["all"]["all"])
        self.assertEqual(counts["all"]["planned"]["must"],
                         len(listed("--status", "planned", "--level", "must")) +
                         len(listed("--status", "planned", "--level", "must-not")))
        text = requirements("--summary").stdout
        self.assertRegex(text, r"(?m)^noise +\d+")
        self.assertRegex(text, r"(?m)^MUST +\d+: \d+ tested, \d+ planned")

    def test_summary_of_a_selection(self):
        counts = json.loads(requirements("--summary", "--layer", "noise", "--format", "json").stdout)
        self.assertEqual(list(counts["layers"]), ["noise"])
        self.assertEqual(counts["all"]["all"], len(listed("--layer", "noise")))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
