#!/usr/bin/env python3
"""Pages of reports in a browser: PROGRAM is the `doublecheck` command.

    browser_test.py PROGRAM
    browser_test.py PROGRAM --screenshot PAGE.png REPORT.html [FRAGMENT]

The second form is how the pictures of README.md are made. Without a browser the test is skipped, which ci/interop-ran
does not let pass.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

import webdriver
from webdriver import ENTER, TAB, Browser

PROGRAM = ""
BROWSER = None
PATIENCE_S = 120  # used up only by a failure
SKIPPED = 77
VERDICTS = ["fail", "flaky", "inconclusive", "unexpected-pass", "warn", "expected-fail", "unsupported", "pass"]
RED = {"fail", "flaky", "inconclusive", "unexpected-pass"}

RUNS = "window.ran = 1"
HOSTILE = (f"</script></pre></td><script>{RUNS}</script><img src=x onerror='{RUNS}'>\"'><svg onload='{RUNS}'>"
           f"<a href='javascript:{RUNS}' autofocus onfocus='{RUNS}'>x</a><!-- {{{{style}}}}")

# Counts what a page does from now on.
WATCH = """
    window.work = {built: 0, changed: 0};
    window.watcher = new MutationObserver((records) => {
      for (const record of records) {
        if (record.type === "attributes") window.work.changed += 1;
        for (const node of record.addedNodes) window.work.built += 1 + (node.querySelectorAll?.("*").length ?? 0);
      }
    });
    window.watcher.observe(document, {subtree: true, childList: true, attributes: true});"""


def case(name, verdict, **members):
    layer = members.get("layer", "keepalive")
    passed = verdict == "pass"
    return {"id": f"client/{layer}/{name}", "layer": layer, "role": "client", "sentence": f"What {name} is about.",
            "requirements": ["KEEP-01"], "stimulus": "", "verdict": verdict,
            "message": "" if passed else f"why {name} did not pass", "expected": "" if passed else '<iq type="result"/>',
            "actual": "" if passed else "nothing within 10 s",
            "expected_fail_reason": "reported upstream" if verdict == "expected-fail" else "", "seconds": 0.1,
            "virtual_seconds": 10.0, "reproduce": f"doublecheck certify --filter '{name}'",
            "transcript": [] if passed else [
                {"seconds": 0.5, "endpoint": "server", "direction": "sent", "kind": "stanza", "text": '<iq type="get"/>'},
                {"seconds": 10.5, "endpoint": "case", "direction": "", "kind": "note", "text": "no match"}],
            **members}


def run_of(name, cases, **subject):
    tally = {verdict: sum(one["verdict"] == verdict for one in cases) for verdict in VERDICTS}
    ran = any(one["verdict"] != "unsupported" for one in cases)
    return {"format": "doublecheck-report", "version": 1, "suite_version": "0.1.0", "started_at": "2026-01-01T00:00:00Z",
            "seed": "1", "seconds": 1.0, "driver": "sockets", "cases": cases,
            "subject": {"role": "client", "how": "a command", "name": name, "version": "1.0", **subject},
            "summary": {"succeeded": ran and not any(tally[verdict] for verdict in RED), "verdicts": tally}}


def hostile_run():
    cases = [case(str(i), verdict, id=f"{HOSTILE}{i}", layer=HOSTILE, sentence=HOSTILE, requirements=["KEEP-01", HOSTILE],
                  stimulus=HOSTILE, message=HOSTILE, expected=HOSTILE, actual=HOSTILE, expected_fail_reason=HOSTILE,
                  reproduce=HOSTILE, transcript=[{"seconds": 1, "endpoint": HOSTILE, "direction": "sent",
                                                  "kind": HOSTILE, "text": HOSTILE}])
             for i, verdict in enumerate(VERDICTS)]
    return run_of(HOSTILE, cases, version=HOSTILE, how=HOSTILE)


def address(path, fragment):
    return path.as_uri() + ("#" + urllib.parse.quote(fragment, safe="/") if fragment else "")


def setUpModule():
    global BROWSER
    BROWSER = unittest.enterModuleContext(Browser())


class Pages(unittest.TestCase):
    """Makes pages of runs, and opens them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(dir=pathlib.Path.cwd(), prefix="pages-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.browser = BROWSER

    @classmethod
    def page(cls, name, *runs, command="merge"):
        folder = pathlib.Path(cls.folder.name)
        reports = []
        for i, run in enumerate(runs):
            reports.append(folder / f"{name}-{i}.json")
            reports[-1].write_text(json.dumps(run))
        output = folder / f"{name}.html"
        made = subprocess.run([PROGRAM, "report", command, *map(str, reports), "--output", str(output)],
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if made.returncode != 0:
            raise AssertionError(made.stdout + made.stderr)
        return output

    def open(self, path, fragment=""):
        self.browser.open(address(path, fragment))

    def shown(self):
        """The names of the cases that can be seen."""
        return self.browser.run("""
            return [...document.querySelectorAll("tr[data-verdicts]")].filter((row) => row.checkVisibility())
              .map((row) => row.id.split("/").pop());""")

    def opened(self):
        """The texts of the cases that are open."""
        return self.browser.run('return [...document.querySelectorAll("tr.opened")].map((row) => row.textContent);')


class RunPage(Pages):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cases = [case(verdict, verdict, layer="acks" if i % 2 else "keepalive") for i, verdict in enumerate(VERDICTS)]
        cases[0]["requirements"] = ["KEEP-01", "NONE-99"]
        cases.append(case("recommended", "warn", requirements=["APPSTATE-04"], role="server",
                          id="server/keepalive/recommended"))
        cls.path = cls.page("run", run_of("a client", cases), command="page")

    def setUp(self):
        self.open(self.path)

    def test_filters_narrow_and_clear(self):
        browser = self.browser
        everything = sorted([*VERDICTS, "recommended"])
        self.assertEqual(sorted(self.shown()), everything)
        browser.choose("verdict", "fail")
        self.assertEqual(self.shown(), ["fail"])
        self.assertEqual(browser.text("output"), "1 of 9 cases")
        browser.choose("verdict", "red")
        self.assertEqual(set(self.shown()), RED)
        browser.choose("layer", "acks")
        self.assertEqual(set(self.shown()), RED & set(VERDICTS[1::2]))
        browser.click("button[type=reset]")
        self.assertEqual(sorted(self.shown()), everything)
        browser.choose("role", "server")
        self.assertEqual(self.shown(), ["recommended"])
        browser.click("button[type=reset]")
        browser.click("ul.verdicts a[data-verdict=flaky]")
        self.assertEqual(self.shown(), ["flaky"])

    def test_the_level_is_that_of_the_first_requirement(self):
        levels = self.browser.run(
            'return Object.fromEntries([...document.querySelectorAll("tr")].filter((row) => row.id)'
            '.map((row) => [row.id, row.dataset.level]))')
        self.assertEqual(set(levels.values()), {"MUST", "SHOULD"})
        for level in set(levels.values()):
            with self.subTest(level=level):
                self.browser.choose("level", level)
                self.assertEqual(set(self.shown()),
                                 {name.split("/")[-1] for name, its in levels.items() if its == level})

    def test_text_finds_messages_and_requirements(self):
        browser = self.browser
        browser.press("/")
        browser.press("why flaky")
        self.assertEqual(self.shown(), ["flaky"])
        browser.click("button[type=reset]")
        browser.press("/")
        browser.press("none-99")
        self.assertEqual(self.shown(), ["fail"])
        browser.press("x")
        self.assertEqual(self.shown(), [])
        self.assertTrue(browser.displayed("#nothing"))

    def test_a_click_opens_what_stands_behind_a_verdict(self):
        browser = self.browser
        browser.click('a.sentence[href="#client/keepalive/fail"][data-index]')
        (text,) = self.opened()
        requirement = subprocess.run([PROGRAM, "requirements", "KEEP-01"], capture_output=True, text=True, check=True)
        for part in ("KEEP-01", "MUST", "Evidence", "Sent last", '<iq type="get"/>', "Expected", '<iq type="result"/>',
                     "Received", "nothing within 10 s", "Whose bug it likely is", "the implementation", "Transcript",
                     "no match", "doublecheck certify --filter 'fail'"):
            self.assertIn(part, text)
        told = browser.run('return JSON.parse(document.getElementById("requirement-data").textContent)["KEEP-01"].text')
        self.assertIn(told, text)
        self.assertIn(told[:40], requirement.stdout)
        self.assertIn("This catalogue has no such requirement", text)
        browser.click('a.sentence[href="#client/keepalive/fail"][data-index]')
        self.assertEqual(self.opened(), [])

    def test_the_keyboard_opens_it_too(self):
        browser = self.browser
        browser.run('document.querySelector("button[type=reset]").focus()')
        browser.choose("verdict", "inconclusive")
        browser.run('document.querySelector("button[type=reset]").focus()')
        browser.press(TAB)
        browser.press(ENTER)
        (text,) = self.opened()
        self.assertIn("the set-up", text)
        self.assertEqual(browser.run("return document.activeElement.getAttribute('aria-expanded')"), "true")
        browser.press(ENTER)
        self.assertEqual(self.opened(), [])

    def test_a_link_opens_its_case(self):
        self.open(self.path, "client/acks/expected-fail")
        (text,) = self.opened()
        self.assertIn("reported upstream", text)


class MatrixPage(Pages):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = cls.page(
            "matrix",
            run_of("reference", [case("both", "pass"), case("one", "pass"), case("nobody", "fail", layer="acks")],
                   how="in process", role="server, client and codec"),
            run_of("alpha", [case("both", "pass"), case("one", "fail"), case("nobody", "fail", layer="acks"),
                             case("alone", "warn")]),
            run_of("beta", [case("both", "pass"), case("one", "pass"), case("nobody", "fail", layer="acks")]))

    def setUp(self):
        self.open(self.path)

    def cell(self, name, subject, layer="keepalive"):
        return f'a[id="client/{layer}/{name} at {subject} 1.0"]'

    def test_filters(self):
        browser = self.browser
        self.assertEqual(self.shown(), ["nobody", "alone", "both", "one"])
        browser.click("input[name=differ]")
        self.assertEqual(self.shown(), ["one"])
        browser.click("button[type=reset]")
        browser.choose("verdict", "fail")
        self.assertEqual(self.shown(), ["nobody", "one"])
        browser.choose("subject", "2")
        self.assertEqual(self.shown(), ["nobody"])
        browser.choose("verdict", "")
        self.assertEqual(self.shown(), ["nobody", "both", "one"], "those that beta ran")
        browser.click("button[type=reset]")
        browser.choose("layer", "acks")
        self.assertEqual(self.shown(), ["nobody"])
        browser.click('a[data-verdict=warn][data-subject="1"]')
        self.assertEqual(self.shown(), ["alone"])

    def test_a_verdict_is_told_without_colour(self):
        self.assertEqual(self.browser.text(self.cell("one", "alpha")), "fail")
        self.assertIn("✕", self.browser.run(
            f"return getComputedStyle(document.querySelector('{self.cell('one', 'alpha')} .chip'), '::before').content"))
        self.assertIn("not run", self.browser.text('tr[id="client/keepalive/alone"]'))

    def test_a_cell_opens_what_this_implementation_did(self):
        browser = self.browser
        browser.click(self.cell("one", "alpha"))
        (text,) = self.opened()
        self.assertIn("alpha 1.0", text)
        self.assertIn("the reference passes", text)
        browser.click(self.cell("one", "beta"))
        (text,) = self.opened()
        self.assertIn("beta 1.0", text)
        self.assertEqual(len(browser.elements("[aria-expanded=true]")), 1)
        browser.click(self.cell("one", "beta"))
        self.assertEqual(self.opened(), [])
        browser.click(self.cell("nobody", "beta", "acks"))
        self.assertIn("the suite: its own reference fails this case", self.opened()[0])

    def test_the_keyboard_walks_over_the_cells(self):
        browser = self.browser
        browser.run(f"document.querySelector('{self.cell('one', 'reference')}').focus()")
        browser.press(TAB)
        browser.press(ENTER)
        (text,) = self.opened()
        self.assertIn("why one did not pass", text)

    def test_links(self):
        self.open(self.path, "client/acks/nobody at beta 1.0")
        self.assertIn("beta 1.0", self.opened()[0])
        self.open(self.path, "client/keepalive/one")
        self.assertIn("alpha 1.0", self.opened()[0], "the one that needs attention")
        self.browser.click(self.cell("one", "beta"))
        self.assertTrue(self.browser.run("return location.hash").endswith("one%20at%20beta%201.0"))

    def test_without_scripts_it_is_a_table(self):
        with Browser(scripts=False) as browser:
            browser.open(self.path.as_uri())
            self.assertFalse(browser.displayed("form.filters"))
            self.assertTrue(browser.displayed("noscript p"))
            self.assertEqual(len(browser.elements("tr[data-verdicts]")), 4)
            self.assertEqual(browser.text(self.cell("one", "alpha")), "fail")


class HostileTexts(Pages):
    def assert_inert(self, path):
        browser = self.browser
        browser.log()
        self.open(path)
        links = browser.elements("a[data-index]")
        self.assertGreaterEqual(len(links), len(VERDICTS))
        browser.run('for (const link of document.querySelectorAll("a[data-index]")) link.click();')
        browser.settle()
        self.assertGreaterEqual(len(self.opened()), len(VERDICTS))
        browser.press("/")
        browser.press("script")
        self.assertGreater(len(self.shown()), 0)
        self.assertIsNone(browser.run("return window.ran ?? null"))
        self.assertEqual(browser.run('return document.querySelectorAll("img, svg[onload], script:not([type])").length'), 1)
        self.assertEqual(browser.run("""return [...document.querySelectorAll("*")]
            .flatMap((one) => [...one.attributes]).filter((one) => one.name.startsWith("on")).length"""), 0)
        self.assertEqual(browser.log(), [])

    def test_what_a_peer_says_stays_text(self):
        self.assert_inert(self.page("hostile", hostile_run(), command="page"))
        self.assert_inert(self.page("hostile-matrix", hostile_run(), hostile_run()))

    def test_the_policy_stops_what_would_get_through(self):
        path = self.page("unescaped", run_of("a client", [case("x", "fail", message="MESSAGE")]), command="page")
        text = path.read_text().replace("MESSAGE", HOSTILE.replace("</script>", "", 1), 1)
        path.write_text(text)
        self.browser.log()
        self.open(path)
        self.browser.settle()
        self.assertIsNone(self.browser.run("return window.ran ?? null"))
        self.assertRegex("\n".join(self.browser.log()), "Content Security Policy")

    def test_it_would_run_elsewhere(self):
        path = pathlib.Path(self.folder.name, "open.html")
        path.write_text(f"<!doctype html><p>{HOSTILE}")
        self.open(path)
        self.browser.settle()
        self.assertEqual(self.browser.run("return window.ran ?? null"), 1)


class ManyRows(Pages):
    """5,000 cases at 3 implementations: what a filter does is bounded by the rows that come and go."""

    ROWS = 5000
    LAYERS = 10
    SLACK = 8  # the form's mark, the count, the remark that nothing matches

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = [{"seconds": i / 10, "endpoint": "server", "direction": "sent", "kind": "stanza", "text": f'<iq id="{i}"/>'}
                 for i in range(2000)]

        def cases(period):
            made = [case(f"n{i:04}", "fail" if period and i % period == 0 else "pass", layer=f"layer{i % cls.LAYERS}",
                         transcript=[]) for i in range(cls.ROWS)]
            made[0]["transcript"] = lines
            return made

        cls.path = cls.page("many", run_of("reference", cases(0)), run_of("alpha", cases(10)), run_of("beta", cases(15)))

    def setUp(self):
        self.open(self.path)
        self.browser.run(WATCH)

    def work(self):
        """What was done since this was asked last."""
        return self.browser.run("""
            const done = window.work;
            window.work = {built: 0, changed: 0};
            return done;""")

    def assert_bounded(self, rows_that_changed):
        work = self.work()
        self.assertLessEqual(work["built"], self.SLACK)
        self.assertLessEqual(work["changed"], rows_that_changed + self.LAYERS + self.SLACK)

    def test_filters_touch_what_changes(self):
        browser = self.browser
        self.assertEqual(len(self.shown()), self.ROWS)
        links = browser.run('return document.querySelectorAll("a[data-index]").length')
        self.assertEqual(links, 3 * self.ROWS)
        failing = {i for i in range(self.ROWS) if i % 10 == 0 or i % 15 == 0}
        browser.choose("verdict", "fail")
        self.assertEqual(len(self.shown()), len(failing))
        self.assert_bounded(self.ROWS - len(failing))
        browser.choose("subject", "2")
        beta = {i for i in range(self.ROWS) if i % 15 == 0}
        self.assertEqual(len(self.shown()), len(beta))
        self.assert_bounded(len(failing) - len(beta))
        browser.choose("layer", "layer5")
        there = {i for i in beta if i % self.LAYERS == 5}
        self.assertEqual(len(self.shown()), len(there))
        self.assert_bounded(len(beta) - len(there))
        browser.press("/")
        browser.press("n0045")
        self.assertEqual(self.shown(), ["n0045"])
        self.assert_bounded(len(there) - 1)

    def test_a_filter_that_changes_nothing_does_nothing(self):
        self.browser.choose("verdict", "pass")
        self.assertEqual(len(self.shown()), self.ROWS)
        self.assert_bounded(0)

    def test_an_opened_case_is_as_big_as_what_is_shown_of_it(self):
        self.browser.click('a[id="client/layer0/n0000 at alpha 1.0"]')
        work = self.work()
        self.assertGreater(work["built"], 50)
        self.assertLess(work["built"], 400)
        self.browser.click("button.earlier")
        self.assertGreater(self.work()["built"], 1900)


def screenshot(picture, page, fragment=""):
    with Browser(width=1280, height=1180) as browser:
        browser.open(address(pathlib.Path(page).resolve(), fragment))
        browser.settle()
        pathlib.Path(picture).write_bytes(browser.screenshot())


if __name__ == "__main__":
    if not webdriver.available():
        print("chromium or chromedriver is missing: run ci/setup", file=sys.stderr)
        sys.exit(SKIPPED)
    PROGRAM = sys.argv.pop(1)
    if sys.argv[1:2] == ["--screenshot"]:
        screenshot(*sys.argv[2:])
    else:
        unittest.main(verbosity=2)
