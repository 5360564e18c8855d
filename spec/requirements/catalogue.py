"""Reads the catalogue of requirements: the subset of protobuf's text format that its files are written in.

A file is a sequence of lines, each of them one of

    layer: "transport"          a field: an enumerator, true, false, or a string
          "continued"           more of the string on the line before
    requirement {               opens a requirement
    }                           closes it
    # …                         a comment, on a line of its own

Whatever protoc would accept beyond that, or this module beyond protoc, is an error: catalogue_test.py feeds every file
to both. The fields are those of requirement.proto.
"""

import re
from dataclasses import dataclass
from pathlib import Path

LEVELS = ("MUST", "MUST_NOT", "SHOULD", "SHOULD_NOT", "MAY")
ROLES = ("CLIENT", "SERVER", "BOTH", "CODEC")
EVIDENCE = ("PUBLISHED", "OBSERVED_MANY", "OBSERVED_ONE", "PROFILE")
TRIAGE = ("CASE", "PLANNED", "UNTESTABLE", "OUT_OF_SCOPE", "CONTESTED")

ENUMS = {"level": LEVELS, "role": ROLES, "evidence": EVIDENCE, "triage": TRIAGE}
BOOLS = ("security",)
STRINGS = ("id", "text", "rationale", "source", "observe", "note", "contested")
REQUIRED = ("id", "level", "role", "text", "source", "evidence", "observe", "triage")
WITHOUT_CASE = ("PLANNED", "UNTESTABLE", "OUT_OF_SCOPE")

ID = re.compile(r"[A-Z]+-[0-9]{2,3}")
CONTESTED = re.compile(r"[a-z0-9-]+: [a-z0-9-]+(\|[a-z0-9-]+)+")
KEYWORD = re.compile(r"MUST NOT|MUST|SHOULD NOT|SHOULD|MAY")

_STRING = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_FIELD = re.compile(r"([a-z_]+): (.+)")


class CatalogueError(Exception):
    """Something in a file is wrong; the text begins with file:line."""


@dataclass
class Requirement:
    file: str
    line: int
    layer: str
    fields: dict  # name -> str, or bool for `security`

    def __getattr__(self, name):
        if name in BOOLS:
            return self.fields.get(name, False)
        if name in STRINGS or name in ENUMS:
            return self.fields.get(name, "")
        raise AttributeError(name)

    def error(self, text):
        return CatalogueError(f"{self.file}:{self.line}: {self.id or 'requirement'}: {text}")


class _Parser:
    def __init__(self, path, text):
        self.path = path
        self.number = 0
        self.text = text
        self.layer = None
        self.retired = []
        self.requirements = []

    def error(self, text):
        return CatalogueError(f"{self.path}:{self.number}: {text}")

    def parse(self):
        current = None  # the open requirement
        string = None  # (fields, name) of the field that a string on its own line continues
        for self.number, line in enumerate(self.text.split("\n"), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                string = None
            elif line.startswith('"'):
                if string is None:
                    raise self.error("a string that continues nothing")
                fields, name = string
                fields[name] += self.string(line)
            elif line == "requirement {":
                if current is not None:
                    raise self.error("a requirement inside a requirement")
                if self.layer is None:
                    raise self.error("the layer's name comes first")
                current, string = Requirement(self.path, self.number, self.layer, {}), None
            elif line == "}":
                if current is None:
                    raise self.error("nothing is open here")
                self.requirements.append(current)
                current, string = None, None
            else:
                match = _FIELD.fullmatch(line)
                if match is None:
                    raise self.error(f"cannot read: {line}")
                name, value = match.groups()
                if current is None:
                    string = self.catalogue_field(name, value)
                else:
                    string = self.field(current.fields, name, value)
        if current is not None:
            raise self.error(f"the requirement of line {current.line} is not closed")
        if self.layer is None:
            raise self.error("no layer")

    def string(self, literal):
        match = _STRING.fullmatch(literal)
        if match is None:
            raise self.error(f"not a string: {literal}")
        return re.sub(r"\\(.)", r"\1", match.group(1))

    def catalogue_field(self, name, value):
        if name == "layer":
            if self.layer is not None:
                raise self.error("a second layer")
            self.layer = self.string(value)
            if self.layer != Path(self.path).stem:
                raise self.error(f"layer {self.layer} in a file of another name")
        elif name == "retired":
            self.retired.append(self.string(value))
        else:
            raise self.error(f"unknown field {name}")

    def field(self, fields, name, value):
        if name in fields:
            raise self.error(f"a second {name}")
        if name in ENUMS:
            if value not in ENUMS[name]:
                raise self.error(f"{name} is none of {', '.join(ENUMS[name])}")
            fields[name] = value
        elif name in BOOLS:
            if value not in ("true", "false"):
                raise self.error(f"{name} is true or false")
            fields[name] = value == "true"
        elif name in STRINGS:
            fields[name] = self.string(value)
            return fields, name
        else:
            raise self.error(f"unknown field {name}")
        return None


def _check(requirement):
    for name in REQUIRED:
        if not requirement.fields.get(name):
            raise requirement.error(f"no {name}" if name != "triage" else "untriaged")
    if not ID.fullmatch(requirement.id):
        raise requirement.error("an id looks like FRAME-03")
    for name in STRINGS:
        value = requirement.fields.get(name)
        if value is not None and (value != value.strip() or "  " in value or not value):
            raise requirement.error(f"{name} is empty, or has blanks at an end or doubled")
    if not requirement.text.endswith("."):
        raise requirement.error("the text is a sentence and ends with a full stop")
    keyword = KEYWORD.search(requirement.text)
    if keyword is None or keyword.group().replace(" ", "_") != requirement.level:
        raise requirement.error(f"the first keyword of the text is not {requirement.level}")
    if (requirement.triage in WITHOUT_CASE) != bool(requirement.note):
        raise requirement.error("a note, and only it, says why or until when there is no case")
    if (requirement.triage == "CONTESTED") != bool(requirement.contested):
        raise requirement.error("CONTESTED and a switch go together")
    if requirement.contested and not CONTESTED.fullmatch(requirement.contested):
        raise requirement.error("a switch is written `name: choice|choice`")


def parse(path, text):
    """The requirements of one file and the ids that it retires; raises CatalogueError."""
    parser = _Parser(path, text)
    parser.parse()
    for requirement in parser.requirements:
        _check(requirement)
    return parser.requirements, parser.retired


def check_ids(requirements, retired):
    """Ids are unique, retired ones stay away, and one switch has one set of choices."""
    seen = {}
    for requirement in requirements:
        if requirement.id in seen:
            first = seen[requirement.id]
            raise requirement.error(f"the id is taken by {first.file}:{first.line}")
        if requirement.id in retired:
            raise requirement.error("the id was retired")
        seen[requirement.id] = requirement
    switches = {}
    for requirement in requirements:
        if requirement.contested:
            name, choices = requirement.contested.split(": ")
            if switches.setdefault(name, choices) != choices:
                raise requirement.error(f"switch {name} has the choices {switches[name]} elsewhere")


def load(paths):
    """Every requirement of these files, ordered by file name and place; raises CatalogueError."""
    requirements, retired = [], []
    for path in sorted(paths, key=lambda path: Path(path).name):
        of_file, retired_of_file = parse(str(path), Path(path).read_text(encoding="utf-8"))
        requirements += of_file
        retired += retired_of_file
    check_ids(requirements, set(retired))
    return requirements
