#!/usr/bin/env python3
"""Tests of catalogue.py, and of every file of the catalogue: catalogue_test.py --protoc PATH."""

import argparse
import subprocess
import sys
import unittest
from pathlib import Path

import catalogue

DIRECTORY = Path(__file__).resolve().parent
FILES = sorted(DIRECTORY.glob("*.textproto"))
PROTOC = "protoc"

REQUIREMENT = """\
layer: "sample"

# A comment.
requirement {
  id: "SAMPLE-01"
  level: MUST
  role: CLIENT
  text: "A client MUST say \\"please\\" "
    "and wait."
  source: "this suite's choice"
  evidence: PROFILE
  observe: "it does not"
  triage: CASE
}
"""


def parse(text):
    return catalogue.parse("sample.textproto", text)


def protoc_accepts(text):
    run = subprocess.run(
        [PROTOC, f"--proto_path={DIRECTORY}", "--encode=doublecheck.requirements.Catalogue", "requirement.proto"],
        input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return run.returncode == 0, run.stderr.decode()


class Parser(unittest.TestCase):
    def test_a_requirement(self):
        requirements, retired = parse(REQUIREMENT + 'retired: "SAMPLE-02"\n')
        self.assertEqual(len(requirements), 1)
        requirement = requirements[0]
        self.assertEqual((requirement.layer, requirement.line), ("sample", 4))
        self.assertEqual(requirement.id, "SAMPLE-01")
        self.assertEqual(requirement.text, 'A client MUST say "please" and wait.')
        self.assertIs(requirement.security, False)
        self.assertEqual(requirement.note, "")
        self.assertEqual(retired, ["SAMPLE-02"])
        self.assertTrue(protoc_accepts(REQUIREMENT)[0])

    def check_refused(self, old, new, line, words):
        self.assertIn(old, REQUIREMENT)
        with self.assertRaises(catalogue.CatalogueError) as raised:
            requirements, retired = parse(REQUIREMENT.replace(old, new, 1))
            catalogue.check_ids(requirements, set(retired))
        self.assertIn(f"sample.textproto:{line}: ", str(raised.exception))
        self.assertIn(words, str(raised.exception))

    def test_what_is_not_a_line_of_a_catalogue(self):
        self.check_refused("  level: MUST", "  level MUST", 6, "cannot read")
        self.check_refused("  level: MUST", "  level: must", 6, "none of")
        self.check_refused("  level: MUST", "  urgency: MUST", 6, "unknown field")
        self.check_refused("  level: MUST", "  id: \"SAMPLE-02\"", 6, "a second id")
        self.check_refused("  level: MUST", "  security: maybe", 6, "true or false")
        self.check_refused('    "and wait."', "    and wait.", 9, "cannot read")
        self.check_refused('    "and wait."', '    "and " wait."', 9, "not a string")
        self.check_refused("  role: CLIENT", '    "CLIENT"', 7, "continues nothing")
        self.check_refused('layer: "sample"', 'layer: "other"', 1, "another name")
        self.check_refused('layer: "sample"', "", 4, "name comes first")
        self.check_refused("triage: CASE\n}", "triage: CASE", 14, "not closed")
        self.check_refused("triage: CASE\n}", "triage: CASE\n}\n}", 15, "nothing is open")
        self.check_refused("  level: MUST", "requirement {", 6, "inside")

    def test_what_is_not_a_requirement(self):
        self.check_refused("  level: MUST\n", "", 4, "no level")
        self.check_refused("  triage: CASE\n", "", 4, "untriaged")
        self.check_refused("  source: \"this suite's choice\"\n", "", 4, "no source")
        self.check_refused("this suite's choice", "", 4, "no source")
        self.check_refused("SAMPLE-01", "SAMPLE-1", 4, "looks like")
        self.check_refused("please", "  please", 4, "doubled")
        self.check_refused("and wait.", "and wait", 4, "full stop")
        self.check_refused("level: MUST", "level: SHOULD", 4, "keyword")
        self.check_refused("client MUST say", "client says", 4, "keyword")
        self.check_refused("triage: CASE", "triage: PLANNED", 4, "a note")
        self.check_refused("triage: CASE", "triage: UNTESTABLE", 4, "a note")
        self.check_refused("triage: CASE", "triage: OUT_OF_SCOPE", 4, "a note")
        self.check_refused("triage: CASE", 'triage: CASE\n  note: "later"', 4, "a note")
        self.check_refused("triage: CASE", "triage: CONTESTED", 4, "go together")
        self.check_refused("triage: CASE", 'triage: CASE\n  contested: "please: yes|no"', 4, "go together")
        self.check_refused("triage: CASE", 'triage: CONTESTED\n  contested: "please: yes"', 4, "choice|choice")

    def test_ids_are_unique_and_stay_retired(self):
        again = REQUIREMENT[REQUIREMENT.index("requirement"):]
        self.check_refused("}\n", "}\n" + again, 15, "taken by sample.textproto:4")
        self.check_refused("# A comment.", 'retired: "SAMPLE-01"', 4, "retired")

    def test_a_switch_has_one_set_of_choices(self):
        first = REQUIREMENT.replace("triage: CASE", 'triage: CONTESTED\n  contested: "please: yes|no"')
        second = first[first.index("requirement"):].replace("SAMPLE-01", "SAMPLE-02")
        catalogue.check_ids(parse(first + second)[0], set())
        with self.assertRaisesRegex(catalogue.CatalogueError, r"SAMPLE-02: switch please"):
            catalogue.check_ids(parse(first + second.replace("yes|no", "yes|no|maybe"))[0], set())


class Files(unittest.TestCase):
    def test_the_catalogue_loads(self):
        self.assertTrue(FILES)
        self.assertTrue(catalogue.load(FILES))

    def test_protoc_reads_every_file(self):
        for file in FILES:
            with self.subTest(file.name):
                accepted, message = protoc_accepts(file.read_text(encoding="utf-8"))
                self.assertTrue(accepted, message)

    def test_protoc_knows_the_same_fields_and_enumerators(self):
        schema = (DIRECTORY / "requirement.proto").read_text(encoding="utf-8")
        for name in catalogue.STRINGS + catalogue.BOOLS + tuple(catalogue.ENUMS):
            self.assertRegex(schema, rf"\b{name} = \d+")
        for values in catalogue.ENUMS.values():
            for value in values:
                self.assertRegex(schema, rf"\b{value} = \d+;")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--protoc", default=PROTOC)
    arguments, rest = parser.parse_known_args()
    PROTOC = arguments.protoc
    unittest.main(argv=[sys.argv[0], *rest])
