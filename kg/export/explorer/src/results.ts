/** Numbers: a table to sort, a plot of what may be compared, and methods against devices. */

import { type App, icon, nodeButton } from "./app";
import type { Graph } from "./data";
import { count, h, plural, s, short, text } from "./dom";
import { quotes } from "./panel";
import { fold } from "./search";

/** Write a result's value with its unit: "79.2 %", "2.1–3.4×". */
export function value(graph: Graph, r: number): string {
  const { results } = graph.block;
  const high = results.high[r];
  const unit = results.unit[r]!;
  const number = count(results.value[r]!) + (high !== null && high !== undefined ? `–${count(high)}` : "");
  return /^x$/i.test(unit) ? `${number}×` : unit ? `${number} ${unit}` : number;
}

const ENDS = ["subject", "metric", "baseline", "dataset", "task", "hardware"] as const;

/** Results of visible papers, or those that name a node. */
export function resultRows(app: App, node = -1): number[] {
  const { results } = app.graph.block;
  const found: number[] = [];
  for (let r = 0; r < results.id.length; r++) {
    if (node >= 0 ? results.paper[r] === node || ENDS.some((n) => results[n][r] === node) : pass(app, results.paper[r]!) && results.confidence[r]! >= app.view.confidence) found.push(r);
  }
  return found;
}

/** A paper may be hidden from the map by its type and still speak. */
function pass(app: App, paper: number): boolean {
  return paper < 0 || app.shown.nodes[paper] === 1 || app.view.hideTypes.includes("Paper") || app.view.focus.length > 0;
}

const metricName = (graph: Graph, r: number): string => {
  const { results } = graph.block;
  return results.metric[r]! >= 0 ? graph.name(results.metric[r]!) : results.measure[r]!;
};

interface Column {
  key: string;
  title: string;
  /** What it sorts by. */
  by: (r: number) => string | number;
  cell: (r: number) => Node | string;
  number?: boolean;
}

function columns(app: App): Column[] {
  const { graph } = app;
  const { results } = graph.block;
  const thing = (name: (typeof ENDS)[number] | "paper", title: string): Column => ({
    key: name,
    title,
    by: (r) => (results[name][r]! >= 0 ? fold(graph.name(results[name][r]!)) : ""),
    cell: (r) => (results[name][r]! >= 0 ? nodeButton(app, results[name][r]!, short(graph.name(results[name][r]!), name === "paper" ? 60 : 40)) : ""),
  });
  return [
    thing("subject", "What"),
    { key: "measure", title: "Measure", by: (r) => fold(metricName(graph, r)), cell: (r) => text(short(metricName(graph, r), 40), { title: results.measure[r]! }) },
    { key: "value", title: "Value", by: (r) => results.value[r]!, cell: (r) => h("span", { class: `value ${results.kind[r]}` }, value(graph, r), results.kind[r] === "gain" ? h("small", {}, " gain") : null), number: true },
    thing("baseline", "Against"),
    thing("dataset", "Dataset"),
    thing("task", "Task"),
    thing("hardware", "Hardware"),
    thing("paper", "Paper"),
  ]; // prettier-ignore
}

/** A table of results; the words open under a row. */
export function resultTable(app: App, rows: number[], options: { caption: string; sort?: string; onSort?: (key: string) => void }): HTMLElement {
  const { graph } = app;
  const { results } = graph.block;
  const used = columns(app).filter((c) => c.key === "measure" || c.key === "value" || rows.some((r) => (results[c.key as "subject"] as number[] | undefined)?.[r]! >= 0));
  const head = h("tr", {});
  for (const c of used) {
    const [key, down] = [options.sort?.replace(/^-/, ""), options.sort?.startsWith("-")];
    const state = key === c.key ? (down ? "descending" : "ascending") : "none";
    head.append(h("th", { scope: "col", "aria-sort": options.onSort ? state : null, class: c.number ? "number" : null }, options.onSort ? h("button", { type: "button", click: () => options.onSort!(state === "descending" ? c.key : state === "ascending" ? "-" + c.key : c.number ? "-" + c.key : c.key) }, c.title, h("span", { "aria-hidden": "true" }, state === "ascending" ? " ▲" : state === "descending" ? " ▼" : "")) : c.title));
  }
  head.append(h("th", { scope: "col" }, h("span", { class: "unseen" }, "Words")));
  const body = h("tbody", {});
  for (const r of rows) {
    const toggle = h("button", { type: "button", class: "quote", "aria-expanded": "false", "aria-label": `Words of ${value(graph, r)}` }, "❝");
    const row = h("tr", { id: `r-${r}` }, ...used.map((c) => h("td", { class: c.number ? "number" : null }, c.cell(r))), h("td", {}, toggle));
    let below: HTMLElement | null = null;
    toggle.addEventListener("click", () => {
      if (below) {
        below.remove();
        below = null;
      } else {
        below = h("tr", { class: "below" }, h("td", { colspan: used.length + 1 }, ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)), results.paper[r]! >= 0 ? nodeButton(app, results.paper[r]!) : null));
        row.after(below);
      }
      toggle.setAttribute("aria-expanded", String(below !== null));
    });
    body.append(row);
  }
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": options.caption }, h("table", {}, h("caption", { class: "unseen" }, options.caption), h("thead", {}, head), body));
}

/** The same for narrow places: number, measure, and the setting in one cell. */
export function shortTable(app: App, rows: number[], about: number): HTMLElement {
  const { graph } = app;
  const { results } = graph.block;
  const ways: [string, (typeof ENDS)[number] | "paper"][] = [["by", "subject"], ["against", "baseline"], ["on", "dataset"], ["for", "task"], ["on", "hardware"], ["in", "paper"]];
  const body = rows.map((r) => {
    const setting = ways.filter(([, end]) => results[end][r]! >= 0 && results[end][r] !== about).map(([word, end]) => h("span", { class: "setting" }, h("span", {}, word), nodeButton(app, results[end][r]!, short(graph.name(results[end][r]!), 60))));
    const words = h("details", {}, h("summary", {}, "words"), ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)));
    return h("tr", {}, h("td", { class: "number" }, h("span", { class: "value" }, value(graph, r)), results.kind[r] === "gain" ? h("small", {}, " gain") : null), h("td", {}, text(short(results.measure[r]!, 60), { class: "measure" }), ...setting, words));
  });
  return h("table", { class: "numbers" }, h("caption", { class: "unseen" }, `Results that name ${graph.name(about)}`), h("thead", { class: "unseen" }, h("tr", {}, h("th", { scope: "col" }, "Value"), h("th", { scope: "col" }, "Of what, where"))), h("tbody", {}, ...body));
} // prettier-ignore

function sorted(app: App, rows: number[], sort: string): number[] {
  const key = sort.replace(/^-/, "");
  const column = columns(app).find((c) => c.key === key);
  if (!column) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  // What is missing comes last, whichever way.
  return [...rows].sort((a, b) => {
    const [x, y] = [column.by(a), column.by(b)];
    if (x === y) return a - b;
    if (x === "") return 1;
    if (y === "") return -1;
    return (x < y ? -1 : 1) * sign;
  });
}

function select(label: string, options: [string, number][], value: string, change: (value: string) => void): HTMLElement {
  const box = h("select", { change: () => change(box.value) }, h("option", { value: "" }, `All`), ...options.map(([name, n]) => h("option", { value: name }, `${short(name, 48)} (${n})`)));
  box.value = value;
  if (box.value !== value) box.value = "";
  return h("label", {}, h("span", {}, label), box);
}

/** What may be chosen, with counts under the other choices; most frequent first. */
function options(rows: number[], of: (r: number) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const r of rows) if (of(r)) counts.set(of(r), (counts.get(of(r)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 300);
}

const PAGE = 200;

/** The results tab. */
export function resultsTab(app: App): HTMLElement[] {
  const { graph, view } = app;
  const { results } = graph.block;
  const all = resultRows(app);
  if (!all.length) return [h("p", { class: "empty" }, results.id.length ? "No result passes the filters." : "No paper of this graph reports a number that was understood.")];
  const named = (column: "task" | "dataset") => (r: number) => (results[column][r]! >= 0 ? graph.name(results[column][r]!) : "");
  const of = { task: named("task"), dataset: named("dataset"), metric: (r: number) => metricName(graph, r) };
  const query = fold(view.query);
  const matches = (r: number): boolean => !query || [...ENDS, "paper" as const].some((n) => results[n][r]! >= 0 && fold(graph.name(results[n][r]!)).includes(query)) || fold(results.measure[r]!).includes(query);
  const by = (skip: string): number[] => all.filter((r) => (Object.keys(of) as (keyof typeof of)[]).every((k) => k === skip || !view[k] || of[k](r) === view[k]) && matches(r));
  const chosen = by("");
  const rows = view.sort ? sorted(app, chosen, view.sort) : comparableFirst(graph, chosen);
  const field = h("input", { type: "search", placeholder: "Filter by any name", "aria-label": "Filter results by name", value: view.query, input: () => app.update({ query: field.value }) });
  return [
    h("div", { class: "bar-of-controls" },
      ...(["task", "dataset", "metric"] as const).map((k) => select(k[0]!.toUpperCase() + k.slice(1), options(by(k), of[k]), view[k], (v) => app.update({ [k]: v }, { step: true }))),
      field,
      h("span", { class: "count", role: "status" }, plural(rows.length, "result")),
    ),
    plot(app, rows),
    resultTable(app, rows.slice(0, PAGE), { caption: "Results", sort: view.sort, onSort: (sort) => app.update({ sort }, { step: true }) }),
    rows.length > PAGE ? h("p", { class: "facts" }, `The first ${PAGE} of ${count(rows.length)}; choose a task, dataset or metric to see the others, or save the table as CSV.`) : h("span", {}),
  ]; // prettier-ignore
}

/** Results that may stand on one axis, largest group first: one measure, unit and kind. */
function comparableGroups(graph: Graph, rows: number[]): number[][] {
  const { results } = graph.block;
  const groups = new Map<string, number[]>();
  for (const r of rows) {
    const key = `${fold(metricName(graph, r))}|${results.unit[r]}|${results.kind[r]}`;
    const list = groups.get(key);
    if (list) list.push(r);
    else groups.set(key, [r]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length || a[0]! - b[0]!);
}

/** Best first within a group; the direction of gains is always upwards. */
function best(graph: Graph, group: number[]): number[] {
  const { results } = graph.block;
  const down = lowerIsBetter(graph, group);
  return [...group].sort((a, b) => (down ? 1 : -1) * (results.value[a]! - results.value[b]!) || a - b);
}

function lowerIsBetter(graph: Graph, group: number[]): boolean {
  const { results } = graph.block;
  return group.some((r) => results.direction[r] === "lower" && results.kind[r] !== "gain");
}

/** Numbers mean little beside others of another kind: keep what compares together, the most common first. */
function comparableFirst(graph: Graph, rows: number[]): number[] {
  return comparableGroups(graph, rows).flatMap((group) => best(graph, group));
}

/** A plot of the comparable results: bars by value, or dots over time; each mark opens its words. */
function plot(app: App, rows: number[]): HTMLElement {
  const { graph, view } = app;
  const { results } = graph.block;
  const group = comparableGroups(graph, rows)[0] ?? [];
  if (group.length < 2) return h("p", { class: "facts" }, "Choose a metric that two results share to see them plotted.");
  const name = `${metricName(graph, group[0]!)}${results.unit[group[0]!] ? `, ${results.unit[group[0]!]}` : ""}${results.kind[group[0]!] === "gain" ? ", gain" : ""}`;
  const down = lowerIsBetter(graph, group);
  const dated = group.filter((r) => results.paper[r]! >= 0 && graph.month[results.paper[r]!]! >= 0);
  const scatter = view.plot === "scatter" && dated.length > 1;
  const words = h("div", { class: "plot-words", role: "status" });
  const open = (r: number): void => words.replaceChildren(h("p", {}, h("strong", {}, value(graph, r)), " ", text(metricName(graph, r)), results.subject[r]! >= 0 ? h("span", {}, " · ", nodeButton(app, results.subject[r]!)) : null), ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)), results.paper[r]! >= 0 ? nodeButton(app, results.paper[r]!) : "");
  const label = (r: number): string => `${value(graph, r)}, ${results.subject[r]! >= 0 ? graph.name(results.subject[r]!) : results.paper[r]! >= 0 ? graph.name(results.paper[r]!) : "unnamed"}`;
  const press = (r: number) => (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(r);
    }
  };
  const marks = (scatter ? dated : best(graph, group)).slice(0, scatter ? 400 : 24);
  const values = marks.map((r) => results.value[r]!);
  const wide = Math.max(...values.map(Math.abs)) / Math.max(1e-12, Math.min(...values.filter((v) => v > 0))) > 200 && values.every((v) => v > 0);
  const axis = (v: number): number => (wide ? Math.log10(v) : v);
  const low = wide ? Math.floor(Math.min(...values.map(axis))) : Math.min(0, ...values);
  const high = Math.max(...values.map(axis), low + 1e-9);
  const at = (v: number, length: number): number => ((axis(v) - low) / (high - low)) * length;
  const W = 860;
  let picture: SVGSVGElement;
  if (scatter) {
    const H = 260;
    const months = marks.map((r) => graph.month[results.paper[r]!]!);
    const [first, last] = [Math.min(...months), Math.max(...months, Math.min(...months) + 1)];
    picture = s("svg", { viewBox: `0 0 ${W} ${H + 34}`, role: "group", "aria-label": `${name} over time` });
    for (let i = 0; i <= 4; i++) {
      const v = low + ((high - low) * i) / 4;
      const y = H - (H * i) / 4 + 8;
      picture.append(s("line", { x1: 60, x2: W - 10, y1: y, y2: y, class: "grid" }), s("text", { x: 54, y: y + 4, "text-anchor": "end" }, count(Number((wide ? 10 ** v : v).toPrecision(3)))));
    }
    for (const m of [first, last]) picture.append(s("text", { x: 64 + ((m - first) / (last - first)) * (W - 90), y: H + 28, "text-anchor": m === first ? "start" : "end" }, `${Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, "0")}`));
    marks.forEach((r, i) => picture.append(s("circle", { cx: 66 + ((months[i]! - first) / (last - first)) * (W - 90), cy: H - at(results.value[r]!, H) + 8, r: 6, class: "dot", tabindex: 0, role: "button", "aria-label": label(r), click: () => open(r), keydown: press(r) })));
  } else {
    picture = s("svg", { viewBox: `0 0 ${W} ${marks.length * 24 + 6}`, role: "group", "aria-label": `${name}, best first` });
    marks.forEach((r, i) => {
      const length = Math.max(2, at(results.value[r]!, W - 400));
      const who = results.subject[r]! >= 0 ? graph.name(results.subject[r]!) : results.paper[r]! >= 0 ? graph.name(results.paper[r]!) : "unnamed";
      picture.append(
        s("g", { class: "bar-row", tabindex: 0, role: "button", "aria-label": label(r), click: () => open(r), keydown: press(r) },
          s("rect", { x: 0, y: i * 24, width: W, height: 24, class: "hit" }),
          s("text", { x: 250, y: i * 24 + 17, "text-anchor": "end" }, short(who, 34)),
          s("rect", { x: 260, y: i * 24 + 5, width: length, height: 15, rx: 2, class: "bar-mark" }),
          s("text", { x: 266 + length, y: i * 24 + 17, class: "bar-value" }, value(graph, r)),
        ),
      ); // prettier-ignore
    });
  }
  return h("figure", { class: "plot" },
    h("figcaption", {}, h("strong", {}, short(name, 80)), ` ${wide ? "(logarithmic) " : ""}${down ? "lower is better" : ""}`,
      h("span", { class: "split" }, ...(["bar", "scatter"] as const).map((p) => h("button", { type: "button", "aria-pressed": String((scatter ? "scatter" : "bar") === p), disabled: p === "scatter" && dated.length < 2, click: () => app.update({ plot: p }, { step: true }) }, p === "bar" ? "Bars" : "Over time")))),
    picture, words); // prettier-ignore
}

/** The hardware tab: methods against devices, the best gain or the claim in each cell. */
export function hardwareTab(app: App): HTMLElement[] {
  const { graph, view } = app;
  const { results } = graph.block;
  interface Cell {
    best: number;
    count: number;
    edges: number[];
    results: number[];
  }
  const rows = new Map<number, Map<number, Cell>>();
  const cell = (subject: number, device: number): Cell => {
    const row = rows.get(subject) ?? new Map<number, Cell>();
    rows.set(subject, row);
    const found = row.get(device) ?? { best: -1, count: 0, edges: [], results: [] };
    row.set(device, found);
    return found;
  };
  const allowed = view.classes.length ? new Set(view.classes.map((c) => graph.block.classes.indexOf(c))) : null;
  const device = (node: number): boolean => node >= 0 && graph.type[node] === graph.HARDWARE && (!allowed || allowed.has(graph.class[node]!));
  for (const r of resultRows(app)) {
    const on = results.hardware[r]!;
    const subject = results.subject[r]!;
    if (!device(on) || subject < 0 || subject === on) continue;
    const c = cell(subject, on);
    c.results.push(r);
    const better = (a: number, b: number): boolean => (results.kind[a] === "gain") !== (results.kind[b] === "gain") ? results.kind[a] === "gain" : results.value[a]! > results.value[b]!;
    if (c.best < 0 || better(r, c.best)) c.best = r;
  }
  const runs = graph.block.relations.indexOf("runs_on");
  for (let e = 0; e < graph.m; e++) if (graph.relation[e] === runs && app.shown.edges[e] && device(graph.target[e]!)) cell(graph.source[e]!, graph.target[e]!).edges.push(e);
  const query = fold(view.query);
  const weight = (row: Map<number, Cell>): number => [...row.values()].reduce((sum, c) => sum + c.results.length * 3 + c.edges.length, 0);
  const matching = [...rows].filter(([subject, row]) => !query || fold(graph.name(subject)).includes(query) || [...row.keys()].some((d) => fold(graph.name(d)).includes(query)));
  const subjects = matching.sort((a, b) => weight(b[1]) - weight(a[1]) || graph.weight[b[0]]! - graph.weight[a[0]]!).slice(0, 60);
  const used = new Map<number, number>();
  for (const [, row] of subjects) for (const [d, c] of row) used.set(d, (used.get(d) ?? 0) + 1 + c.results.length * 2);
  const devices = [...used].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 14).map(([d]) => d);
  const field = h("input", { type: "search", placeholder: "Filter by method or device", "aria-label": "Filter by method or device", value: view.query, input: () => app.update({ query: field.value }) });
  const bar = h("div", { class: "bar-of-controls" }, field, h("span", { class: "count", role: "status" }, `${plural(matching.length, "method")} on ${plural(used.size, "device")}`));
  if (!subjects.length) return [bar, h("p", { class: "empty" }, rows.size ? "No method or device of that name." : "No visible paper says on which hardware something runs.")];
  const words = h("div", { class: "plot-words", role: "status" });
  const show = (subject: number, d: number, c: Cell): void => {
    words.replaceChildren(
      h("p", {}, nodeButton(app, subject), " on ", nodeButton(app, d)),
      ...c.results.map((r) => h("div", {}, h("strong", {}, value(graph, r)), " ", text(results.measure[r]!), ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)))),
      ...c.edges.flatMap((e) => graph.claims(e)).map((claim) => h("div", {}, ...quotes(claim.words).map((q) => h("blockquote", {}, q)), claim.paper >= 0 ? nodeButton(app, claim.paper) : null)),
    );
    words.scrollIntoView({ block: "nearest" });
  };
  const table = h("table", { class: "matrix" },
    h("caption", { class: "unseen" }, "Methods against devices"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Method"), ...devices.map((d) => h("th", { scope: "col" }, nodeButton(app, d, short(graph.name(d), 24)))))),
    h("tbody", {}, ...subjects.filter(([, row]) => devices.some((d) => row.has(d))).map(([subject, row]) =>
      h("tr", {}, h("th", { scope: "row" }, nodeButton(app, subject, short(graph.name(subject), 36))), ...devices.map((d) => {
        const c = row.get(d);
        if (!c) return h("td", {});
        const label = c.best >= 0 ? value(graph, c.best) : "runs";
        return h("td", {}, h("button", { type: "button", class: c.best >= 0 && results.kind[c.best] === "gain" ? "cell gain" : "cell", "aria-label": `${graph.name(subject)} on ${graph.name(d)}: ${label}`, click: () => show(subject, d, c) }, label, c.best >= 0 ? h("small", {}, short(results.measure[c.best]!, 18)) : null));
      })))),
  ); // prettier-ignore
  return [bar, h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Methods against devices" }, table), words, h("p", { class: "facts" }, icon("Hardware"), " The number in a cell is the largest gain that a paper reports for that method on that device, else another number, else that it runs there. Choose it for the words.")];
}
