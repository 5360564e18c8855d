#!/usr/bin/env python3
"""Loads the vectors of padding and key derivation, and checks two small functions with them."""
import hmac
import json
import pathlib
import sys


def unpad(data):
    size = data[-1]
    if not 1 <= size <= min(16, len(data)) or data[-size:] != bytes([size]) * size:
        raise ValueError("padding")
    return data[:-size]


def derive_key(key, salt, info, size):
    key, output, block = hmac.digest(salt or bytes(32), key, "sha256"), b"", b""
    for number in range(1, 1 + (size + 31) // 32):
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        output += block
    return output[:size]


def run(operation, given):
    if operation == "unpad":
        return {"data": unpad(bytes.fromhex(given["data"])).hex()}
    return {"key": derive_key(*(bytes.fromhex(given[name]) for name in ("input", "salt", "info")), given["size"]).hex()}


folder = pathlib.Path(sys.argv[1])
failures = 0
lines = "".join((folder / f"{layer}.jsonl").read_text() for layer in ("padding", "key-derivation")).splitlines()
for vector in map(json.loads, lines):
    try:
        answer = run(vector["operation"], vector["input"])
    except (ValueError, IndexError):
        answer = None  # refused
    if answer != vector["output"]:
        print(f"{vector['id']}: {answer}, not {vector['output']}")
        failures += 1
print(f"{len(lines)} vectors checked, {failures} failures")
sys.exit(1 if failures or not lines else 0)
