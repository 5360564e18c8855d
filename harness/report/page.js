"use strict";

// Brings the static tables of cases to life: filters, and details that are built when a case is opened. A row is a case; each
// of its links with a data-index opens what one implementation made of it. All text comes from the run, and so partly from
// whoever was tested: it goes into the page as text, never as markup.
(() => {
  const LINES_SHOWN_AT_FIRST = 14;
  const MAX_TINTED = 4000; // characters; longer texts stay plain
  const COPIED_SHOWN_MS = 1500;

  const requirements = new Map(Object.entries(JSON.parse(document.getElementById("requirement-data").textContent)));
  const redVerdicts = new Set(document.body.dataset.redVerdicts.split(" "));
  const NOT_RUN = "-"; // among the verdicts of a row

  const sections = [...document.querySelectorAll("section.layer")].map((section) => ({
    section,
    rows: [...section.querySelectorAll("tr[data-verdicts]")].map((row) => ({
      row, verdicts: row.dataset.verdicts.split(" "), text: null,
    })),
  }));
  const rowCount = sections.reduce((sum, { rows }) => sum + rows.length, 0);

  // Line i of the data is what the link with data-index i opens; it is parsed then.
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

  function assessment(data) {
    if (!data.suspect) return [];
    return [element("h4", "", "Whose bug it likely is"),
      element("p", "assessment", element("strong", "", data.suspect), data.why ? `: ${data.why}` : "")];
  }

  // What the case demands, how that went, how to see it again. `told` is the message as far as the row shows it.
  function details(data, told) {
    const exchange = [...block("Sent last", data.sent, "sent"), ...block("Expected", data.expected, "expected"),
      ...block("Received", data.actual, "actual")];
    const times = `Took ${data.took}, and ${data.virtual} on the clock of the case`;
    const who = data.subject
      ? [element("h4", "subject", element("span", `chip ${data.verdict}`, data.verdict), ` ${data.subject}`)] : [];
    return element(
      "div", "details",
      ...who,
      element("div", "requirements", ...data.requirements.map(requirementCard)),
      ...block("Message", data.message === told ? "" : data.message, "whole-message"),
      ...(exchange.length > 0 ? [element("div", "comparison", ...exchange)] : []),
      ...assessment(data),
      ...transcript(data),
      ...reproduce(data.reproduce),
      element("p", "hint", data.stimulus ? `${times} · stimulus ${data.stimulus}` : times),
    );
  }

  // Below a row, what one of its links opens; opening another one takes its place.
  function toggle(link, open = link.getAttribute("aria-expanded") !== "true") {
    const row = link.closest("tr");
    if (row.classList.contains("open")) {
      row.nextElementSibling.remove();
      row.querySelector("[aria-expanded=true]").setAttribute("aria-expanded", "false");
    }
    row.classList.toggle("open", open);
    link.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const told = row.querySelector(".message")?.textContent ?? "";
    const cell = element("td", "", details(caseData(Number(link.dataset.index)), told));
    cell.colSpan = row.cells.length;
    row.after(element("tr", "opened", cell));
  }

  // ---- Filters

  const form = document.querySelector("form.filters");

  // What a search looks at; made at the first search.
  function textOf(entry) {
    if (entry.text === null) {
      const ids = [...entry.row.querySelectorAll("code")].map((code) => code.textContent);
      const texts = ids.map((id) => requirements.get(id)?.text ?? "");
      entry.text = [entry.row.textContent, ...texts].join(" ").toLowerCase();
    }
    return entry.text;
  }

  // What the form asks for, as a function of a row. A choice that a page does not offer asks for nothing.
  function wanted() {
    const value = (name) => form.elements[name]?.value ?? "";
    const words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    const [level, role, verdict, subject] = ["level", "role", "verdict", "subject"].map(value);
    const differ = form.elements.differ?.checked ?? false;
    const right = (one) => (verdict === "red" ? redVerdicts.has(one) : verdict ? one === verdict : one !== NOT_RUN);
    return (entry) => {
      const { row, verdicts } = entry;
      return (subject ? right(verdicts[Number(subject)]) : verdicts.some(right)) &&
        (!level || row.dataset.level === level) &&
        (!role || row.dataset.role === role) &&
        (!differ || new Set(verdicts.filter((one) => one !== NOT_RUN)).size > 1) &&
        words.every((word) => textOf(entry).includes(word));
    };
  }

  // Touches what changes, and nothing else: a page may have thousands of rows.
  function hide(target, hidden) {
    if (target.hidden !== hidden) target.hidden = hidden;
  }

  function apply() {
    const layer = form.elements.layer?.value ?? "";
    const matches = wanted();
    let shown = 0;
    for (const { section, rows } of sections) {
      const inLayer = !layer || section.dataset.layer === layer;
      let here = 0;
      for (const entry of rows) {
        const { row } = entry;
        const matched = inLayer && matches(entry);
        hide(row, !matched);
        if (row.classList.contains("open")) hide(row.nextElementSibling, !matched);
        if (matched) ++here;
      }
      hide(section, here === 0);
      shown += here;
    }
    const total = rowCount.toLocaleString("en");
    const noun = rowCount === 1 ? "case" : "cases";
    form.elements.shown.value =
      shown === rowCount ? `${total} ${noun}` : `${shown.toLocaleString("en")} of ${total} ${noun}`;
    hide(document.getElementById("nothing"), shown > 0 || rowCount === 0);
    form.classList.toggle("active", shown < rowCount);
  }

  let scheduled = 0;
  function applySoon() {
    cancelAnimationFrame(scheduled);
    scheduled = requestAnimationFrame(apply);
  }

  // ---- Links

  // The link of a row that says most: the first that needs attention, or else the first.
  function mainLink(row) {
    const links = [...row.querySelectorAll("a[data-index]")];
    const verdicts = row.dataset.verdicts.split(" ").filter((one) => one !== NOT_RUN);
    return links[Math.max(0, verdicts.findIndex((one) => redVerdicts.has(one)))];
  }

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
    if (target.closest("[hidden]")) {
      form.reset();
      apply();
    }
    const row = target.closest("tr[data-verdicts]");
    if (row) toggle(target === row ? mainLink(row) : target, true);
    (row ?? target).scrollIntoView({ block: "start" });
  }

  // What a click on a row opens: what is in the cell, or what the row is about.
  function linkOf(target) {
    const row = target.closest("tr[data-verdicts]");
    return row && (target.closest("td")?.querySelector("a[data-index]") ?? mainLink(row));
  }

  document.addEventListener("click", (event) => {
    const filter = event.target.closest("a[data-verdict]");
    if (filter) {
      form.reset();
      form.elements.verdict.value = filter.dataset.verdict;
      if (form.elements.subject) form.elements.subject.value = filter.dataset.subject;
      apply();
      return;
    }
    const link = linkOf(event.target);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !getSelection().isCollapsed) return;
    if (event.target.closest("a")) event.preventDefault();
    toggle(link);
    if (link.getAttribute("aria-expanded") === "true") history.replaceState(null, "", link.href);
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

  for (const link of document.querySelectorAll("a[data-index]")) link.setAttribute("aria-expanded", "false");
  form.hidden = rowCount === 0;
  document.documentElement.classList.add("scripted");
  if (location.hash) followAddress();
})();
