#!/usr/bin/env python3
"""Checks the vector files as far as the standard library can.

They are complete, consistent with themselves and with the catalogue of requirements, and what needs no
more than hashes comes out as they say. The JSON Schemas in schema/ say the rest, for whoever has a validator.
"""

import base64
import hashlib
import hmac
import json
import sys
import unittest
import zlib
from collections import Counter
from pathlib import Path

DIRECTORY = Path(__file__).resolve().parent
REQUIREMENTS = DIRECTORY.parents[1] / "spec" / "requirements"
sys.path.insert(0, str(REQUIREMENTS))
import catalogue  # noqa: E402



def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


FILES = {path.stem: read(path) for path in sorted(DIRECTORY.glob("*.json"))}


def case_lists(file):
    return [value for name, value in file.items() if name == "cases" or name.endswith("_cases")]


def objects(value):
    """Every JSON object inside `value`, itself included."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def expand(expression):
    """The bytes that an expression of nodes.json or nodes-invalid.json stands for."""
    if isinstance(expression, str):
        return bytes.fromhex(expression)
    if isinstance(expression, list):
        return b"".join(map(expand, expression))
    if "zlib" in expression:
        return zlib.compress(expand(expression["zlib"]), expression["level"])
    return expand(expression["repeat"]) * expression["count"]


def pattern(length):
    """Byte i is i mod 256."""
    return (bytes(range(256)) * (length // 256 + 1))[:length]


def hkdf(ikm, salt, info, length):
    key = hmac.digest(salt or bytes(32), ikm, "sha256")
    output, block = b"", b""
    while len(output) < length:
        block = hmac.digest(key, block + info + bytes([len(output) // 32 + 1]), "sha256")
        output += block
    return output[:length]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class EveryFile(unittest.TestCase):
    def test_there_are_files(self):
        self.assertGreaterEqual(len(FILES), 12)

    def test_it_has_a_schema_of_its_own(self):
        for name, file in FILES.items():
            self.assertEqual(file["schema"], f"schema/{name}.schema.json")
            self.assertEqual(read(DIRECTORY / file["schema"])["$id"], f"{name}.schema.json")

    def test_case_names_are_unique(self):
        for name, file in FILES.items():
            for cases in case_lists(file):
                self.assertTrue(cases)
                names = [(case.get("category"), case["name"]) for case in cases]
                self.assertEqual(len(names), len(set(names)), name)

    def test_confirmers_are_named(self):
        for name, file in FILES.items():
            for each in objects(file):
                self.assertLessEqual(set(each.get("confirmed_by", [])), set(file["confirmers"]), name)

    def test_requirements_and_switches_are_in_the_catalogue(self):
        requirements = catalogue.load(REQUIREMENTS.glob("*.textproto"))
        ids = {requirement.id for requirement in requirements}
        switches = {requirement.contested.split(":")[0] for requirement in requirements}
        for name, file in FILES.items():
            for each in objects(file):
                listed = each.get("requirements", [])
                self.assertLessEqual(set(listed), ids, name)
                self.assertLessEqual(set(listed), set(file["requirements"]), name)
                if "contested" in each:
                    self.assertIn(each["contested"], switches, name)

    def test_groups_and_counts_are_those_of_the_cases(self):
        for name, key, groups in (("nodes", "group", "groups"),
                                  ("nodes-invalid", "category", "categories")):
            file = FILES[name]
            stated = {group: about["cases"] for group, about in file[groups].items()}
            self.assertEqual(Counter(case[key] for case in file["cases"]), stated)
        file = FILES["nodes-invalid"]
        self.assertEqual(Counter(case["expect"] for case in file["cases"]), file["counts"])


class WhatHashesCanTell(unittest.TestCase):
    def test_frames(self):
        for case in FILES["frames"]["cases"]:
            source, result = case["input"], case["output"]
            if source["op"] == "decode":
                stream = bytes.fromhex("".join(source["chunks"]))
                for frame in map(bytes.fromhex, result["frames"]):
                    self.assertTrue(stream.startswith(len(frame).to_bytes(3, "big") + frame), case["name"])
                    stream = stream[3 + len(frame):]
                is_whole = len(stream) >= 3 and len(stream) - 3 >= int.from_bytes(stream[:3], "big")
                self.assertFalse(is_whole, case["name"])
            elif "error" not in result:
                payload = pattern(source["payload_length"])
                wire = len(payload).to_bytes(3, "big") + payload
                if source["first_frame_of_connection"]:
                    wire = bytes.fromhex("57410603") + wire
                routing = source["routing_info"]
                if routing is not None:
                    is_pattern = isinstance(routing, dict)
                    routing = pattern(routing["length"]) if is_pattern else bytes.fromhex(routing)
                    wire = bytes.fromhex("45440001") + len(routing).to_bytes(3, "big") + routing + wire
                self.assertEqual(len(wire), result["wire_length"], case["name"])
                self.assertEqual(sha256(wire), result["wire_sha256"], case["name"])

    def test_long_inputs_of_nodes_invalid(self):
        for case in FILES["nodes-invalid"]["cases"]:
            frame = expand(case["input"])
            if "input_sha256" in case:
                self.assertEqual(len(frame), case["input_length"], case["name"])
                self.assertEqual(sha256(frame), case["input_sha256"], case["name"])

    def test_participant_hashes(self):
        for case in FILES["phash"]["cases"]:
            result = case["output"]
            digest = hashlib.sha256(result["concatenation"].encode()).digest()
            self.assertEqual("".join(result["ad_strings_sorted"]), result["concatenation"])
            self.assertEqual(sorted(result["ad_strings_sorted"]), result["ad_strings_sorted"])
            self.assertEqual((digest.hex(), digest[:6].hex()), (result["sha256"], result["first_6_bytes"]))
            self.assertEqual("2:" + base64.b64encode(digest[:6]).decode(), result["expected"])

    def test_key_derivation(self):
        for case in FILES["hkdf-infos"]["cases"]:
            source = case["input"]
            self.assertEqual(bytes.fromhex(source["infoHex"]).decode(), source["info"])
            output = hkdf(*(bytes.fromhex(source[name]) for name in ("ikm", "salt", "infoHex")), source["length"])
            self.assertEqual(output.hex(), case["output"]["okm"], case["name"])

    def test_noise_states_follow_from_each_other(self):
        for case in FILES["noise-xx"]["cases"]:
            before = None
            for step in case["output"]["steps"]:
                if before is not None and "dh" in step:
                    keys = hkdf(bytes.fromhex(step["dh"]), bytes.fromhex(before["ck"]), b"", 64)
                    self.assertEqual(keys.hex(), step["ck"] + step["k"], step["step"])
                    self.assertEqual(step["n"], 0, step["step"])
                for mixed in ("data", "ciphertext"):
                    if before is not None and mixed in step:
                        self.assertEqual(sha256(bytes.fromhex(before["h"] + step[mixed])), step["h"], step["step"])
                before = step
            keys = hkdf(b"", bytes.fromhex(before["ck"]), b"", 64).hex()
            self.assertEqual(keys, case["output"]["k1_client_to_server"] + case["output"]["k2_server_to_client"])

    def test_pairing(self):
        cases = {case["name"]: case for case in FILES["qr-pairing"]["cases"]}
        for name in ("adv-e2ee", "adv-hosted"):
            source, result = cases[name]["input"], cases[name]["output"]
            mac = hmac.digest(bytes.fromhex(source["adv_secret"]), bytes.fromhex(result["hmac_input"]), "sha256")
            self.assertEqual(mac.hex(), result["hmac"])
        flow = cases["link-code-full-flow"]
        source, result = flow["input"], flow["output"]
        for side in ("companion", "primary"):
            salt = bytes.fromhex(source[f"{side}_salt"])
            key = hashlib.pbkdf2_hmac("sha256", source["code"].encode(), salt, 131072, 32)
            self.assertEqual(key.hex(), result[f"{side}_wrap_key"])
        secret = bytes.fromhex(result["adv_secret_hkdf_input"])
        self.assertEqual(hkdf(secret, b"", b"adv_secret", 32).hex(), result["adv_secret"])

    def test_chains_of_message_keys(self):
        for case in FILES["x3dh-ratchet"]["cases"]:
            for message in case["output"].get("messages", []):
                seed = hmac.digest(bytes.fromhex(message["chain_key"]), b"\x01", "sha256")
                self.assertEqual(seed.hex(), message["message_key_seed"])
                self.assertEqual(hkdf(seed, b"", b"WhisperMessageKeys", 80).hex(),
                                 message["cipher_key"] + message["mac_key"] + message["iv"])
        for case in FILES["sender-key"]["cases"]:
            for message in case["output"].get("messages", []):
                seed = hmac.digest(bytes.fromhex(message["chain_key"]), b"\x01", "sha256")
                self.assertEqual(seed.hex(), message["seed"])
                self.assertEqual(hkdf(seed, b"", b"WhisperGroup", 48).hex(), message["iv"] + message["cipher_key"])

    def test_message_ids(self):
        for case in FILES["stanzas"]["message_id_cases"]:
            source = case["input"]
            data = source["unix_seconds"].to_bytes(8, "big") + source["user"].encode() + b"@c.us"
            digest = hashlib.sha256(data + bytes.fromhex(source["random_hex"])).digest()
            self.assertEqual("3EB0" + digest[:9].hex().upper(), case["output"]["id"])


if __name__ == "__main__":
    unittest.main()
