"use strict";

// Brings the static table of cases to life: filters, and details that are built when a case is opened. All text comes from
// the run, and so partly from whoever was tested: it goes into the page as text, never as markup.
(() => {
  const LINES_SHOWN_AT_FIRST = 14;
  const MAX_TINTED = 4000; // characters; longer texts stay plain
  const COPIED_SHOWN_MS = 1500;

  const requirements = new Map(Object.entries(JSON.parse(document.getElementById("requirement-data").textContent)));
  const redVerdicts = new Set(document.body.dataset.redVerdicts.split(" "));
  const rows = [...document.querySelectorAll("tr[data-index]")];
  const sections = [...document.querySelectorAll("section.layer")];

  // Line i of the data is case i; a line is parsed when its case is opened.
  let caseLines = null;
  function caseData(index) {
    caseLines ??= document.getElementById("case-data").textContent.split("\n");
    return JSON.parse(caseLines[index]);
  }

  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  // ---- Details of one case

  // A stanza in colours. Each alternative takes what it can and never gives back, so that no text takes long.
  const TOKEN = /(<\/?|\/?>)|("[^"]*"?)|([^\s<>"=/]+)|\s+|[\s\S]/gy;
  function tintedLine(text) {
    const parts = [];
    let inTag = false;
    let tagNext = false;
    for (const [token, bracket, quoted, word] of text.matchAll(TOKEN)) {
      if (bracket) {
        inTag = tagNext = bracket.startsWith("<");
        parts.push(element("i", "bracket", token));
      } else if (word && tagNext) {
        tagNext = false;
        parts.push(element("i", "tag", token));
      } else if (quoted) {
        parts.push(element("i", "value", token));
      } else if (word && inTag) {
        parts.push(element("i", word.endsWith(":") ? "type" : "name", token));
      } else {
        parts.push(token);
      }
    }
    return parts;
  }

  // Text of which those lines are coloured that look like a stanza, or a part of one.
  function tinted(text) {
    if (text.length > MAX_TINTED) return element("span", "text", text);
    const lines = text.split(/(?<=\n)/);
    return element("span", "text", ...lines.flatMap((line) => (/^\s*</.test(line) ? tintedLine(line) : [line])));
  }

  function transcriptLine([seconds, endpoint, direction, kind, text]) {
    const arrow = { sent: "→", received: "←" }[direction] ?? "·";
    const line = element("li", direction || "event");
    line.append(
      element("span", "time", seconds.toFixed(3)),
      element("span", "endpoint", endpoint),
      element("span", "arrow", arrow),
      element("span", "what", ...(kind === "stanza" ? [] : [element("span", "kind", kind)]), tinted(text)),
    );
    line.querySelector(".arrow").title = direction;
    return line;
  }

  function transcript(data) {
    const lines = data.transcript;
    if (lines.length === 0 && data.lines_left_out === 0) return [];
    const list = element("ol", "transcript");
    list.append(...lines.slice(-LINES_SHOWN_AT_FIRST).map(transcriptLine));
    const parts = [element("h4", "", "Transcript")];
    if (data.lines_left_out > 0) {
      parts.push(element("p", "hint", `${data.lines_left_out} earlier lines are in report.json.`));
    }
    const earlier = lines.slice(0, -LINES_SHOWN_AT_FIRST);
    if (earlier.length > 0) {
      const show = element("button", "earlier", `Show ${earlier.length} earlier line${earlier.length === 1 ? "" : "s"}`);
      show.type = "button";
      show.addEventListener("click", () => {
        list.prepend(...earlier.map(transcriptLine));
        show.remove();
      });
      parts.push(show);
    }
    return [...parts, list];
  }

  function requirementCard(id) {
    const found = requirements.get(id);
    const card = element("article", "requirement");
    const head = element("header", "", element("code", "", id));
    card.append(head);
    if (!found) {
      card.append(element("p", "hint", "This catalogue has no such requirement."));
      return card;
    }
    head.append(element("span", "level", found.level));
    if (found.security) head.append(element("span", "security", "security"));
    card.append(element("p", "", found.text));
    if (found.rationale) card.append(element("p", "rationale", found.rationale));
    const facts = element("dl", "");
    for (const [name, value] of [
      ["Binds", found.role],
      ["Evidence", found.evidence],
      ["Source", found.source],
      ["Contested", found.contested],
    ]) {
      if (value) facts.append(element("dt", "", name), element("dd", "", value));
    }
    card.append(facts);
    return card;
  }

  async function copy(button, source) {
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // Browsers that keep the clipboard from pages on a disk: select, and let the old way try.
      getSelection().selectAllChildren(source);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, COPIED_SHOWN_MS);
  }

  function reproduce(command) {
    if (!command) return [];
    const code = element("code", "", command);
    const button = element("button", "", "Copy");
    button.type = "button";
    button.addEventListener("click", () => copy(button, code));
    return [element("h4", "", "Reproduce"), element("div", "command", code, button)];
  }

  function block(title, text, className) {
    return text ? [element("div", className, element("h4", "", title), element("pre", "", tinted(text)))] : [];
  }

  // What the case demands, how that went, how to see it again. `told` is the message as far as the row shows it.
  function details(data, told) {
    const both = [...block("Expected", data.expected, "expected"), ...block("Actual", data.actual, "actual")];
    const times = `Took ${data.took}, and ${data.virtual} on the clock of the case`;
    return element(
      "div", "details",
      element("div", "requirements", ...data.requirements.map(requirementCard)),
      ...block("Message", data.message === told ? "" : data.message, "whole-message"),
      ...block("Listed as expected to fail", data.reason, "reason"),
      ...(both.length > 0 ? [element("div", "comparison", ...both)] : []),
      ...transcript(data),
      ...reproduce(data.reproduce),
      element("p", "hint", data.stimulus ? `${times} · stimulus ${data.stimulus}` : times),
    );
  }

  function toggle(row, open = !row.classList.contains("open")) {
    if (open === row.classList.contains("open")) return;
    row.classList.toggle("open", open);
    row.querySelector("a.sentence").setAttribute("aria-expanded", String(open));
    if (!open) {
      row.nextElementSibling.remove();
      return;
    }
    const told = row.querySelector(".message")?.textContent ?? "";
    const cell = element("td", "", details(caseData(Number(row.dataset.index)), told));
    cell.colSpan = row.cells.length;
    row.after(element("tr", "opened", cell));
  }

  // ---- Filters

  const form = document.querySelector("form.filters");

  // What a search looks at, for each row; made at the first search.
  let haystacks = null;
  function haystackOf(row) {
    haystacks ??= new Map(rows.map((each) => {
      const ids = [...each.querySelectorAll("code")].map((code) => code.textContent);
      const texts = ids.map((id) => requirements.get(id)?.text ?? "");
      return [each, [each.textContent, ...texts].join(" ").toLowerCase()];
    }));
    return haystacks.get(row);
  }

  function apply() {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { value: layer } = form.elements.layer;
    const { value: verdict } = form.elements.verdict;
    const { value: level } = form.elements.level;
    const matches = (row) =>
      (!verdict || (verdict === "red" ? redVerdicts.has(row.dataset.verdict) : row.dataset.verdict === verdict)) &&
      (!level || row.dataset.level === level) &&
      words.every((word) => haystackOf(row).includes(word));
    let shown = 0;
    for (const section of sections) {
      const inLayer = !layer || section.dataset.layer === layer;
      let here = 0;
      for (const row of section.querySelectorAll("tr[data-index]")) {
        row.hidden = !(inLayer && matches(row));
        if (row.classList.contains("open")) row.nextElementSibling.hidden = row.hidden;
        if (!row.hidden) ++here;
      }
      section.hidden = here === 0;
      shown += here;
    }
    const total = rows.length.toLocaleString("en");
    const noun = rows.length === 1 ? "case" : "cases";
    form.elements.shown.value =
      shown === rows.length ? `${total} ${noun}` : `${shown.toLocaleString("en")} of ${total} ${noun}`;
    document.getElementById("nothing").hidden = shown > 0 || rows.length === 0;
    form.classList.toggle("active", shown < rows.length);
  }

  let scheduled = 0;
  function applySoon() {
    cancelAnimationFrame(scheduled);
    scheduled = requestAnimationFrame(apply);
  }

  // ---- Links

  // Opens the case that the address names, even when a filter hides it.
  function followAddress() {
    let id;
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const target = document.getElementById(id);
    if (!target) return;
    if (target.hidden || target.closest("section.layer")?.hidden) {
      form.reset();
      apply();
    }
    if (target.matches("tr[data-index]")) toggle(target, true);
    target.scrollIntoView({ block: "start" });
  }

  document.addEventListener("click", (event) => {
    const filter = event.target.closest("a[data-verdict]");
    if (filter) {
      form.reset();
      form.elements.verdict.value = filter.dataset.verdict;
      apply();
      return;
    }
    const row = event.target.closest("tr[data-index]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey || !getSelection().isCollapsed) return;
    if (event.target.closest("a")) event.preventDefault();
    toggle(row);
    if (row.classList.contains("open")) history.replaceState(null, "", row.querySelector("a.sentence").href);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    form.elements.text.focus();
  });

  form.addEventListener("input", applySoon);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", followAddress);

  for (const row of rows) row.querySelector("a.sentence").setAttribute("aria-expanded", "false");
  form.hidden = rows.length === 0;
  document.documentElement.classList.add("scripted");
  if (location.hash) followAddress();
})();
