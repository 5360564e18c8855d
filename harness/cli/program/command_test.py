#!/usr/bin/env python3
"""The `doublecheck` command as a user types it: PROGRAM is its only argument.

Everything runs on loopback, on ports that the system chooses.
"""

import base64
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
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

    def test_hours_pass_for_a_client_whose_clock_can_be_moved(self):
        run = doublecheck("certify", "--client", f"{PROGRAM} client adapter", "--filter",
                          "client/keepalive/silent_link_is_given_up")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("1 pass", run.stdout)

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

    def test_one_case_by_its_id(self):
        run = doublecheck("certify", "--case", "server/keepalive/ping_is_answered_once")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("1 cases", run.stdout)
        run = doublecheck("certify", "--case", "server/keepalive/ping_is_answered_onec")
        self.assertEqual(run.returncode, 2)
        self.assertIn("perhaps:\n  server/keepalive/ping_is_answered_once\n", run.stderr)
        run = doublecheck("certify", "--case", "server/keepalive/*")
        self.assertEqual(run.returncode, 2, "an id is no pattern")
        run = doublecheck("certify", "--codec", f"{PROGRAM} codec", "--case",
                          "server/keepalive/ping_is_answered_once")
        self.assertEqual(run.returncode, 2)
        self.assertIn("is a case of a server", run.stderr)

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


class Pause(unittest.TestCase):
    def certify(self, *arguments):
        """Up to the pause; what it printed, and the process."""
        process = subprocess.Popen([PROGRAM, "certify", "--pause", *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        printed = ""
        for line in process.stdout:
            printed += line
            if "press Enter" in line:
                break
        return printed, process

    def go_on(self, process):
        process.stdin.write("\n")
        process.stdin.close()
        printed = process.stdout.read()
        return process.wait(timeout=PATIENCE_S), printed

    def test_the_process_that_is_tested_waits(self):
        # An answer may take 1.2 s: less than the pause.
        printed, process = self.certify("--codec", f"{PROGRAM} codec", "--case", "codec/session/version_byte_is_33",
                                        "--time-scale", "0.02")
        pid = re.search(r"process (\d+) is about to be asked by way of its pipes", printed).group(1)
        time.sleep(1.5)
        command = pathlib.Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
        self.assertEqual(command[:2], [PROGRAM.encode(), b"codec"])
        self.assertIsNone(process.poll())
        code, printed = self.go_on(process)
        self.assertEqual(code, 0, printed)
        self.assertFalse(pathlib.Path("/proc", pid).exists())

    def test_a_client_is_told_to_connect_after_it(self):
        printed, process = self.certify("--client", f"{PROGRAM} client adapter", "--case",
                                        "client/keepalive/server_ping_is_answered")
        self.assertRegex(printed, r"process \d+ is about to be asked by way of ws://127.0.0.1:\d+/ws/chat")
        code, printed = self.go_on(process)
        self.assertEqual(code, 0, printed)

    def test_what_runs_already_is_named(self):
        printed, process = self.certify("--case", "server/keepalive/ping_is_answered_once")
        self.assertIn(f"process {process.pid} is about", printed)
        self.assertEqual(self.go_on(process)[0], 0)
        with Server() as server:
            printed, process = self.certify("--server", server.urls["ws"], "--case",
                                            "server/keepalive/ping_is_answered_once")
            self.assertIn(f"{server.urls['ws']} is about to be asked", printed)
            self.assertEqual(self.go_on(process)[0], 0)

    def test_it_needs_one_case(self):
        self.assertEqual(doublecheck("certify", "--pause", "--filter", "server/keepalive/*").returncode, 2)


class Replay(unittest.TestCase):
    CASE = "server/prekeys/forged_signed_prekey"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.left = self.folder / "failures" / f"{self.CASE}.json"

    def certify(self, server, *arguments):
        return doublecheck("certify", "--server", server.urls["ws"], "--filter",
                           f"{self.CASE}:server/keepalive/ping_is_answered_once", "--report", str(self.folder), *arguments)

    def test_a_failure_is_run_again(self):
        with Server("--strictness", "lenient") as lenient, Server() as strict:
            self.assertEqual(self.certify(lenient, "--seed", "9").returncode, 1)
            self.assertEqual([path.name for path in self.folder.glob("failures/**/*.json")], [self.left.name])
            capture = self.left.with_suffix(".pcapng").read_bytes()
            self.assertEqual(capture[:4], b"\x0a\x0d\x0d\x0a")
            self.assertIn(b"the upload is refused", capture)
            report = json.loads((self.folder / "report.json").read_text())
            again = next(case["reproduce"] for case in report["cases"] if case["id"] == self.CASE)
            self.assertEqual(shlex.split(again), ["doublecheck", "replay", str(self.left)])

            run = doublecheck(*shlex.split(again)[1:])
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertIn(f"fail          {self.CASE}\n              the upload is refused", run.stderr)
            self.assertRegex(run.stdout, "^1 cases")
            self.assertIn("recorded: fail, now: fail", run.stdout)

            changed = json.loads(self.left.read_text())
            self.assertEqual(changed["seed"], "9")
            changed.update(suite_version="0.0.1", catalogue="00")
            self.left.write_text(json.dumps(changed))
            run = doublecheck("replay", str(self.left), "--server", strict.urls["ws"])
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("recorded by doublecheck 0.0.1", run.stdout)
            self.assertIn("another catalogue", run.stdout)
            self.assertIn("recorded: fail, now: pass", run.stdout)

            self.assertEqual(self.certify(strict).returncode, 0)
            self.assertEqual([path for path in self.folder.glob("failures/**/*") if path.is_file()], [],
                             "what passes leaves nothing, also of what failed before")

    def test_what_names_no_case_is_an_error(self):
        self.assertEqual(doublecheck("replay", str(self.left)).returncode, 2)
        other = self.folder / "other.json"
        other.write_text("{}")
        run = doublecheck("replay", str(other))
        self.assertEqual(run.returncode, 2)
        self.assertIn("is missing", run.stderr)


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


class Alarm(unittest.TestCase):
    """A failure reaches everybody who should know of it."""

    def test_the_canary_is_red_everywhere(self):
        with tempfile.TemporaryDirectory() as folder:
            key, statement = [str(pathlib.Path(folder, name)) for name in ("key", "statement.json")]
            self.assertEqual(doublecheck("keygen", key).returncode, 0)
            run = doublecheck("certify", "--canary", "--filter", "server/keepalive/*", "--report",
                              folder, "--profile", "core", "--sign", key, "--artifact", __file__,
                              "--statement", statement)
            self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
            self.assertIn("server/canary/always_fails", run.stdout + run.stderr)
            report = json.loads(pathlib.Path(folder, "report.json").read_text())
            verdicts = {case["id"]: case["verdict"] for case in report["cases"]}
            self.assertEqual(verdicts["server/canary/always_fails"], "fail")
            self.assertIn("<failure", pathlib.Path(folder, "junit.xml").read_text())
            page = pathlib.Path(folder, "index.html").read_text()
            self.assertIn("server/canary/always_fails", page)
            verified = doublecheck("verify", statement, "--key", key + ".pub")
            self.assertEqual(verified.returncode, 1)
            self.assertIn("FAILED", verified.stdout)

    def test_without_the_canary_it_is_green(self):
        run = doublecheck("certify", "--filter", "server/keepalive/*")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertNotIn("canary", run.stdout + run.stderr)


class Certificate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.key = str(self.folder / "key")
        run = doublecheck("keygen", self.key)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.statement = str(self.folder / "statement.json")
        self.artifact = self.folder / "library"
        self.artifact.write_text("a library")

    def certify(self, profile):
        layers = ("acks", "certificates", "control", "frame", "identity", "iq", "jid", "keepalive",
                  "login", "node", "noise", "pairing", "reconnect", "transport")
        return doublecheck("certify", "--profile", profile, "--sign", self.key, "--artifact",
                           str(self.artifact), "--statement", self.statement, "--filter",
                           ":".join(f"*/{layer}/*" for layer in layers))

    def verify(self, *arguments, key=None):
        return doublecheck("verify", self.statement, "--key", key or self.key + ".pub", *arguments)

    def test_the_reference_is_certified(self):
        run = self.certify("core")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("certified for the profile core", run.stdout)
        verified = self.verify("--artifact", str(self.artifact))
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertRegex(verified.stdout, "(PASSED|WARNED) for the profile core")

        with self.subTest("another artifact"):
            other = self.folder / "other"
            other.write_text("another library")
            self.assertEqual(self.verify("--artifact", str(other)).returncode, 1)
        with self.subTest("another key"):
            other_key = str(self.folder / "other.key")
            doublecheck("keygen", other_key)
            self.assertEqual(self.verify(key=other_key + ".pub").returncode, 1)
        with self.subTest("OpenSSL alone"):
            self.check_with_openssl()
        with self.subTest("a changed result"):
            path = pathlib.Path(self.statement)
            envelope = json.loads(path.read_text())
            payload = base64.b64decode(envelope["payload"]).replace(b"library", b"Library")
            envelope["payload"] = base64.b64encode(payload).decode()
            path.write_text(json.dumps(envelope))
            verified = self.verify()
            self.assertEqual(verified.returncode, 1)
            self.assertIn("no signature of it is by this key", verified.stderr)

    def check_with_openssl(self):
        """The lines of harness/certification/README.md."""
        envelope = json.loads(pathlib.Path(self.statement).read_text())
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        signed = self.folder / "signed"
        signed.write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
        signature = self.folder / "signature"
        signature.write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
        run = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", self.key + ".pub",
                              "-rawin", "-in", str(signed), "-sigfile", str(signature)],
                             capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_who_leaves_cases_out_is_not_certified(self):
        run = doublecheck("certify", "--profile", "core", "--filter", "server/keepalive/*")
        self.assertEqual(run.returncode, 1)
        self.assertIn("was not run", run.stdout)

    def test_a_profile_without_cases_cannot_be_had(self):
        run = doublecheck("certify", "--profile", "media", "--filter", "server/keepalive/*")
        self.assertEqual(run.returncode, 1)
        self.assertIn("there are no cases of media yet", run.stdout)

    def test_nothing_is_overwritten_or_signed_by_mistake(self):
        again = doublecheck("keygen", self.key)
        self.assertEqual(again.returncode, 1)
        self.assertIn("exists", again.stderr)
        self.assertEqual(pathlib.Path(self.key).stat().st_mode & 0o777, 0o600)
        self.assertEqual(doublecheck("certify", "--sign", self.key).returncode, 2)
        self.assertEqual(doublecheck("certify", "--profile", "core", "--artifact", self.key, "--sign",
                                     self.key + ".pub").returncode, 2)
        self.assertEqual(doublecheck("certify", "--profile", "everything").returncode, 2)


class KnownFailures(unittest.TestCase):
    def test_a_list_is_brought_up_to_date(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "expected.json")
            path.write_text(json.dumps({"expected": [
                {"case": "server/keepalive/ping_is_answered_once", "reason": "was known"}]}))
            options = ["certify", "--filter", "server/keepalive/*", "--expected", str(path)]
            self.assertEqual(doublecheck(*options).returncode, 1, "an unexpected pass")
            run = doublecheck(*options, "--update")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("- server/keepalive/ping_is_answered_once", run.stdout)
            self.assertEqual(json.loads(path.read_text()), {"expected": []})
            self.assertEqual(doublecheck(*options).returncode, 0)

    def test_a_run_is_compared_with_an_earlier_one(self):
        with tempfile.TemporaryDirectory() as folder:
            options = ["certify", "--filter", "server/keepalive/*"]
            self.assertEqual(doublecheck(*options, "--report", folder).returncode, 0)
            baseline = ["--baseline", str(pathlib.Path(folder, "report.json"))]
            self.assertIn("no difference", doublecheck(*options, *baseline).stdout)
            self.assertIn("new    server/canary/always_fails: fail",
                          doublecheck(*options, *baseline, "--canary").stdout)


class Explain(unittest.TestCase):
    def test_a_case_and_what_was_found(self):
        run = doublecheck("explain", "server/keepalive/ping_is_answered_once")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"KEEP-\d+ \(MUST")
        with tempfile.TemporaryDirectory() as folder:
            doublecheck("certify", "--canary", "--filter", "server/keepalive/*", "--report", folder)
            report = str(pathlib.Path(folder, "report.json"))
            run = doublecheck("explain", "server/keepalive/ping_is_answered_once", "--report", report)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertRegex(run.stdout, "against Doublecheck reference .*: pass")
            other = doublecheck("explain", "server/acks/message", "--report", report)
            self.assertEqual(other.returncode, 1)
            self.assertIn("was not run", other.stderr)

    def test_a_failure_is_told_as_on_the_page(self):
        case = "server/prekeys/forged_signed_prekey"
        with tempfile.TemporaryDirectory() as folder, Server("--strictness", "lenient") as server:
            doublecheck("certify", "--server", server.urls["ws"], "--filter", case, "--report", folder)
            run = doublecheck("explain", case, "--report", str(pathlib.Path(folder, "report.json")))
        self.assertEqual(run.returncode, 0, run.stderr)
        for part in (": fail\n  the upload is refused", "sent last\n    <iq", "whose bug it likely is\n    the implementation or the suite: PREKEY-16",
                     "transcript\n", "reproduce\n    doublecheck replay "):
            self.assertIn(part, run.stdout)

    def test_an_unknown_case_is_an_error(self):
        self.assertEqual(doublecheck("explain", "server/nothing").returncode, 2)


class Report(unittest.TestCase):
    def test_several_runs_make_one_page(self):
        with tempfile.TemporaryDirectory() as folder:
            reports = []
            for name, options in (("reference", ["--canary"]), ("pipe", ["--codec", f"{PROGRAM} codec"])):
                reports.append(str(pathlib.Path(folder, name, "report.json")))
                doublecheck("certify", *options, "--filter", "server/keepalive/*:codec/frame/*", "--report",
                            str(pathlib.Path(folder, name)))
            page = pathlib.Path(folder, "matrix.html")
            run = doublecheck("report", "merge", *reports, "--output", str(page))
            self.assertEqual(run.returncode, 0, run.stderr)
            text = page.read_text()
            self.assertIn("<h1>2 implementations</h1>", text)
            self.assertRegex(text, 'id="server/canary/always_fails"[^>]* data-verdicts="fail -"')
            self.assertRegex(text, 'id="codec/frame/[^>]* data-verdicts="pass pass"')
            counted = doublecheck("report", "merge", *reports, "--output", str(page), "--counts-only-for-security")
            self.assertEqual(counted.returncode, 0, counted.stderr)
            self.assertIn('id="security"', page.read_text())

    def test_the_page_of_a_run_is_made_again(self):
        with tempfile.TemporaryDirectory() as folder:
            doublecheck("certify", "--filter", "server/keepalive/*", "--report", folder)
            page = pathlib.Path(folder, "again.html")
            run = doublecheck("report", "page", str(pathlib.Path(folder, "report.json")), "--output", str(page))
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(page.read_text(), pathlib.Path(folder, "index.html").read_text())

    def test_what_is_no_report_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            wrong = pathlib.Path(folder, "report.json")
            wrong.write_text("{}")
            page = pathlib.Path(folder, "page.html")
            run = doublecheck("report", "merge", str(wrong), "--output", str(page))
            self.assertEqual(run.returncode, 2)
            self.assertIn(str(wrong), run.stderr)
            self.assertFalse(page.exists())
            self.assertEqual(doublecheck("report", "page", str(wrong)).returncode, 2)


class Detect(unittest.TestCase):
    def test_a_deviation_and_a_mutant_are_noticed(self):
        run = doublecheck("detect", "-v", "--cases", "server/acks/*", "--filter",
                          "server/forgets_acks:server/stanza/ack class=message/dropped")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout, r"killed +server/forgets_acks\n +by server/acks/")
        self.assertRegex(run.stdout, r"killed +server/stanza/ack class=message/dropped\n")

    def test_nothing_to_judge_is_an_error(self):
        nobody = doublecheck("detect", "--cases", "server/keepalive/*", "--filter", "nobody")
        self.assertEqual(nobody.returncode, 2)
        self.assertEqual(doublecheck("detect", "--only", "some").returncode, 2)


class Simulate(unittest.TestCase):
    def test_a_seed_replays(self):
        runs = [doublecheck("simulate", "--seed", "7") for _ in range(2)]
        self.assertEqual([run.returncode for run in runs], [0, 0], runs[0].stdout)
        self.assertEqual(runs[0].stdout, runs[1].stdout)

    def test_several_seeds(self):
        run = doublecheck("simulate", "--seeds", "3", "--jobs", "2")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


class Vectors(unittest.TestCase):
    LAYER = ["--layer", "padding", "--layer", "participant-hash"]

    def test_are_written_a_record_a_line(self):
        with tempfile.TemporaryDirectory() as folder:
            run = doublecheck("vectors", "export", *self.LAYER, "--out", folder)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertRegex(run.stdout, r"padding: \d+ confirmed, \d+ self-generated\n")
            self.assertEqual(sorted(path.name for path in pathlib.Path(folder).iterdir()),
                             ["manifest.json", "padding.jsonl", "participant-hash.jsonl"])
            lines = pathlib.Path(folder, "padding.jsonl").read_text(encoding="utf-8").splitlines()
            count = json.loads(pathlib.Path(folder, "manifest.json").read_text(encoding="utf-8"))["layers"]["padding"]
            self.assertEqual(len([json.loads(line) for line in lines]), sum(count.values()))

    def test_are_confirmed_by_a_codec(self):
        run = doublecheck("vectors", "confirm", *self.LAYER, "--codec", f"'{PROGRAM}' codec", "--name", "reference")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout, r"Doublecheck reference .*: \d+ vectors confirmed, 0 answered otherwise")

    def test_a_codec_that_is_none_is_an_error(self):
        run = doublecheck("vectors", "confirm", *self.LAYER, "--codec", "true", "--name", "nobody")
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stdout, "")

    def test_an_unknown_layer_is_an_error(self):
        self.assertEqual(doublecheck("vectors", "export", "--layer", "nothing").returncode, 2)


class Others(unittest.TestCase):
    def test_an_unknown_command_is_an_error_with_help(self):
        run = doublecheck("certifi")
        self.assertEqual(run.returncode, 2)
        self.assertIn("certify", run.stdout + run.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
