"""A headless Chromium, driven over WebDriver (W3C): as little of it as tests of pages need.

Wants `chromium` and `chromedriver`, of Debian's packages chromium and chromium-driver. The browser starts with a profile
of its own and loads what it is told to, and nothing else.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request

PATIENCE_S = 60  # used up only by a failure
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how the protocol names a reference to an element
ENTER = "\ue007"
TAB = "\ue004"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")


def available():
    return CHROMIUM is not None and CHROMEDRIVER is not None


class Browser:
    """A window while a `with` block runs; without scripts, those of pages do not run."""

    def __init__(self, scripts=True, width=1280, height=900):
        self.scripts = scripts
        self.size = f"--window-size={width},{height}"

    def __enter__(self):
        # Below the working directory, for some packages of Chromium see no other temporary folder.
        self.profile = tempfile.TemporaryDirectory(dir=os.getcwd(), prefix="browser-", ignore_cleanup_errors=True)
        self.driver = subprocess.Popen([CHROMEDRIVER, "--port=0"], stdout=subprocess.PIPE, text=True)
        started = next((found for line in self.driver.stdout
                        if (found := re.search(r"started successfully on port (\d+)", line))), None)
        if started is None:
            raise AssertionError("chromedriver did not start")
        self.reader = threading.Thread(target=self.driver.stdout.read)
        self.reader.start()
        self.address = f"http://127.0.0.1:{started.group(1)}/session"
        arguments = ["--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--hide-scrollbars", self.size,
                     f"--user-data-dir={self.profile.name}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        options = {"binary": CHROMIUM, "args": arguments}
        if not self.scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        try:
            session = self.call("POST", "", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        except BaseException:
            self.stop()
            raise
        self.address += "/" + session["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", "")
        finally:
            self.stop()

    def stop(self):
        self.driver.terminate()
        self.driver.wait()
        self.reader.join()
        self.driver.stdout.close()
        self.profile.cleanup()

    def call(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {json.load(error)['value']['message']}") from error

    def open(self, url):
        # A page that is there already would only be scrolled when nothing but the fragment differs.
        self.call("POST", "/url", {"url": "about:blank"})
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def settle(self):
        """Until the page has done what it put off."""
        self.call("POST", "/execute/async", {"args": [], "script": """
            const done = arguments[0];
            setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done())));"""})

    def element(self, css):
        return self.call("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def elements(self, css):
        return [each[ELEMENT] for each in self.call("POST", "/elements", {"using": "css selector", "value": css})]

    def text(self, css):
        return self.call("GET", f"/element/{self.element(css)}/text")

    def displayed(self, css):
        return self.call("GET", f"/element/{self.element(css)}/displayed")

    def click(self, css):
        self.call("POST", f"/element/{self.element(css)}/click")
        self.settle()

    def press(self, keys):
        """On the keyboard, whatever has the focus."""
        steps = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]})
        self.settle()

    def choose(self, name, value):
        """An option of a form, with the events of a user's choice; chromedriver's own click on an option fires only one."""
        chosen = self.run("""
            const [select, value] = [document.forms[0].elements[arguments[0]], arguments[1]];
            select.value = value;
            for (const type of ["input", "change"]) select.dispatchEvent(new Event(type, {bubbles: true}));
            return select.value;""", name, value)
        if chosen != value:
            raise AssertionError(f"{name} does not offer {value!r}")
        self.settle()

    def log(self):
        """What pages wrote to the console since this was asked last, errors and violated policies included."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]

    def screenshot(self):
        return base64.b64decode(self.call("GET", "/screenshot"))
