#!/usr/bin/env python3
"""The `doublecheck` command as a user types it: PROGRAM is its only argument.

Everything runs on loopback, on ports that the system chooses.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

PROGRAM = ""
PATIENCE_S = 240  # used up only by a failure


def doublecheck(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)


class Server:
    """`doublecheck serve` while a `with` block runs."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", "--tcp-port", "0", *self.arguments],
            stdout=subprocess.PIPE, text=True)
        self.urls = {}
        for line in self.process.stdout:
            for scheme, url in re.findall(r"((?:wss?|tcp|http))(://\S+)", line):
                self.urls[scheme] = scheme + url
            if "trust root" in line:
                # Its log goes on, and it would wait for a reader.
                self.reader = threading.Thread(target=self.process.stdout.read)
                self.reader.start()
                return self
        raise AssertionError("the server did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()

    def admin(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.urls["http"] + path, data=data)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)


class Certify(unittest.TestCase):
    def test_reports_on_the_reference(self):
        with tempfile.TemporaryDirectory() as folder:
            run = doublecheck("certify", "--filter", "*/keepalive/*", "--report", folder)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            report = json.loads(pathlib.Path(folder, "report.json").read_text())
            cases = report["cases"]
            self.assertGreaterEqual(len(cases), 3)
            self.assertEqual({case["verdict"] for case in cases}, {"pass"})
            self.assertIn("<testsuite", pathlib.Path(folder, "junit.xml").read_text())
            self.assertIn("<html", pathlib.Path(folder, "index.html").read_text())

    def test_a_server_at_a_url(self):
        with Server() as server:
            urls = [server.urls["ws"], server.urls["wss"], server.urls["tcp"]]
            for url in urls:
                with self.subTest(url=url):
                    control = ["--control", server.urls["http"].removesuffix("/admin/v1/")]
                    run = doublecheck("certify", "--server", url, *control, "--filter",
                                      "server/login/*:server/delivery/offline*")
                    self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                    self.assertRegex(run.stdout, r"[1-9]\d* pass")

    def test_a_codec_on_a_pipe(self):
        with tempfile.TemporaryDirectory() as folder:
            run = doublecheck("certify", "--codec", f"{PROGRAM} codec", "--filter",
                              "codec/frame/*:codec/session/version*", "--report", folder)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            report = json.loads(pathlib.Path(folder, "report.json").read_text())
            self.assertEqual(report["subject"]["role"], "codec")
            self.assertGreaterEqual(len(report["cases"]), 7)
            self.assertEqual({case["verdict"] for case in report["cases"]}, {"pass"})

    def test_a_dead_codec_is_not_certified(self):
        run = doublecheck("certify", "--codec", "false", "--filter", "codec/frame/*")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("exited with code 1", run.stderr)

    def test_only_cases_of_a_codec_are_for_one(self):
        run = doublecheck("certify", "--codec", f"{PROGRAM} codec", "--list")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(all(line.startswith("codec/") for line in run.stdout.splitlines()))

    def test_a_dead_server_is_not_certified(self):
        run = doublecheck("certify", "--server", "ws://127.0.0.1:1/ws/chat", "--trust-root",
                          "00" * 32, "--filter", "server/keepalive/*")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertNotRegex(run.stdout, r"[1-9]\d* pass")

    def test_no_case_is_an_error(self):
        run = doublecheck("certify", "--filter", "no/such/case")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no/such/case", run.stderr)

    def test_a_known_failure_that_is_none_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            listed = pathlib.Path(folder, "expected.json")
            case = "server/keepalive/" + doublecheck("certify", "--list", "--filter",
                                                     "server/keepalive/*").stdout.split()[0].split("/")[-1]
            listed.write_text(json.dumps({"library": "x", "version": "1", "expected": [
                {"case": case, "requirement": "KEEP-01", "reason": "a test"}]}))
            run = doublecheck("certify", "--filter", case, "--expected", str(listed))
            self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
            listed.write_text("{")
            run = doublecheck("certify", "--filter", case, "--expected", str(listed))
            self.assertEqual(run.returncode, 2, run.stdout + run.stderr)


class Serve(unittest.TestCase):
    def test_a_profile_sets_accounts_and_routes(self):
        with tempfile.TemporaryDirectory() as folder:
            profile = pathlib.Path(folder, "profile.json")
            profile.write_text(json.dumps({
                "rules": [{"match": "^test ", "profile": {"props": {"10518": "0"}}}],
                "routes": {"/users": "/admin/v1/accounts"}}))
            with Server("--profile", str(profile)) as server:
                server.urls["http"] = server.urls["http"].removesuffix("/admin/v1/")
                account = server.admin("/users", {"name": "test alice"})
                self.assertEqual(account["props"], {"10518": "0"})

    def test_a_wrong_profile_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            profile = pathlib.Path(folder, "profile.json")
            profile.write_text('{"confg": {}}')
            run = doublecheck("serve", "--port", "0", "--profile", str(profile))
            self.assertEqual(run.returncode, 2)
            self.assertIn("confg", run.stderr)


class Client(unittest.TestCase):
    def test_pairs_writes_and_listens(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            def client(name, *arguments):
                return doublecheck("client", "--server", server.urls["ws"], "--name", name,
                                   "--state", str(pathlib.Path(folder, name)), *arguments)

            jids = {}
            for name in ("alice", "bob"):
                run = client(name, "pair", "--scan")
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                jids[name] = re.search(r"open +as (\d+)", run.stdout).group(1) + "@s.whatsapp.net"
            run = client("alice", "create-group", "A group", jids["bob"])
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            group = re.search(r"group +(\d+@g.us)", run.stdout).group(1)
            for to, text in ((jids["bob"], "hello bob"), (group, "hello all")):
                run = client("alice", "send", to, text)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            run = client("bob", "listen", "--seconds", "2")
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertRegex(run.stdout, '"alice", kept: hello bob')
            self.assertRegex(run.stdout, f'in {group} "alice", kept: hello all')

    def test_changes_the_account(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            def client(name, *arguments):
                run = doublecheck("client", "--server", server.urls["ws"], "--name", name,
                                  "--state", str(pathlib.Path(folder, name)), *arguments)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                return run.stdout

            client("alice", "pair", "--scan")
            bob = re.search(r"open +as (\d+)\S*, LID (\d+)", client("bob", "pair", "--scan"))
            jid = bob.group(1) + "@s.whatsapp.net"
            client("alice", "status", "busy")
            self.assertIn("nobody is blocked", client("alice", "block"))
            self.assertRegex(client("alice", "block", jid), f"(?m)^blocked +{bob.group(2)}@lid$")
            self.assertRegex(client("alice", "block"), f"(?m)^on list +{bob.group(2)}@lid$")
            self.assertRegex(client("alice", "unblock", jid), f"(?m)^unblocked +{bob.group(2)}@lid$")
            self.assertRegex(client("alice", "privacy"), "(?m)^privacy +last all$")
            self.assertRegex(client("alice", "privacy", "last", "none"), "(?m)^privacy +last none$")
            self.assertRegex(client("alice", "privacy"), "(?m)^privacy +last none$")

    def test_failures_are_told(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            url = server.urls["ws"]
            unpaired = doublecheck("client", "--server", url, "--state", folder, "send",
                                   "15550001111@s.whatsapp.net", "hello")
            self.assertEqual(unpaired.returncode, 1)
            self.assertIn("pair first", unpaired.stdout)
            self.assertEqual(doublecheck("client", "--server", url, "send", "nobody", "x").returncode, 2)
        remote = doublecheck("client", "--server", "ws://192.0.2.1/ws/chat", "--trust-root", "00" * 32,
                             "--state", folder, "listen")
        self.assertEqual(remote.returncode, 1)
        self.assertIn("not this machine", remote.stdout + remote.stderr)


class Simulate(unittest.TestCase):
    def test_a_seed_replays(self):
        runs = [doublecheck("simulate", "--seed", "7") for _ in range(2)]
        self.assertEqual([run.returncode for run in runs], [0, 0], runs[0].stdout)
        self.assertEqual(runs[0].stdout, runs[1].stdout)

    def test_several_seeds(self):
        run = doublecheck("simulate", "--seeds", "3", "--jobs", "2")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


class Others(unittest.TestCase):
    def test_an_unknown_command_is_an_error_with_help(self):
        run = doublecheck("certifi")
        self.assertEqual(run.returncode, 2)
        self.assertIn("certify", run.stdout + run.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
