#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets, corpus/seeds/<target>/, from the published vectors:

    python3 fuzz/make_seeds.py [--check]

A seed is named after the vector that it was made from. With --check nothing is written, and the
exit status is 1 if a seed is missing, differs or has no maker any more.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VECTORS = ROOT / "corpus" / "vectors"
SEEDS = ROOT / "corpus" / "seeds"

# A seed is a start, not a test of limits: vectors beyond this are left out.
LARGEST = 1024

# Of each group of vectors the first few, evenly spread: what differs between the others, a fuzzer
# finds in seconds.
PER_GROUP = 5


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]


def spread(items, count):
    """At most `count` of the items, the first and the last among them."""
    if len(items) <= count:
        return items
    return [items[i * (len(items) - 1) // (count - 1)] for i in range(count)]


def by_group(cases, key):
    groups = {}
    for case in cases:
        groups.setdefault(case[key], []).append(case)
    return groups


def wire_frames():
    """limit, number of piece sizes - 1, piece sizes, stream: see targets/wire_frames.cc."""
    seeds = {}
    for case in load("frames")["cases"]:
        if case["input"]["op"] != "decode":
            continue
        chunks = [bytes.fromhex(chunk) for chunk in case["input"]["chunks"]]
        sizes = [min(len(chunk), 255) for chunk in chunks][:8]
        seeds[case["name"]] = bytes([0, len(sizes) - 1, *sizes]) + b"".join(chunks)
    seeds["beyond-a-limit-of-256"] = bytes([3, 0, 1]) + bytes.fromhex("000001aa000101bb")
    return seeds


def wire_intro():
    """limit, size of pieces - 1, stream: see targets/wire_intro.cc."""
    seeds = {}
    for case in load("frames")["cases"]:
        wire = case.get("output", {}).get("wire")
        if wire and case["input"].get("first_frame_of_connection"):
            seeds[case["name"]] = bytes([0, 2]) + bytes.fromhex(wire)
    seeds["routing-beyond-a-limit-of-16"] = bytes([2, 0]) + bytes.fromhex("45440001000011")
    seeds["not-an-intro"] = bytes([0, 0]) + b"GET / HTTP/1.1\r\n"
    return {name: seed for name, seed in seeds.items() if len(seed) <= LARGEST}


def wire_jids():
    texts = ["15550001111@s.whatsapp.net", "15550001111:12@s.whatsapp.net", "100000000000001@lid",
             "100000000000001:1@lid", "15550001111:99@hosted", "1:99@hosted.lid", "1555@c.us",
             "120363000000000001@g.us", "15550001111-1600000000@g.us", "status@broadcast",
             "120363000000000002@newsletter", "867051314767696@bot", "1@call", "1:65535@msgr",
             "2-15550001111:1@interop", "15550001111@interop", "@s.whatsapp.net", "g.us",
             "15550001111:012@s.whatsapp.net", "1:256@lid", "1:9@c.us", "a@b@c", "x@example.org"]
    return {slug(text): text.encode() for text in texts}


def payload_of(expression):
    """The bytes that a vector spells in hexadecimal; nothing for longer ones, which it describes."""
    return bytes.fromhex(expression) if isinstance(expression, str) else None


def wire_nodes():
    seeds = {}
    groups = by_group([c for c in load("nodes")["cases"] if "output" in c], "group")
    groups |= {"bad-" + name: cases
               for name, cases in by_group(load("nodes-invalid")["cases"], "category").items()}
    for group, cases in groups.items():
        for case in spread(cases, PER_GROUP):
            payload = payload_of(case.get("output", case["input"]))
            if payload is not None and len(payload) <= LARGEST:
                seeds[f"{group}-{slug(case['name'])}"] = payload
    return seeds


def wire_node_text():
    texts = {
        "query": '<iq id="p1" to=jid:"@s.whatsapp.net" type="get" xmlns="w:p"><ping/></iq>',
        "bytes": '<enc type="msg" v="2">hex:0aff10</enc>',
        "text": '<body>text:"available"</body>',
        "printable-bytes": '<status>bytes:"Available"</status>',
        "jid-content": '<x>jid:"15550001111:2@s.whatsapp.net"</x>',
        "no-children": "<list></list>",
        "quoted-names": '<"a tag" "a name"="v"/>',
        "escapes": '<x a="&quot;&amp;&lt;&gt;&#x0a;" b=jid:"a&#x40;b@lid"/>',
        "lines": '<a>\n  <b/>\n  <c d="e"/>\n</a>\n',
        "open-end": '<a b="c"><d>',
    }
    return {name: text.encode() for name, text in texts.items()}


# ---- server_session: operations, as targets/server_session.cc reads them.

ALICE, BOB, STRANGER = 0, 1, 2


def sized(data):
    return len(data).to_bytes(2, "big") + data


def plaintext(who, payload):
    return bytes([0, who]) + sized(payload)


def raw_bytes(who, data):
    return bytes([2, who]) + sized(data)


def unsealed_frame(who, payload):
    return bytes([3, who]) + sized(payload)


def advance(seconds):
    return bytes([4, seconds])


def disconnect(who):
    return bytes([5, who])


def log_in(who, resume=False):
    return bytes([6, who, resume])


def activate(who):
    return bytes([7, who])


def upload_prekeys(who, count):
    return bytes([8, who, count])


# Indexes into the JIDs of the target: device and account by phone number, then by LID.
def message(who, to, device, ciphertext=b"opaque"):
    return bytes([9, who, to, device, len(ciphertext)]) + ciphertext


def settle(who, index):
    return bytes([10, who, index])


def administer(command, *rest):
    return bytes([11, 1, command, *rest])  # Alice's account


def introduce_stranger(how, payload=b""):
    return bytes([12, how]) + (sized(payload) if how == 1 else b"")


def pair_stranger(fault=0, into_alices_account=False):
    return bytes([13, fault, into_alices_account])


def ping(who):
    return bytes([14, who])


def haunt(connection, data):
    return bytes([15, connection, len(data)]) + data


# Queries by their number, followed by whom they name, in order.
def group_query(who, number, *jids):
    return bytes([16, who, number, *jids])


def account_query(who, number, *jids):
    return bytes([17, who, number, *jids])


def ask_for_fault(number):
    return bytes([18, number, 0])


FAULTS = 80


def server_session():
    bobs_device, bobs_account, bobs_lid_device, bobs_lid = 4, 5, 6, 7
    to_bob = message(ALICE, bobs_account, bobs_device)
    seeds = {
        "pings": ping(ALICE) + ping(BOB) + advance(30) + ping(ALICE),
        "message-and-receipt": to_bob + settle(BOB, 0),
        "message-by-lid": message(ALICE, bobs_lid, bobs_lid_device) + ping(BOB),
        "message-while-away": disconnect(BOB) + to_bob + to_bob + log_in(BOB) + activate(BOB) +
                              settle(BOB, 2) + log_in(BOB) + activate(BOB),
        "resumption": disconnect(ALICE) + log_in(ALICE, resume=True) + activate(ALICE) +
                      ping(ALICE),
        "replaced-by-a-newer-connection": log_in(ALICE) + ping(ALICE) + log_in(ALICE) + to_bob,
        "prekeys": upload_prekeys(ALICE, 5) + upload_prekeys(ALICE, 0) + ping(ALICE),
        "not-authentic": unsealed_frame(ALICE, b"not a sealed frame of anybody") + ping(ALICE),
        "endless-frame": raw_bytes(ALICE, b"\xff\xff\xff\x00") + advance(61) + ping(BOB),
        "stranger-says-http": introduce_stranger(0) + raw_bytes(STRANGER, b"GET / HTTP/1.1\r\n\r\n"),
        "stranger-says-intro-alone": introduce_stranger(0) + raw_bytes(STRANGER, b"WA\x06\x03") +
                                     advance(31),
        "stranger-without-payload": introduce_stranger(1) + ping(STRANGER),
        "stranger-waits-too-long": introduce_stranger(2) + ping(STRANGER) + advance(255),
        "stranger-pairs": introduce_stranger(2) + pair_stranger() + log_in(STRANGER) +
                          activate(STRANGER) + message(STRANGER, bobs_account, bobs_device),
        "stranger-joins-alice": introduce_stranger(2) + pair_stranger(0, True) + log_in(STRANGER) +
                                activate(STRANGER) + to_bob,
        "closed-connections-are-void": disconnect(ALICE) + haunt(1, b"\x00\x00\x01x") +
                                       haunt(4, b"WA") + haunt(2, b""),
    }
    for fault, name in enumerate(["hmac", "signature", "account-key", "device", "key-index"], 1):
        seeds[f"pairing-with-wrong-{name}"] = introduce_stranger(2) + pair_stranger(fault)
    commands = {
        "create-account": (0, 4, *b"dave", 0, 0), "get-account": (1,),
        "change-account": (2, 2, *b"42", 1, *b"1", 1, 1, 0, 1, 2, *b"ab", 1), "delete-account": (3,), "list-devices": (4,),
        "unlink-device": (5, 1), "disconnect-device": (6, 2, 3, *b"503"),
        "send-stanza": (7, 1, 1, 9, 4, 0), "configure": (8, 0, 1, 0, 1, 5, 5, 0),
        "advance-time": (9, 255, 255), "get-trace": (10, 0, 0), "write-as-phone": (11, 2, *b"hi", 0),
        "phone-messages": (12,), "replace-phone": (13,), "create-group": (14, 1, *b"s", 1),
        "rotate-noise-key": (15, 1), "get-state": (15, 0),
    }
    for name, command in commands.items():
        seeds[f"admin-{name}"] = (ping(ALICE) + administer(*command) + log_in(ALICE) + ping(ALICE) +
                                  introduce_stranger(2))

    group = 12  # after the JIDs of alice, bob and carol
    in_a_group = group_query(ALICE, 0, 0, bobs_lid)
    groups = {
        "query": group_query(BOB, 1, group), "add": group_query(ALICE, 2, group, 9, 9),
        "remove": group_query(ALICE, 3, group, bobs_lid), "promote": group_query(ALICE, 4, group, bobs_lid),
        "leave": group_query(BOB, 5, 0), "announcement": group_query(ALICE, 6, group),
        "invite": group_query(ALICE, 7, group),
        "message": group_query(ALICE, 8, group, bobs_lid_device) + settle(BOB, 0),
        "receipt": group_query(ALICE, 8, group, bobs_lid_device) + group_query(BOB, 9, group, 3),
    }
    for name, operations in groups.items():
        seeds[f"group-{name}"] = in_a_group + operations + ping(BOB)
    accounts = {
        "picture": account_query(ALICE, 0) + account_query(BOB, 1, 1),
        "tokens": account_query(ALICE, 2, bobs_account), "block": account_query(ALICE, 3, bobs_lid) + to_bob,
        "directory": account_query(BOB, 4, 1) + account_query(ALICE, 0),
        "presence": account_query(ALICE, 5) + account_query(BOB, 5) + account_query(BOB, 6, 1),
        "chat-state": account_query(ALICE, 7, bobs_account),
        "message-with-token": account_query(ALICE, 8, bobs_account, bobs_device),
        "media-retry": account_query(ALICE, 9, 1, bobs_account),
    }
    for name, operations in accounts.items():
        seeds[f"account-{name}"] = operations + ping(BOB)
    for number in range(FAULTS):
        seeds[f"fault-{number:02}"] = (ask_for_fault(number) + to_bob + ping(ALICE) + disconnect(ALICE) +
                                       log_in(ALICE, resume=True) + activate(ALICE) + advance(10) + ping(ALICE))

    # What real clients say, each followed by a ping.
    stanzas = [case for case in load("stanzas")["cases"] if case["direction"] == "client->server"]
    for layer, cases in by_group(stanzas, "layer").items():
        for case in spread(cases, PER_GROUP):
            payload = bytes.fromhex(case["encoding"])
            if len(payload) <= LARGEST:
                seeds[f"{layer}-{slug(case['name'])}"] = plaintext(ALICE, payload) + ping(ALICE)
    # And what no client says.
    for case in spread(load("nodes-invalid")["cases"], PER_GROUP):
        payload = payload_of(case["input"])
        if payload is not None and len(payload) <= LARGEST:
            seeds[f"malformed-{slug(case['name'])}"] = plaintext(ALICE, payload) + ping(ALICE)
    return seeds


MAKERS = [wire_frames, wire_intro, wire_jids, wire_nodes, wire_node_text, server_session]


def main(check):
    wrong = []
    for maker in MAKERS:
        folder = SEEDS / maker.__name__
        seeds = {slug(name): seed for name, seed in maker().items()}
        found = {path.name for path in folder.glob("*")}
        if check:
            wrong += [folder / name for name, seed in seeds.items()
                      if name not in found or (folder / name).read_bytes() != seed]
            wrong += [folder / name for name in found - seeds.keys()]
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for name in found - seeds.keys():
            (folder / name).unlink()
        for name, seed in seeds.items():
            (folder / name).write_bytes(seed)
        print(f"{folder.relative_to(ROOT)}: {len(seeds)} seeds, "
              f"{sum(map(len, seeds.values()))} bytes")
    for path in wrong:
        print(f"{path.relative_to(ROOT)} is not what fuzz/make_seeds.py makes")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    sys.exit(main(check=bool(sys.argv[1:])))
