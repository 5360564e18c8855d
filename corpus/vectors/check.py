#!/usr/bin/env python3
"""Checks the vector files as far as the standard library can.

They are complete, consistent with themselves and with the catalogue of requirements, and what needs no
more than hashes comes out as they say. The JSON Schemas in schema/ say the rest, for whoever has a validator.
"""

import base64
import hashlib
import hmac
import json
import re
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


def unhex(values, *names):
    return [bytes.fromhex(values[name]) for name in names]


def content(length):
    """The plaintext with the rule "content" in media.json."""
    return bytes((31 * i + 7 * (i >> 8) + 13 * (i >> 16) + 5) % 256 for i in range(length))


def lt_hash(base, subtracted, added):
    """128 bytes as 64 little-endian lanes of 16 bits, to which expanded items are added."""
    lanes = [int.from_bytes(base[i:i + 2], "little") for i in range(0, 128, 2)]
    for sign, items in ((-1, subtracted), (1, added)):
        for item in items:
            expanded = hkdf(item, b"", b"WhatsApp Patch Integrity", 128)
            for i in range(64):
                lanes[i] = (lanes[i] + sign * int.from_bytes(expanded[2 * i:2 * i + 2], "little")) % 65536
    return b"".join(lane.to_bytes(2, "little") for lane in lanes)


class SyncKey:
    """A key of app state, expanded."""

    def __init__(self, key_data):
        expanded = hkdf(key_data, b"", b"WhatsApp Mutation Keys", 160)
        self.index, self.encryption, self.value_mac, self.snapshot_mac, self.patch_mac = (
            expanded[i:i + 32] for i in range(0, 160, 32))

    def mac_of_value(self, operation, key_id, ciphertext):
        signed = {"SET": b"\x01", "REMOVE": b"\x02"}[operation] + key_id
        return hmac.digest(self.value_mac, signed + ciphertext + len(signed).to_bytes(8, "big"), "sha512")[:32]

    def macs_of_patch(self, state, version, collection, value_macs):
        tail = version.to_bytes(8, "big") + collection.encode()
        snapshot = hmac.digest(self.snapshot_mac, state + tail, "sha256")
        return snapshot, hmac.digest(self.patch_mac, snapshot + b"".join(value_macs) + tail, "sha256")


class EveryFile(unittest.TestCase):
    def test_there_are_files(self):
        self.assertGreaterEqual(len(FILES), 18)

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


class Lines(unittest.TestCase):
    """The vectors in one form, as `doublecheck vectors export` has written them."""

    FOLDER = DIRECTORY / "lines"
    manifest = read(FOLDER / "manifest.json")
    records = [(path.stem, json.loads(line))
               for path in sorted(FOLDER.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]

    def test_members_are_those_of_the_schema(self):
        members = read(DIRECTORY / "schema" / "record.schema.json")["required"]
        for layer, record in self.records:
            self.assertEqual(list(record), members)
            self.assertTrue(record["id"].startswith(f"{layer}/"), record["id"])
            self.assertEqual(record["layer"], layer)
            self.assertTrue(record["requirements"], record["id"])

    def test_ids_are_unique(self):
        ids = Counter(record["id"] for _, record in self.records)
        self.assertEqual([name for name, count in ids.items() if count > 1], [])

    def test_requirements_and_switches_are_in_the_catalogue(self):
        requirements = catalogue.load(REQUIREMENTS.glob("*.textproto"))
        ids = {requirement.id for requirement in requirements}
        flags = {"must-accept", "must-reject"} | {
            "contested:" + requirement.contested.split(":")[0] for requirement in requirements}
        for _, record in self.records:
            self.assertLessEqual(set(record["requirements"]), ids, record["id"])
            self.assertIn(record["flag"], flags, record["id"])
            if record["flag"] == "must-accept":
                self.assertIsInstance(record["output"], dict, record["id"])

    def test_confirmers_are_named_or_there_are_none(self):
        known = set(self.manifest["confirmers"])
        for _, record in self.records:
            by = record["confirmed_by"]
            self.assertTrue(by == ["self-generated"] or (by and set(by) <= known), record["id"])

    def test_counts_are_those_of_the_lines(self):
        def counts(name_of):
            found = {}
            for layer, record in self.records:
                one = found.setdefault(name_of(layer, record), {"confirmed": 0, "self-generated": 0})
                one["self-generated" if record["confirmed_by"] == ["self-generated"] else "confirmed"] += 1
            return found

        self.assertEqual(counts(lambda layer, record: layer), self.manifest["layers"])
        self.assertEqual(counts(lambda layer, record: record["flag"]), self.manifest["flags"])
        self.assertEqual(counts(lambda layer, record: "all"), {"all": self.manifest["count"]})
        self.assertGreaterEqual(self.manifest["count"]["confirmed"], 2000)

    def test_counts_are_those_of_the_readme(self):
        text = (DIRECTORY / "README.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
        refused = Counter(record["layer"] for _, record in self.records
                          if record["flag"] == "must-reject" and record["confirmed_by"] != ["self-generated"])
        self.assertEqual({layer: tuple(map(int, counts)) for layer, *counts in rows},
                         {layer: (one["confirmed"], refused[layer], one["self-generated"])
                          for layer, one in self.manifest["layers"].items()})
        whole = self.manifest["count"]
        self.assertIn(f"| all | | {whole['confirmed']} | {sum(refused.values())} | {whole['self-generated']} |", text)

    def test_what_somebody_disagreed_with_they_have_not_confirmed(self):
        for path in (DIRECTORY / "confirmations").glob("*.json"):
            said = read(path)
            self.assertEqual(set(said["confirmed"]) & set(said["disagreed"]), set())
            self.assertTrue(said["confirmed"], path.name)

    def test_key_derivation(self):
        for layer, record in self.records:
            if record["operation"] == "derive_key":
                source = record["input"]
                key = hkdf(*unhex(source, "input", "salt", "info"), source["size"])
                self.assertEqual(key.hex(), record["output"]["key"], record["id"])

    def test_frames(self):
        for layer, record in self.records:
            if record["operation"] == "encode_frame" and record["output"] and "sha256" not in record["output"]["frame"]:
                payload = expand(record["input"]["payload"])
                frame = expand(record["output"]["frame"])
                self.assertTrue(frame.endswith(len(payload).to_bytes(3, "big") + payload), record["id"])


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

    def test_hashes_of_app_state(self):
        for case in FILES["lthash"]["cases"]:
            source = case["input"]
            result = lt_hash(bytes.fromhex(source["base"]), map(bytes.fromhex, source["subtract"]),
                             map(bytes.fromhex, source["add"]))
            self.assertEqual(result.hex(), case["output"]["hash"], case["name"])

    def test_app_state(self):
        cases = FILES["appstate"]["cases"]
        keys = {}
        for case in cases:
            if case["kind"] == "key-expansion":
                key = keys[case["input"]["keyId"]] = SyncKey(bytes.fromhex(case["input"]["keyData"]))
                self.assertEqual(
                    [key.index.hex(), key.encryption.hex(), key.value_mac.hex(), key.snapshot_mac.hex(),
                     key.patch_mac.hex()],
                    [case["output"][name] for name in (
                        "indexKey", "valueEncryptionKey", "valueMacKey", "snapshotMacKey", "patchMacKey")])
        patches = [case for case in cases if case["kind"] in ("client-patch", "served-patch")]
        self.assertGreaterEqual(len(patches), 10)
        for case in patches:
            source, result, name = case["input"], case["output"], case["name"]
            key = keys[source["keyId"]]
            live = dict(source.get("baseIndexValueMap", {}))
            mutations = source.get("mutations") or [
                {**source, "indexMac": result["indexMac"], "valueBlob": result["valueBlob"]}]
            subtracted, added, value_macs = [], [], []
            for mutation in mutations:
                index = json.dumps(mutation["index"], separators=(",", ":"), ensure_ascii=False).encode()
                self.assertEqual(hmac.digest(key.index, index, "sha256").hex(), mutation["indexMac"], name)
                blob = bytes.fromhex(mutation["valueBlob"])
                mac = key.mac_of_value(mutation["operation"], bytes.fromhex(source["keyId"]), blob[:-32])
                self.assertEqual(mac, blob[-32:], name)
                value_macs.append(mac)
                if mutation["indexMac"] in live:
                    subtracted.append(bytes.fromhex(live.pop(mutation["indexMac"])))
                if mutation["operation"] == "SET":
                    added.append(mac)
                    live[mutation["indexMac"]] = mac.hex()
            state = lt_hash(bytes.fromhex(source["baseLtHash"]), subtracted, added)
            self.assertEqual(state.hex(), result["newLtHash"], name)
            if "newIndexValueMap" in result:
                self.assertEqual(live, result["newIndexValueMap"], name)
            snapshot, patch = key.macs_of_patch(state, result["newVersion"], source["collection"], value_macs)
            self.assertEqual((snapshot.hex(), patch.hex()), (result["snapshotMac"], result["patchMac"]), name)

    def test_media(self):
        for case in FILES["media"]["cases"]:
            source, result, name = case["input"], case["output"], case["name"]
            if "mediaKey" not in source:
                continue
            keys = hkdf(bytes.fromhex(source["mediaKey"]), b"", source["info"].encode(), 112)
            if case["kind"] == "type":
                self.assertEqual(keys, b"".join(unhex(result, "iv", "cipherKey", "macKey", "refKey")), name)
            if source.get("plaintext", {}).get("rule") == "content":
                plaintext = content(source["plaintext"]["length"])
                self.assertEqual(sha256(plaintext), result["fileSha256"], name)
            if "blob" in result:
                blob = bytes.fromhex(result["blob"])
                self.assertEqual(sha256(blob), result["fileEncSha256"], name)
                self.assertEqual(hmac.digest(keys[48:80], keys[:16] + blob[:-10], "sha256")[:10], blob[-10:], name)

    def test_payloads_of_history(self):
        for case in FILES["media"]["cases"]:
            if case["kind"].startswith("history"):
                packed = case["output"].get("zlib") or case["input"]["zlib"]
                inflated = zlib.decompress(bytes.fromhex(packed))
                self.assertEqual(inflated.hex(), case["input"]["historySync"], case["name"])

    def test_keys_of_media_retries(self):
        for case in FILES["mediaretry"]["cases"]:
            if case["kind"] == "request":
                media_key = bytes.fromhex(case["input"]["mediaKey"])
                key = hkdf(media_key, b"", b"WhatsApp Media Retry Notification", 32)
                self.assertEqual(key.hex(), case["output"]["retryKey"], case["name"])

    def test_keys_of_calls(self):
        for case in FILES["srtp"]["cases"]:
            source, result = case["input"], case["output"]
            if case["kind"] != "profile-keys":
                continue
            jid = source["sender_jid"].encode()
            info = (b"DCMP/1 srtp\0" + bytes([source["suite"], source["session"]]) +
                    source["epoch"].to_bytes(4, "big") + len(jid).to_bytes(2, "big") + jid)
            self.assertEqual(info.hex(), result["info"], case["name"])
            keys = hkdf(bytes.fromhex(source["call_key"]), source["call_id"].encode(), info,
                        {1: 30, 2: 28}[source["suite"]])
            self.assertEqual(keys.hex(), result["master_key"] + result["master_salt"], case["name"])

    def test_registration(self):
        cases = {case["name"]: case for case in FILES["registration-enc"]["cases"]}
        token = cases["profile-token"]
        key, message = unhex(token["input"], "key", "message")
        self.assertEqual(sha256(b"doublecheck/registration-token/1"), key.hex())
        self.assertEqual(base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("="),
                         token["output"]["token"])
        fingerprint = cases["profile-device-fingerprint"]
        self.assertEqual(sha256(bytes.fromhex(fingerprint["input"]["preimage"])),
                         fingerprint["output"]["fingerprint"])
        for case in cases.values():
            if case["kind"] == "enc":
                result = case["output"]
                self.assertEqual(result["blob"], result["ephemeral_public"] + result["ciphertext"] + result["tag"])

    def test_message_ids(self):
        for case in FILES["stanzas"]["message_id_cases"]:
            source = case["input"]
            data = source["unix_seconds"].to_bytes(8, "big") + source["user"].encode() + b"@c.us"
            digest = hashlib.sha256(data + bytes.fromhex(source["random_hex"])).digest()
            self.assertEqual("3EB0" + digest[:9].hex().upper(), case["output"]["id"])


if __name__ == "__main__":
    unittest.main()
