/** Tables of numbers: the results tab, and the short one of the side panel. */

import { type App, nodeButton } from "./app";
import { count, h, plural, short, text } from "./dom";
import { comparableFirst, ENDS, metricName, resultRows, value } from "./numbers";
import { plot } from "./plot";
import { fold } from "./search";
import { quotes } from "./words";

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
    cell: (r) =>
      results[name][r]! >= 0
        ? nodeButton(app, results[name][r]!, short(graph.name(results[name][r]!), name === "paper" ? 60 : 40))
        : "",
  });
  return [
    thing("subject", "What"),
    {
      key: "measure",
      title: "Measure",
      by: (r) => fold(metricName(graph, r)),
      cell: (r) => text(short(metricName(graph, r), 40), { title: results.measure[r]! }),
    },
    {
      key: "value",
      title: "Value",
      by: (r) => results.value[r]!,
      cell: (r) =>
        h(
          "span",
          { class: `value ${results.kind[r]}` },
          value(graph, r),
          results.kind[r] === "gain" ? h("small", {}, " gain") : null,
        ),
      number: true,
    },
    thing("baseline", "Against"),
    thing("dataset", "Dataset"),
    thing("task", "Task"),
    thing("hardware", "Hardware"),
    thing("paper", "Paper"),
  ];
}

/** A table of results; the words open under a row. */
export function resultTable(
  app: App,
  rows: number[],
  options: { caption: string; sort?: string; onSort?: (key: string) => void },
): HTMLElement {
  const { graph } = app;
  const { results } = graph.block;
  const used = columns(app).filter(
    (c) =>
      c.key === "measure" ||
      c.key === "value" ||
      rows.some((r) => (results[c.key as "subject"] as number[] | undefined)?.[r]! >= 0),
  );
  const head = h("tr", {});
  for (const c of used) {
    const [key, down] = [options.sort?.replace(/^-/, ""), options.sort?.startsWith("-")];
    const state = key === c.key ? (down ? "descending" : "ascending") : "none";
    head.append(
      h(
        "th",
        { scope: "col", "aria-sort": options.onSort ? state : null, class: c.number ? "number" : null },
        options.onSort
          ? h(
              "button",
              {
                type: "button",
                click: () =>
                  options.onSort!(
                    state === "descending"
                      ? c.key
                      : state === "ascending"
                        ? "-" + c.key
                        : c.number
                          ? "-" + c.key
                          : c.key,
                  ),
              },
              c.title,
              h("span", { "aria-hidden": "true" }, state === "ascending" ? " ▲" : state === "descending" ? " ▼" : ""),
            )
          : c.title,
      ),
    );
  }
  head.append(h("th", { scope: "col" }, h("span", { class: "unseen" }, "Words")));
  const body = h("tbody", {});
  for (const r of rows) {
    const toggle = h(
      "button",
      { type: "button", class: "quote", "aria-expanded": "false", "aria-label": `Words of ${value(graph, r)}` },
      "❝",
    );
    const row = h(
      "tr",
      { id: `r-${r}` },
      ...used.map((c) => h("td", { class: c.number ? "number" : null }, c.cell(r))),
      h("td", {}, toggle),
    );
    let below: HTMLElement | null = null;
    toggle.addEventListener("click", () => {
      if (below) {
        below.remove();
        below = null;
      } else {
        below = h(
          "tr",
          { class: "below" },
          h(
            "td",
            { colspan: used.length + 1 },
            ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)),
            results.paper[r]! >= 0 ? nodeButton(app, results.paper[r]!) : null,
          ),
        );
        row.after(below);
      }
      toggle.setAttribute("aria-expanded", String(below !== null));
    });
    body.append(row);
  }
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": options.caption },
    h("table", {}, h("caption", { class: "unseen" }, options.caption), h("thead", {}, head), body),
  );
}

/** The same for narrow places: number, measure, and the setting in one cell. */
export function shortTable(app: App, rows: number[], about: number): HTMLElement {
  const { graph } = app;
  const { results } = graph.block;
  const ways: [string, (typeof ENDS)[number] | "paper"][] = [
    ["by", "subject"],
    ["against", "baseline"],
    ["on", "dataset"],
    ["for", "task"],
    ["on", "hardware"],
    ["in", "paper"],
  ];
  const body = rows.map((r) => {
    const setting = ways
      .filter(([, end]) => results[end][r]! >= 0 && results[end][r] !== about)
      .map(([word, end]) =>
        h(
          "span",
          { class: "setting" },
          h("span", {}, word),
          nodeButton(app, results[end][r]!, short(graph.name(results[end][r]!), 60)),
        ),
      );
    const words = h(
      "details",
      {},
      h("summary", {}, "words"),
      ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)),
    );
    return h(
      "tr",
      {},
      h(
        "td",
        { class: "number" },
        h("span", { class: "value" }, value(graph, r)),
        results.kind[r] === "gain" ? h("small", {}, " gain") : null,
      ),
      h("td", {}, text(short(results.measure[r]!, 60), { class: "measure" }), ...setting, words),
    );
  });
  return h(
    "table",
    { class: "numbers" },
    h("caption", { class: "unseen" }, `Results that name ${graph.name(about)}`),
    h(
      "thead",
      { class: "unseen" },
      h("tr", {}, h("th", { scope: "col" }, "Value"), h("th", { scope: "col" }, "Of what, where")),
    ),
    h("tbody", {}, ...body),
  );
}

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

function select(
  label: string,
  options: [string, number][],
  value: string,
  change: (value: string) => void,
): HTMLElement {
  const box = h(
    "select",
    { change: () => change(box.value) },
    h("option", { value: "" }, `All`),
    ...options.map(([name, n]) => h("option", { value: name }, `${short(name, 48)} (${n})`)),
  );
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
  if (!all.length)
    return [
      h(
        "p",
        { class: "empty" },
        results.id.length
          ? "No result passes the filters."
          : "No paper of this graph reports a number that was understood.",
      ),
    ];
  const named = (column: "task" | "dataset") => (r: number) =>
    results[column][r]! >= 0 ? graph.name(results[column][r]!) : "";
  const of = { task: named("task"), dataset: named("dataset"), metric: (r: number) => metricName(graph, r) };
  const query = fold(view.query);
  const matches = (r: number): boolean =>
    !query ||
    [...ENDS, "paper" as const].some((n) => results[n][r]! >= 0 && fold(graph.name(results[n][r]!)).includes(query)) ||
    fold(results.measure[r]!).includes(query);
  const by = (skip: string): number[] =>
    all.filter(
      (r) =>
        (Object.keys(of) as (keyof typeof of)[]).every((k) => k === skip || !view[k] || of[k](r) === view[k]) &&
        matches(r),
    );
  const chosen = by("");
  const rows = view.sort ? sorted(app, chosen, view.sort) : comparableFirst(graph, chosen);
  const field = h("input", {
    type: "search",
    placeholder: "Filter by any name",
    "aria-label": "Filter results by name",
    value: view.query,
    input: () => app.update({ query: field.value }),
  });
  return [
    h(
      "div",
      { class: "bar-of-controls" },
      ...(["task", "dataset", "metric"] as const).map((k) =>
        select(k[0]!.toUpperCase() + k.slice(1), options(by(k), of[k]), view[k], (v) =>
          app.update({ [k]: v }, { step: true }),
        ),
      ),
      field,
      h("span", { class: "count", role: "status" }, plural(rows.length, "result")),
    ),
    plot(app, rows),
    resultTable(app, rows.slice(0, PAGE), {
      caption: "Results",
      sort: view.sort,
      onSort: (sort) => app.update({ sort }, { step: true }),
    }),
    rows.length > PAGE
      ? h(
          "p",
          { class: "facts" },
          `The first ${PAGE} of ${count(rows.length)}; choose a task, dataset or metric to see the others, or save the table as CSV.`,
        )
      : h("span", {}),
  ];
}
