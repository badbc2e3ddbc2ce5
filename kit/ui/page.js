// Draws a view (a list of blocks) and sends messages. Text goes in by textContent only, never as markup.
// Each function of `draw` draws one block of docs/blocks.md.

const WORDS = { kept: "✓", missed: "○", broken: "✗", "red line": "⚠" };

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

let serial = 0;
const newId = (what) => `hn-${what}-${++serial}`;

function paragraphs(text, className) {
  return text.split(/\n+/).map((line) => el("p", { class: className, text: line }));
}

// --- blocks ------------------------------------------------------------------------------------------------

const draw = {
  heading(block) {
    const tag = `h${block.level}`;
    const title = el(tag, { text: block.text, lang: block.lang, tabindex: block.focus ? -1 : undefined, "data-focus": block.focus });
    return el("div", { class: block.sheet ? "hn-heading hn-new-sheet" : "hn-heading" }, block.kicker ? el("p", { class: "hn-kicker", text: block.kicker }) : null, title);
  },
  text: (block) => el("div", { class: block.small ? "hn-small" : "hn-text", lang: block.lang }, ...paragraphs(block.text)),
  bullets: (block) => el("ul", { class: "hn-bullets" }, ...block.items.map((item) => el("li", { text: item }))),
  talk(block) {
    const turns = block.turns.map((turn) =>
      el("li", { class: turn.mine ? "hn-turn hn-mine" : "hn-turn" }, el("span", { class: "hn-who", text: turn.who }), el("span", { class: "hn-words", text: turn.words })));
    return el("ol", { class: "hn-talk", "aria-label": block.label, lang: block.lang }, ...turns);
  },
  meter(block) {
    const fill = el("span", { class: "hn-fill" });
    fill.style.width = `${(100 * block.value) / block.most}%`;
    return el("p", { class: "hn-meter" },
      el("span", { text: `${block.label}: ` }), el("strong", { text: `${block.value} of ${block.most}, ${block.word}` }),
      el("span", { class: "hn-track", "aria-hidden": "true" }, fill));
  },
  card: (block, page) => el("div", { class: `hn-card hn-${block.tone || "plain"}`, role: block.label ? "group" : undefined, "aria-label": block.label || undefined },
    block.label ? el("p", { class: "hn-card-label", text: block.label }) : null, ...page.all(block.blocks)),
  chips: (block) => el("ul", { class: "hn-chips", "aria-label": "Rules" }, ...block.items.map((item) =>
    el("li", { class: `hn-chip hn-chip-${item.word.replace(" ", "-")}` },
      el("span", { "aria-hidden": "true", text: `${WORDS[item.word] || ""} ` }), el("strong", { text: item.word }), el("span", { text: ` ${item.text}` })))),
  quote(block) {
    const words = block.words.length === 1 && !block.ordered
      ? paragraphs(block.words[0])
      : [el(block.ordered ? "ol" : "ul", {}, ...block.words.map((line) => el("li", { text: line })))];
    return el("figure", { class: "hn-quote" }, el("figcaption", { text: block.label }), el("blockquote", { lang: block.lang }, ...words));
  },
  sources: (block) => block.items.length ? el("ul", { class: "hn-sources", "aria-label": "What this rests on" }, ...block.items.map((item) =>
    el("li", {}, el("span", { text: item.says }), el("cite", { text: item.where })))) : null,
  notice: (block) => el("p", { class: `hn-notice hn-${block.tone}`, role: block.tone === "bad" ? "alert" : undefined, text: block.text }),
  scale(block) {
    const at = (value) => `${Math.max(0, Math.min(100, value))}%`;
    const range = el("span", { class: "hn-range" }), dot = el("span", { class: "hn-dot" }), mark = el("span", { class: "hn-mark" });
    range.style.left = at(block.low);
    range.style.width = at(block.high - block.low);
    dot.style.left = at(block.value);
    mark.style.left = at(block.mark);
    return el("div", { class: "hn-scale" },
      el("div", { class: "hn-scale-line", role: "img", "aria-label": `${block.label} ${block.value} of 100, somewhere from ${block.low} to ${block.high}; ${block.mark_label} ${block.mark}` }, range, mark, dot),
      el("p", { class: "hn-small", "aria-hidden": "true", text: `0 to 100 · the line is the ${block.mark_label}, ${block.mark} · the band is where the score could lie` }));
  },
  bars: (block) => el("table", { class: "hn-bars" }, el("caption", { text: block.caption }), el("tbody", {}, ...block.items.map((item) => {
    const track = el("span", { class: "hn-track", "aria-hidden": "true" });
    if (item.share !== null) {
      const fill = el("span", { class: "hn-fill" });
      fill.style.width = `${100 * item.share}%`;
      track.append(fill);
    }
    return el("tr", {}, el("th", { scope: "row", text: item.label }), el("td", {}, item.share === null ? null : track, el("span", { class: "hn-small", text: item.text })));
  }))),
  table(block, page) {
    const heads = block.head.map((cell) => el("th", { scope: "col", text: block.name ? undefined : cell }));
    const rows = block.rows.map((row, n) => el("tr", {}, ...row.map((cell) => el("td", { text: cell })),
      block.actions.length ? el("td", {}, ...block.actions[n].map((item) => page.button(item))) : null));
    const body = el("tbody", {}, ...rows);
    const region = tableRegion(block, el("table", {}, el("caption", { text: block.caption }),
      el("thead", {}, el("tr", {}, ...heads, block.actions.length ? el("td") : null)), body));
    return block.name ? el("div", { class: "hn-sorted" }, region, sortable(block, page, heads, rows, body)) : region;
  },
  qr(block) {
    const size = block.rows.length, svg = (tag, attributes) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      return node;
    };
    const path = block.rows.flatMap((row, y) => [...row].map((cell, x) => (cell === "1" ? `M${x} ${y}h1v1h-1z` : ""))).join("");
    const picture = svg("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": block.label, class: "hn-qr", "shape-rendering": "crispEdges" });
    picture.append(svg("rect", { width: size, height: size, fill: "#ffffff" }), svg("path", { d: path, fill: "#000000" }));
    return picture;
  },
  large: (block) => el("p", { class: "hn-large", text: block.text }),
  entries: (block, page) => el("ul", { class: "hn-entries", "aria-label": block.label }, ...block.items.map((item) =>
    el("li", { class: "hn-entry" }, el("h3", { text: item.title, lang: item.lang }), item.facts ? el("p", { class: "hn-small", text: item.facts }) : null,
      item.text ? el("p", { text: item.text, lang: item.lang }) : null, item.state ? el("p", { class: "hn-state", text: item.state }) : null,
      item.actions.length ? draw.actions({ items: item.actions }, page) : null))),
  actions: (block, page) => el("div", { class: "hn-actions" }, ...block.items.map((item) => page.button(item))),
  details: (block, page) => el("details", { class: "hn-details" }, el("summary", { text: block.summary }), ...page.all(block.blocks)),
  form(block, page) {
    const inputs = block.fields.map(formField);
    return el("form", { class: "hn-form", onsubmit: (event) => {
      event.preventDefault();
      page.send({ ...block.send, ...Object.fromEntries(block.fields.map((item, n) => [item.name, inputs[n].lastChild.value])) });
    } }, ...inputs, el("button", { type: "submit", class: "hn-button hn-primary", text: block.button }));
  },
  choice(block, page) {
    const name = newId("choice");
    return el("fieldset", { class: "hn-choice" }, el("legend", { text: block.label }), ...block.items.map((item) => {
      const input = el("input", { type: "radio", name, value: item.name, "data-key": `${block.label} ${item.name}`, onchange: () => page.send(item.send) });
      input.checked = item.name === block.chosen;
      return el("label", { class: "hn-option" }, input, el("span", { text: item.text }));
    }));
  },
  ask: (block, page) => drawAsk[block.kind](block, page),
  rate(block, page) {
    const said = block.evidence === null ? null : el("textarea", { id: newId("evidence"), rows: "2", maxlength: "2000" });
    if (said) said.value = block.evidence;
    const name = newId("rate");
    const inputs = [1, 2, 3, 4, 5, 0].map((value) => {
      const input = el("input", { type: "radio", name, value, onchange: tell });
      input.checked = value === block.value;
      return input;
    });
    function tell() {
      const chosen = inputs.find((input) => input.checked);
      page.ask({ ...block.send, rule: block.rule, value: chosen ? Number(chosen.value) : null, evidence: said ? said.value : null });
    }
    let later = null;
    if (said) said.addEventListener("input", () => { clearTimeout(later); later = setTimeout(tell, 400); });
    const scale = el("div", { class: "hn-rate-scale" }, ...inputs.map((input) =>
      el("label", { class: "hn-rate-mark" }, input, el("span", { text: input.value === "0" ? "Not seen" : input.value }))));
    const anchors = el("ul", { class: "hn-anchors", "aria-label": "What the numbers mean" }, ...block.anchors.map((anchor) =>
      el("li", {}, el("strong", { text: `${anchor.at} ` }), anchor.says)));
    const again = block.comments.map((words) => el("button", { type: "button", class: "hn-button hn-again", "aria-label": `Add: ${words}`, text: words,
      onclick: () => { said.value = [said.value.trim(), words].filter(Boolean).join(" "); tell(); } }));
    return el("fieldset", { class: "hn-rate", "data-rule": block.rule, onkeydown: (event) => {   // keys 1 to 5, 0 for not seen
      const input = inputs.find((one) => one.value === event.key);
      if (!input || event.target === said || event.ctrlKey || event.metaKey || event.altKey) return;
      event.stopPropagation();
      input.checked = true;
      input.focus();
      tell();
    } }, el("legend", { text: block.title }), anchors, scale,
    said && el("label", { for: said.id, class: "hn-small", text: "What did you see or hear?" }), said,
    block.needs ? el("p", { class: "hn-needs", text: block.needs }) : null,
    again.length ? el("details", { class: "hn-details" }, el("summary", { text: `Comments to use again (${again.length})` }), el("div", { class: "hn-agains" }, ...again)) : null);
  },
  clock(block, page) {
    const began = performance.now() - 1000 * block.seconds, phase = block.phases[block.running];
    const face = el("p", { class: "hn-clock-face", role: "timer" });
    const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    let over = !phase || block.seconds > 60 * phase.minutes;
    function tick() {
      if (!phase) return;
      const left = 60 * phase.minutes - (performance.now() - began) / 1000;
      face.textContent = left >= 0 ? `${phase.name}: ${minutes(left)} left` : `${phase.name}: over by ${minutes(-left)}`;
      face.classList.toggle("hn-over", left < 0);
      if (left < 0 && !over) { over = true; page.tell(`The time for “${phase.name}” is over.`); }
    }
    if (phase) page.every(tick);
    else face.textContent = "Not started";
    tick();
    return el("div", { class: "hn-clock" }, face, el("ol", { class: "hn-small hn-phases" }, ...block.phases.map((item, n) =>
      el("li", { "aria-current": n === block.running ? "step" : undefined, text: `${item.name}, ${item.minutes} minutes` }))));
  },
  ticks: (block, page) => el("fieldset", { class: "hn-ticks" }, el("legend", { text: block.label }), ...block.items.map((item) => {
    const input = el("input", { type: "checkbox", onchange: () => page.ask({ ...item.send, on: input.checked }) });
    input.checked = item.on;
    return el("label", { class: "hn-option" }, input, el("span", { text: item.text }));
  })),
  heat: (block) => tableRegion(block, el("table", { class: "hn-heat" }, el("caption", { text: block.caption }),
    el("thead", {}, el("tr", {}, ...block.head.map((cell) => el("th", { scope: "col", text: cell })))),
    el("tbody", {}, ...block.rows.map((row) => el("tr", {}, el("th", { scope: "row", text: row.label }), ...row.cells.map((cell) => {
      const shown = el("td", { class: cell.share === null ? undefined : "hn-tint", text: cell.text });
      if (cell.share !== null) shown.style.setProperty("--hn-share", cell.share);
      return shown;
    })))))),
  editor: (block, page) => drawEditor(block, page),
  picture: (block) => el("figure", { class: "hn-picture" },
    el("div", { class: "hn-picture-frame", role: "region", tabindex: "0", "aria-label": block.label, "data-key": `picture ${block.label}` },
      el("img", { src: `data:image/svg+xml,${encodeURIComponent(block.svg)}`, alt: block.label })),
    el("details", { class: "hn-details" }, el("summary", { text: "The same in words" }),
      el("pre", { class: "hn-code", tabindex: "0", role: "region", "aria-label": `${block.label}, in words`, text: block.lines.join("\n") }))),
};

// --- writing a text --------------------------------------------------------------------------------------------

const SIGNS = { error: "E", warning: "W", hint: "I" };
const TELL_AFTER = 500;   // milliseconds without a key

// What was typed and not told yet, or told and not known to be kept: this browser has it, should everything else go down.
const typed = {
  get: (name) => { try { return JSON.parse(localStorage.getItem(`hn-typed ${name}`)); } catch { return null; } },
  put: (name, what) => { try { localStorage.setItem(`hn-typed ${name}`, JSON.stringify(what)); } catch { /* no room here: it is told in a moment */ } },
  kept(name, mark) { if ((typed.get(name) || {}).mark === mark) localStorage.removeItem(`hn-typed ${name}`); },
};

// The text stays in its field, with caret, scroll and undo, when the same editor is drawn again.
function drawEditor(block, page) {
  const id = newId("text"), hint = newId("hint");
  let now = block, told = block.text, later = null, isLeft = false;
  const area = el("textarea", { id, class: "hn-area", wrap: "off", rows: "24", spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off",
    "aria-describedby": hint, "data-key": `editor ${block.name}` });
  const gutter = el("div", { class: "hn-gutter", "aria-hidden": "true" });
  const long = el("p", { class: "hn-notice hn-bad", role: "alert", hidden: true, text: "This text is too long to be kept: shorten it, or make two scenarios of it. What you type stays in this browser meanwhile." });
  const count = el("p", { class: "hn-problem-count", role: "status" }), list = el("ol", { class: "hn-problems" });
  area.value = block.text;

  function tell() {   // false when it cannot be told
    clearTimeout(later);
    const text = area.value.replace(/\p{Surrogate}/gu, "\ufffd");   // half a character cannot be sent
    if (text === told) return true;
    long.hidden = new Blob([JSON.stringify(text)]).size <= now.most;
    if (!long.hidden) return false;
    const mark = [...crypto.getRandomValues(new Uint32Array(2))].join("-");
    told = text;
    typed.put(now.name, { text, base: now.base, mark });
    page.ask({ ...now.send, text, base: now.base, mark, left: isLeft });
    isLeft = false;
    return true;
  }
  function goToProblem(item) {
    const lines = area.value.split("\n"), line = lines[Math.min(item.line, lines.length) - 1];
    const before = lines.slice(0, item.line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const column = [...line].slice(0, item.col - 1).join("").length;
    const style = getComputedStyle(area), pen = document.createElement("canvas").getContext("2d");
    area.focus({ preventScroll: true });
    area.setSelectionRange(before + column, before + column + (/^[\w-]*/.exec(line.slice(column))[0]).length);
    pen.font = style.font;
    area.scrollTop = (item.line - 1) * parseFloat(style.lineHeight) - area.clientHeight / 3;
    area.scrollLeft = column * pen.measureText("0").width - area.clientWidth / 2;
    area.parentNode.scrollIntoView({ block: "nearest" });
  }
  function number() {
    const marked = new Map();
    for (const word of ["hint", "warning", "error"]) now.problems.filter((item) => item.word === word).forEach((item) => marked.set(item.line, word));
    const lines = area.value.split("\n").length;
    gutter.replaceChildren(...Array.from({ length: lines }, (_, n) => (marked.has(n + 1)
      ? el("b", { class: `hn-at-${marked.get(n + 1)}`, text: `${SIGNS[marked.get(n + 1)]} ${n + 1}\n` }) : `${n + 1}\n`)));
    gutter.dataset.lines = lines;
    gutter.scrollTop = area.scrollTop;
  }
  function list_() {
    const words = Object.keys(SIGNS).map((word) => [word, now.problems.filter((item) => item.word === word).length]).filter(([, n]) => n);
    const said = words.length ? words.map(([word, n]) => `${n} ${word}${n > 1 ? "s" : ""}`).join(", ") : "No problem was found.";
    if (count.textContent !== said) count.textContent = said;
    list.hidden = !now.problems.length;
    list.replaceChildren(...now.problems.map((item, n) => el("li", {}, el("button", { type: "button", class: `hn-problem hn-at-${item.word}`,
      "data-key": `problem ${n}`, onclick: () => goToProblem(item) }, el("strong", { text: `Line ${item.line}: ` }), el("span", { class: "hn-code-name", text: `${item.code} ${item.word}. ` }),
      el("span", { text: `${item.says} ` }), el("span", { class: "hn-cure", text: item.cure })))));
  }
  area.addEventListener("input", () => {
    typed.put(now.name, { text: area.value, base: now.base, mark: "" });
    if (Number(gutter.dataset.lines) !== area.value.split("\n").length) number();
    clearTimeout(later);
    later = setTimeout(tell, TELL_AFTER);
  });
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  area.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !["Enter", "s"].includes(event.key)) return;
    event.preventDefault();
    page.send(now.save);
  });

  const node = el("div", { class: "hn-editor" },
    el("div", { class: "hn-writing" }, el("label", { for: id, text: block.label }), el("p", { id: hint, class: "hn-small", text: block.hint }),
      el("div", { class: "hn-sheet" }, gutter, area), long),
    el("div", { class: "hn-problem-side", role: "group", "aria-label": "Problems" }, count, list));
  node.editor = {
    name: block.name, tell,
    hold: (held) => { area.readOnly = held; },
    where: () => [area.selectionStart, area.selectionEnd, area.scrollTop, area.scrollLeft],
    back([start, end, top, across]) {
      area.focus({ preventScroll: true });
      area.setSelectionRange(start, end);
      [area.scrollTop, area.scrollLeft] = [top, across];
      node.scrollIntoView({ block: "nearest" });
    },
    take(next) {   // what there is to say about the text, or another text
      if (next.name !== now.name) return false;
      const isOther = next.version !== now.version;
      if (isOther && area.value !== told) page.ask({ ...now.send, text: area.value, base: "", mark: "" });   // typed in the very moment: put aside
      now = next;
      if (isOther) area.value = told = next.text;
      number();
      list_();
      return true;
    },
  };
  const left = typed.get(block.name);   // of an earlier life of this page
  if (left && left.text !== block.text && left.base === block.base) {
    area.value = left.text;
    isLeft = true;
    later = setTimeout(tell, TELL_AFTER);
  } else if (left) page.ask({ ...block.send, text: left.text, base: left.base, mark: left.mark });
  number();
  list_();
  return node;
}

// --- tables ----------------------------------------------------------------------------------------------------

const tableRegion = (block, table) => el("div", { class: "hn-table", role: "region", tabindex: "0", "aria-label": block.caption,
  "data-key": `table ${block.name || block.head.join(" ")}` }, table);

// A click on a column's head sorts by it: upwards, then downwards, then as it came. Returns the button that saves what is shown.
function sortable(block, page, heads, rows, body) {
  const arrows = heads.map(() => el("span", { class: "hn-arrow", "aria-hidden": "true" }));
  let order = [];
  function sort(by) {
    page.sorts[block.name] = by;
    order = sorted(block.rows, by);
    body.replaceChildren(...order.map((n) => rows[n]));
    heads.forEach((head, n) => {
      const way = by && by.column === n ? (by.down ? "descending" : "ascending") : "none";
      head.setAttribute("aria-sort", way);
      arrows[n].textContent = { none: "↕", ascending: "↑", descending: "↓" }[way];
    });
  }
  heads.forEach((head, column) => head.append(el("button", { type: "button", class: "hn-sort", "data-key": `${block.name} ${column}`, onclick: () => {
    const by = page.sorts[block.name];
    sort(!by || by.column !== column ? { column, down: false } : by.down ? null : { column, down: true });
  } }, el("span", { text: block.head[column] }), arrows[column])));
  sort(page.sorts[block.name] || null);
  return el("div", { class: "hn-actions" }, el("button", { type: "button", class: "hn-button", text: "Save as CSV", "aria-label": `Save as CSV: ${block.caption}`,
    "data-key": `${block.name} csv`, onclick: () => saveFile({ name: `${block.name}.csv`, type: "text/csv", text: csv([block.head, ...order.map((n) => block.rows[n])]) }) }));
}

// The numbers of the rows in their order: numbers by what they are worth, then words, and what is neither always last.
function sorted(rows, by) {
  const numbers = [...rows.keys()];
  if (!by) return numbers;
  const ranks = rows.map((row) => {
    const words = row[by.column], number = /^-?\d[\d,]*(\.\d+)?/.exec(words);
    return { words, kind: number ? 0 : /[\p{L}\p{N}]/u.test(words) ? 1 : 2, number: number ? Number(number[0].replaceAll(",", "")) : 0 };
  });
  const compare = (a, b) => a.number - b.number || a.words.localeCompare(b.words, undefined, { numeric: true });
  return numbers.sort((m, n) => ranks[m].kind - ranks[n].kind || (by.down ? -1 : 1) * compare(ranks[m], ranks[n]) || m - n);
}

// A spreadsheet runs a cell that begins like a formula: an apostrophe keeps it a text. The mark in front says that it is UTF-8.
const csv = (rows) => `\ufeff${rows.map((row) => `${row.map((cell) => `"${cell.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`).join(",")}\r\n`).join("")}`;

function formField(item) {
  const id = newId("field"), hint = item.hint ? newId("hint") : undefined;
  const about = { id, "aria-describedby": hint };
  const input = item.options ? el("select", about, ...item.options.map((option) => el("option", { value: option.value, text: option.text })))
    : item.long ? el("textarea", { ...about, rows: "3", maxlength: item.most })
      : el("input", { ...about, type: "text", maxlength: item.most, autocomplete: item.name === "name" ? "nickname" : "off" });
  if (item.value || !item.options) input.value = item.value;
  return el("div", { class: "hn-field" }, el("label", { for: id, text: item.label }), item.hint ? el("p", { id: hint, class: "hn-small", text: item.hint }) : null, input);
}

// --- the five ways to ask ------------------------------------------------------------------------------------

function askForm(block, page, answer, ...body) {
  const problem = el("p", { class: "hn-notice hn-bad", role: "alert", hidden: true });
  const sureName = newId("sure");
  const how = block.sure.map((step) => el("input", { type: "radio", name: sureName, value: step.value }));
  const form = el("form", { class: "hn-ask", "data-kind": block.kind, onsubmit: (event) => {
    event.preventDefault();
    const sure = how.find((input) => input.checked);
    const chosen = answer();
    const given = typeof chosen !== "string" && how.length && !sure ? "Say how sure you are." : chosen;
    problem.hidden = !(typeof given === "string");
    if (typeof given === "string") problem.textContent = given;
    else page.send({ type: "pick", run: block.run, step: block.step, answer: given, ...(sure ? { sure: Number(sure.value) } : {}) });
  } }, ...body, how.length ? el("fieldset", { class: "hn-sure" }, el("legend", { text: "How sure are you?" }), el("div", { class: "hn-sures" },
    ...block.sure.map((step, n) => el("label", { class: "hn-option" }, how[n], el("span", { text: step.text }))))) : null, problem, el("button", { type: "submit", class: "hn-button hn-primary", text: block.button }));
  return form;
}

const hintOf = (block) => el("p", { class: "hn-small hn-hint", text: block.hint });

const drawAsk = {
  choose(block, page) {
    const name = newId("answer");
    const inputs = block.parts.map((part) => el("input", { type: "radio", name, value: part.id }));
    const options = block.parts.map((part, n) =>
      el("label", { class: "hn-option" }, inputs[n], el("span", { class: "hn-number", "aria-hidden": "true", text: `${n + 1}` }), el("span", { text: part.text, lang: block.lang })));
    const form = askForm(block, page, () => {
      const chosen = inputs.find((input) => input.checked);
      return chosen ? [chosen.value] : "Choose one of the options first.";
    }, el("fieldset", {}, el("legend", { text: block.question, lang: block.lang }), hintOf(block), ...options));
    page.onDigit = (digit) => {
      if (inputs[digit - 1]) { inputs[digit - 1].checked = true; inputs[digit - 1].focus(); }
    };
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.type === "radio") { event.preventDefault(); form.requestSubmit(); }
    });
    return form;
  },

  best_and_worst(block, page) {
    const names = { best: newId("best"), worst: newId("worst") };
    const inputs = { best: [], worst: [] };
    const options = block.parts.map((part, n) => {
      const text = newId("text");
      const mark = (which) => {
        const input = el("input", { type: "radio", name: names[which], value: part.id, "aria-describedby": text });
        input.addEventListener("change", () => {   // one option cannot be both
          const other = inputs[which === "best" ? "worst" : "best"][n];
          if (other) other.checked = false;
        });
        inputs[which].push(input);
        return el("label", { class: "hn-mark-label" }, input, el("span", { text: which === "best" ? "Best" : "Worst" }), el("span", { class: "hn-hidden", text: `: option ${n + 1}` }));
      };
      return el("div", { class: "hn-option hn-two" }, el("p", { id: text, text: part.text, lang: block.lang }), el("div", { class: "hn-marks" }, mark("best"), mark("worst")));
    });
    return askForm(block, page, () => {
      const best = inputs.best.find((input) => input.checked), worst = inputs.worst.find((input) => input.checked);
      return best && worst ? [best.value, worst.value] : "Name one option as the best and another as the worst.";
    }, el("fieldset", {}, el("legend", { text: block.question, lang: block.lang }), hintOf(block), ...options));
  },

  compose: (block, page) => arrange(block, page, [], block.parts.map((part) => part.id)),
  order: (block, page) => arrange(block, page, block.parts.map((part) => part.id), null),

  write(block, page) {
    const id = newId("words");
    const area = el("textarea", { id, rows: "6", maxlength: "4000" });
    return askForm(block, page, () => (area.value.trim() ? [area.value] : "Write a sentence or two first."),
      el("label", { for: id, class: "hn-legend", text: block.question, lang: block.lang }), hintOf(block), area);
  },
};

// A list to put in order; with `left` also parts that may stay out.
function arrange(block, page, chosen, left) {
  const text = Object.fromEntries(block.parts.map((part) => [part.id, part.text]));
  const said = el("p", { class: "hn-hidden", role: "status" });
  const mine = el("ol", { class: "hn-arranged" });
  const rest = left && el("ul", { class: "hn-arranged hn-left" });
  const legend = newId("legend");
  const short = (id) => text[id].split(" ").slice(0, 5).join(" ");

  function mover(id, label, about, act, off) {
    return el("button", { type: "button", class: "hn-button hn-move", disabled: off, "aria-label": `${about}: ${short(id)}`, "data-key": `${id} ${about}`, text: label,
      onclick: () => { act(); redraw(`${id} ${about}`, id); } });
  }
  function swap(n, m) { [chosen[n], chosen[m]] = [chosen[m], chosen[n]]; }
  function row(id, ...buttons) { return el("li", { class: "hn-part", "data-part": id }, el("p", { text: text[id], lang: block.lang }), el("div", { class: "hn-moves" }, ...buttons)); }

  function redraw(key, id) {
    mine.replaceChildren(...chosen.map((part, n) => row(part,
      mover(part, "↑", "Move up", () => swap(n, n - 1), n === 0),
      mover(part, "↓", "Move down", () => swap(n, n + 1), n === chosen.length - 1),
      left && mover(part, "Leave out", "Leave out", () => { chosen.splice(n, 1); left.push(part); }))));
    if (left) {
      rest.replaceChildren(...left.map((part, n) => row(part, mover(part, "Add", "Add", () => { left.splice(n, 1); chosen.push(part); }))));
      empty.hidden = chosen.length > 0;
      none.hidden = left.length > 0;
    }
    if (!key) return;
    const row_ = [...form.querySelectorAll("[data-part]")].find((part) => part.dataset.part === id);
    const again = [...form.querySelectorAll("[data-key]")].find((button) => button.dataset.key === key && !button.disabled);
    (again || row_.querySelector("button:not([disabled])")).focus();
    const place = chosen.indexOf(id);
    said.textContent = place < 0 ? "Left out." : `Now number ${place + 1} of ${chosen.length}.`;
  }

  const empty = el("p", { class: "hn-small", text: "Nothing yet. Add a part from below." });
  const none = el("p", { class: "hn-small", text: "Nothing is left out." });
  const body = left
    ? [el("h3", { class: "hn-sub", text: "What you send, in this order" }), empty, mine, el("h3", { class: "hn-sub", text: "Parts you may add" }), none, rest]
    : [mine];
  const form = askForm(block, page, () => (chosen.length ? [...chosen] : "Choose at least one part."),
    el("div", { role: "group", "aria-labelledby": legend }, el("p", { id: legend, class: "hn-legend", text: block.question, lang: block.lang }), hintOf(block), ...body, said));
  redraw();
  return form;
}

// --- the page ------------------------------------------------------------------------------------------------

function render({ model, el: root }) {
  const live = el("div", { class: "hn-hidden", role: "status", "aria-live": "polite" });
  const screen = el("div", { class: "hn-screen" });
  const trouble = el("p", { class: "hn-notice hn-bad hn-trouble", role: "alert", hidden: true });
  root.classList.add("hn");
  root.replaceChildren(live, trouble, screen);

  const page = {
    onDigit: null,
    busy: false,
    isNew: false,   // whether another screen has been drawn since something was sent
    waiting: null,
    send(message) {
      if (message.type === "print") return window.print();
      if (message.type === "leave") return leave();
      if (page.busy) {   // a second click on an answer is none; where somebody wants to go, or what they do on a new screen, is not forgotten
        if (page.isNew || ["desk", "open"].includes(message.type)) page.waiting = message;
        return;
      }
      const written = page.editors().map((editor) => { page.carets[editor.name] = editor.where(); return editor.tell(); });
      if (written.includes(false) && !["desk", "throw_away"].includes(message.type)) return;
      page.setBusy(true);
      if (message.type !== "save_text") page.editors().forEach((editor) => editor.hold(true));   // the answer may bring another text
      model.send(message);
    },
    editors: () => [...screen.querySelectorAll(".hn-editor")].map((node) => node.editor),
    carets: {},   // name of a text -> where its writer was
    ask: (message) => model.send(message),   // without holding the buttons
    tell: (words) => { live.textContent = words; },
    every: (tick) => { page.timers.push(setInterval(tick, 500)); },
    timers: [],
    sorts: {},   // name of a table -> the column it is sorted by, while the screen is the same
    setBusy(busy) {
      page.busy = busy;
      page.isNew = false;
      screen.setAttribute("aria-busy", busy);
      clearTimeout(page.timer);
      if (busy) page.timer = setTimeout(() => {
        page.setBusy(false);
        page.say("No answer from the workshop yet. Nothing you answered is lost; you can try again.");
      }, 8000);
      else {
        trouble.hidden = true;
        page.editors().forEach((editor) => editor.hold(false));
      }
    },
    say(text) {
      trouble.textContent = text;
      trouble.hidden = false;
    },
    button: (item) => el("button", { type: "button", class: item.primary ? "hn-button hn-primary" : "hn-button", text: item.label,
      "aria-label": item.about ? `${item.label}: ${item.about}` : undefined, onclick: () => page.send(item.send) }),
    all: (blocks) => blocks.map((block) => draw[block.type](block, page)),
  };

  function arm(seconds) {   // ask for the screen again after a while, when somebody looks and nothing is under way
    clearTimeout(page.next);
    if (!seconds) return;
    page.next = setTimeout(() => (document.hidden || page.busy ? arm(1) : page.ask({ type: "refresh" })), seconds * 1000);
  }

  let drawn = [];   // [block as text, node] of what is on the screen
  function redraw(blocks, old) {   // a block that is only read stays in its place, with whoever reads it, while it says the same
    const same = new Map(old);
    drawn = blocks.map((block) => {
      const text = JSON.stringify(block), there = block.type === "editor" ? old.map(([, node]) => node).find((node) => node.editor && node.editor.take(block))
        : STILL.has(block.type) && same.get(text);
      same.delete(text);
      return [text, there || draw[block.type](block, page)];
    }).filter(([, node]) => node);
    const nodes = new Set(drawn.map(([, node]) => node));
    [...screen.childNodes].forEach((node) => nodes.has(node) || node.remove());
    let next = screen.firstChild;
    for (const node of nodes) {
      if (node === next) next = next.nextSibling;
      else screen.insertBefore(node, next);
    }
  }

  let key = null;
  function show() {
    const view = model.get("view");
    page.onDigit = null;
    page.timers.splice(0).forEach(clearInterval);
    const height = screen.offsetHeight;
    const kept = key === view.key ? keepInput(screen) : null;
    if (!kept) page.sorts = {};
    screen.style.minHeight = `${height}px`;   // so that the page does not jump while it is redrawn
    redraw(view.blocks, kept ? drawn : []);
    screen.style.minHeight = "";
    screen.dataset.screen = view.screen;
    if (view.title) document.title = `${view.title} · High Note`;
    live.textContent = view.say || "";
    if (view.at && key !== null) sessionStorage.setItem("hn-at", JSON.stringify(view.at));
    arm(view.refresh);
    if (kept) putInput(screen, kept);
    else if (key !== null || view.screen === "feedback") goBack(page) || goTo(screen);
    page.isNew = key !== view.key;
    key = view.key;
  }

  model.on("change:view", show);
  model.on("msg:custom", (message) => {
    page.setBusy(false);
    if (message.type === "trouble") page.say(message.text);
    if (message.type === "file") saveFile(message);
    if (message.type === "kept") typed.kept(message.name, message.mark);
    if (message.type === "done" && model.get("view").refresh) arm(model.get("view").refresh);
    const waiting = page.waiting;
    page.waiting = null;
    if (waiting) page.send(waiting);
  });
  const keys = (event) => {
    const typing = event.target.closest && event.target.closest("textarea, input[type=text], select");
    if (page.onDigit && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && /^[1-9]$/.test(event.key)) page.onDigit(Number(event.key));
  };
  document.addEventListener("keydown", keys);
  show();
  const left = model.get("view").at && sessionStorage.getItem("hn-at");   // this tab was loaded again: back to where it was
  if (left) page.send(JSON.parse(left));
  return () => document.removeEventListener("keydown", keys);
}

// To where somebody left the text that is on the screen again.
function goBack(page) {
  const editor = page.editors().find((one) => page.carets[one.name]);
  if (editor) editor.back(page.carets[editor.name]);
  return Boolean(editor);
}

function goTo(screen) {
  const target = screen.querySelector("[data-focus]");
  if (!target) return;
  target.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.closest(".hn-heading").scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

const FIELDS = "input, textarea, select";
// What somebody typed or ticked, and where they are, stays when the same screen is drawn again (a notice was added, say).
const nameOf = (node) => node.dataset.key || `${node.tagName} ${node.getAttribute("aria-label") || ""} ${node.textContent}`;
const fieldsOf = (screen) => [...screen.querySelectorAll(FIELDS)].filter((field) => !field.dataset.key);   // a switch with a key shows what Python says
const regionsOf = (screen) => [...screen.querySelectorAll(".hn-table")];
const STILL = new Set(["heading", "text", "bullets", "bars", "table", "heat", "details"]);
function keepInput(screen) {
  const focused = screen.contains(document.activeElement) ? document.activeElement : null;
  return { focused: focused && nameOf(focused), position: fieldsOf(screen).indexOf(focused),
    caret: focused && /text/.test(focused.type) ? [focused.selectionStart, focused.selectionEnd] : null,
    values: fieldsOf(screen).map((input) => (/radio|checkbox/.test(input.type) ? input.checked : input.value)),
    open: new Set([...screen.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent)),
    across: new Map(regionsOf(screen).map((region) => [region.dataset.key, region.scrollLeft])) };
}

function putInput(screen, kept) {
  screen.querySelectorAll("summary").forEach((summary) => { if (kept.open.has(summary.textContent)) summary.parentNode.open = true; });
  regionsOf(screen).forEach((region) => { region.scrollLeft = kept.across.get(region.dataset.key) || 0; });
  const inputs = fieldsOf(screen);
  inputs.forEach((input, n) => {
    if (kept.values[n] === undefined) return;
    if (/radio|checkbox/.test(input.type)) input.checked = kept.values[n];
    else input.value = kept.values[n];
  });
  const again = kept.position >= 0 ? inputs[kept.position] : kept.focused && [...screen.querySelectorAll("button, summary, [tabindex], [data-key]")].find((node) => nameOf(node) === kept.focused);
  if (again) again.focus({ preventScroll: true });
  if (again && kept.caret) again.setSelectionRange(...kept.caret);
}

// "Not me": the door forgets this browser. Works where there is a door; elsewhere the button is not shown.
function leave() {
  const token = (document.cookie.match(/(?:^|; )_xsrf=([^;]*)/) || [])[1] || "";
  const form = el("form", { method: "post", action: "/leave" }, el("input", { type: "hidden", name: "_xsrf", value: token }));
  document.body.append(form);
  form.submit();
}

function saveFile({ name, text, type = "text/html" }) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export default { render };
