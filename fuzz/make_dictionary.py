#!/usr/bin/env python3
"""Writes the dictionaries of the fuzz targets, fuzz/dictionaries/<target>.dict, from the token
dictionary of the protocol, spec/wire/tokens.json:

    python3 fuzz/make_dictionary.py [--check]

With --check nothing is written, and the exit status is 1 if a dictionary is not up to date.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOKENS = ROOT / "spec" / "wire" / "tokens.json"
DICTIONARIES = ROOT / "fuzz" / "dictionaries"

# What the reference server asks for by name: a fuzzer that has to guess among all 1259 tokens
# hardly ever says one of these.
WORDS = """abt ack action active all block blocklist category class clean code collection contact
count critical_block device device-identity devices digest enc encrypt from get id identity inactive
iq item jid key key-index last lid list md message msg name notification participant participants
passive patch peer ping pkmsg played presence privacy props query read read-self receipt recipient
registration remove-companion-device result retry rotate set skey stage sync t text to type unblock
user usync v value version w:p w:sync:app:state xmlns xmlstreamend""".split()

# The structure of the binary form.
STRUCTURE = {
    "list_empty": "00", "list_8": "f801", "list_16": "f90001", "jid_server": "fa0003",
    "jid_pair": "faff8615550001111f03", "ad_jid": "f70001ff8615550001111f",
    "fb_jid": "f6550000cc", "interop_jid": "f55500010002fc07696e7465726f70", "hex_8": "fb01",
    "nibble_8": "ff01", "binary_8": "fc01", "binary_20": "fd000001", "binary_32": "fe00000001",
    "flag_compressed": "02789c",
}

SERVERS = ["s.whatsapp.net", "lid", "hosted", "hosted.lid", "c.us", "g.us", "broadcast",
           "newsletter", "bot", "call", "msgr", "interop"]


def entry(name, data):
    return f'{name}="' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


def words():
    """Each word as it travels: its token, or its bytes with their length in front."""
    tokens = json.loads(TOKENS.read_text(encoding="utf-8"))
    encodings = {token: bytes([i]) for i, token in enumerate(tokens["single_byte"]) if token}
    for table, texts in enumerate(tokens["double_byte"]):
        encodings |= {token: bytes([236 + table, i]) for i, token in enumerate(texts)}
    for word in WORDS:
        raw = bytes([0xFC, len(word)]) + word.encode()
        yield entry(word.replace("-", "_").replace(":", "_"), encodings.get(word, raw))


def nodes():
    return [entry(name, bytes.fromhex(data)) for name, data in STRUCTURE.items()] + list(words())


def texts():
    return [entry("server", f"@{server}".encode()) for server in SERVERS]


def dictionaries():
    syntax = ['jid:"', 'hex:', 'text:"', 'bytes:"', "&quot;", "&amp;", "&#x0a;", "</", "/>", '="']
    return {
        "wire_nodes": nodes(),
        "server_session": nodes(),
        "wire_jids": texts(),
        "wire_node_text": texts() + [entry("syntax", text.encode()) for text in syntax],
        "wire_intro": [entry("header", b"WA\x06\x03"), entry("routing", b"ED\x00\x01\x00\x00")],
    }


def main(check):
    stale = []
    DICTIONARIES.mkdir(exist_ok=True)
    for target, entries in dictionaries().items():
        path = DICTIONARIES / f"{target}.dict"
        text = "\n".join(["# Made by fuzz/make_dictionary.py.", *entries, ""])
        if check:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(path)
            continue
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(entries)} entries")
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not what fuzz/make_dictionary.py makes")
    return 1 if stale else 0


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    sys.exit(main(check=bool(sys.argv[1:])))
