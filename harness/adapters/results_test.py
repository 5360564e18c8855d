#!/usr/bin/env python3
"""What is published of third-party libraries: PROGRAM is the only argument."""

import json
import pathlib
import sys
import unittest

import results

PROGRAM = ""
HERE = pathlib.Path(__file__).resolve().parent


def case(identifier, requirement, verdict, message="what was seen"):
    return {"id": identifier, "layer": identifier.split("/")[1], "role": identifier.split("/")[0],
            "requirements": [requirement], "verdict": verdict, "message": message,
            "expected_fail_reason": "", "reproduce": "doublecheck certify --client x --filter y"}


class Page(unittest.TestCase):
    def setUp(self):
        self.requirements = results.catalogue(PROGRAM)
        self.assertTrue(self.requirements["CERT-01"]["security"])
        self.assertFalse(self.requirements["STANZA-73"]["security"])

    def page_of(self, *cases):
        report = {"suite_version": "0", "started_at": "2026-01-02T03:04:05Z", "cases": list(cases)}
        return results.page("A library", "1.0", [report], self.requirements)

    def test_a_failure_is_described(self):
        page = self.page_of(case("client/acks/one", "STANZA-73", "fail", "no ack | of <it>"))
        self.assertIn("### STANZA-73", page)
        self.assertIn("- `client/acks/one` (failed): no ack \\| of &lt;it>", page)

    def test_of_security_there_are_numbers_alone(self):
        page = self.page_of(case("client/certificates/one", "CERT-01", "fail"),
                            case("client/certificates/two", "CERT-01", "expected-fail"))
        for text in ("CERT-01", "certificates/one", "what was seen"):
            self.assertNotIn(text, page)
        self.assertIn("- client: 2 cases: failed", page)

    def test_every_case_is_counted_once(self):
        page = self.page_of(case("client/acks/one", "STANZA-73", "pass"),
                            case("client/acks/two", "STANZA-73", "warn"),
                            case("codec/node/three", "STANZA-73", "unsupported"))
        self.assertIn("| all | 3 | 1 | 0 | 1 | 1 | 0 |", page)


class KnownFailures(unittest.TestCase):
    def test_no_reason_is_given_where_security_is_concerned(self):
        requirements = results.catalogue(PROGRAM)
        lists = sorted(HERE.glob("*/expected*.json"))
        self.assertGreaterEqual(len(lists), 4)
        for path in lists:
            for one in json.loads(path.read_text(encoding="utf-8"))["expected"]:
                withheld = one["reason"] == results.WITHHELD
                self.assertEqual(withheld, requirements[one["requirement"]]["security"],
                                 f"{path.parent.name}/{path.name}: {one['case']}")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
