#!/usr/bin/env python3
"""examples_test.py LANGUAGE

Runs the example of one language: on the vectors as they are, which must go well, and on a copy of which
one output is wrong, which must not. Exits with 77 where the language is not installed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
VECTORS = EXAMPLES.parent / "lines"
NOT_INSTALLED = 77

# Tool, and the commands that lead to a check; FOLDER is where the vectors are, TEMPORARY may be written.
COMMANDS = {
    "javascript": ("node", [["node", "check.mjs", "FOLDER"]]),
    "go": ("go", [["go", "run", "check.go", "FOLDER"]]),
    "rust": ("rustc", [["rustc", "--edition", "2021", "-o", "TEMPORARY/check", "check.rs"],
                       ["TEMPORARY/check", "FOLDER"]]),
    "python": (sys.executable, [[sys.executable, "check.py", "FOLDER"]]),
}
# A layer that the example reads.
LAYERS = {"javascript": "key-agreement", "go": "participant-hash", "rust": "padding", "python": "key-derivation"}


def run(language, folder, temporary):
    for command in COMMANDS[language][1]:
        words = [word.replace("FOLDER", str(folder)).replace("TEMPORARY", str(temporary)) for word in command]
        done = subprocess.run(words, cwd=EXAMPLES / language, capture_output=True, text=True, timeout=240)
        if done.returncode != 0:
            break
    return done


def plant(path):
    """Changes a character of the first output that can be changed."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for i, line in enumerate(lines):
        wrong = re.sub(r'("output":\{"\w+":"[^"]*)([0-9a-zA-Z])"',
                       lambda match: f'{match[1]}{"1" if match[2] != "1" else "2"}"', line)
        if wrong != line:
            lines[i] = wrong
            path.write_text("".join(lines), encoding="utf-8")
            return
    sys.exit(f"nothing to change in {path}")


def main():
    language = sys.argv[1]
    if shutil.which(COMMANDS[language][0]) is None:
        print(f"{COMMANDS[language][0]} is not installed")
        return 1 if os.environ.get("DOUBLECHECK_REQUIRE_INTEROP") == "1" else NOT_INSTALLED
    with tempfile.TemporaryDirectory() as temporary:
        genuine = run(language, VECTORS, temporary)
        print(genuine.stdout, genuine.stderr)
        if genuine.returncode != 0:
            return 1
        copy = Path(temporary) / "lines"
        shutil.copytree(VECTORS, copy)
        plant(copy / f"{LAYERS[language]}.jsonl")
        spoiled = run(language, copy, temporary)
        print(spoiled.stdout, spoiled.stderr)
        if spoiled.returncode == 0 or "1 failures" not in spoiled.stdout:
            print("a wrong vector was not noticed")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
