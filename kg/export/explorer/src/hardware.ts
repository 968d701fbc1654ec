/** Methods against devices. */

import { type App, icon, nodeButton } from "./app";
import { h, plural, short, text } from "./dom";
import { resultRows, value } from "./numbers";
import { fold } from "./search";
import { quotes } from "./words";

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
  const device = (node: number): boolean =>
    node >= 0 && graph.type[node] === graph.HARDWARE && (!allowed || allowed.has(graph.class[node]!));
  for (const r of resultRows(app)) {
    const on = results.hardware[r]!;
    const subject = results.subject[r]!;
    if (!device(on) || subject < 0 || subject === on) continue;
    const c = cell(subject, on);
    c.results.push(r);
    const better = (a: number, b: number): boolean =>
      (results.kind[a] === "gain") !== (results.kind[b] === "gain")
        ? results.kind[a] === "gain"
        : results.value[a]! > results.value[b]!;
    if (c.best < 0 || better(r, c.best)) c.best = r;
  }
  const runs = graph.block.relations.indexOf("runs_on");
  for (let e = 0; e < graph.m; e++)
    if (graph.relation[e] === runs && app.shown.edges[e] && device(graph.target[e]!))
      cell(graph.source[e]!, graph.target[e]!).edges.push(e);
  const query = fold(view.query);
  const weight = (row: Map<number, Cell>): number =>
    [...row.values()].reduce((sum, c) => sum + c.results.length * 3 + c.edges.length, 0);
  const matching = [...rows].filter(
    ([subject, row]) =>
      !query ||
      fold(graph.name(subject)).includes(query) ||
      [...row.keys()].some((d) => fold(graph.name(d)).includes(query)),
  );
  const subjects = matching
    .sort((a, b) => weight(b[1]) - weight(a[1]) || graph.weight[b[0]]! - graph.weight[a[0]]!)
    .slice(0, 60);
  const used = new Map<number, number>();
  for (const [, row] of subjects) for (const [d, c] of row) used.set(d, (used.get(d) ?? 0) + 1 + c.results.length * 2);
  const devices = [...used]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, 14)
    .map(([d]) => d);
  const field = h("input", {
    type: "search",
    placeholder: "Filter by method or device",
    "aria-label": "Filter by method or device",
    value: view.query,
    input: () => app.update({ query: field.value }),
  });
  const bar = h(
    "div",
    { class: "bar-of-controls" },
    field,
    h(
      "span",
      { class: "count", role: "status" },
      `${plural(matching.length, "method")} on ${plural(used.size, "device")}`,
    ),
  );
  if (!subjects.length)
    return [
      bar,
      h(
        "p",
        { class: "empty" },
        rows.size ? "No method or device of that name." : "No visible paper says on which hardware something runs.",
      ),
    ];
  const words = h("div", { class: "plot-words", role: "status" });
  const show = (subject: number, d: number, c: Cell): void => {
    words.replaceChildren(
      h("p", {}, nodeButton(app, subject), " on ", nodeButton(app, d)),
      ...c.results.map((r) =>
        h(
          "div",
          {},
          h("strong", {}, value(graph, r)),
          " ",
          text(results.measure[r]!),
          ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)),
        ),
      ),
      ...c.edges
        .flatMap((e) => graph.claims(e))
        .map((claim) =>
          h(
            "div",
            {},
            ...quotes(claim.words).map((q) => h("blockquote", {}, q)),
            claim.paper >= 0 ? nodeButton(app, claim.paper) : null,
          ),
        ),
    );
    words.scrollIntoView({ block: "nearest" });
  };
  const table = h(
    "table",
    { class: "matrix" },
    h("caption", { class: "unseen" }, "Methods against devices"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Method"),
        ...devices.map((d) => h("th", { scope: "col" }, nodeButton(app, d, short(graph.name(d), 24)))),
      ),
    ),
    h(
      "tbody",
      {},
      ...subjects
        .filter(([, row]) => devices.some((d) => row.has(d)))
        .map(([subject, row]) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, nodeButton(app, subject, short(graph.name(subject), 36))),
            ...devices.map((d) => {
              const c = row.get(d);
              if (!c) return h("td", {});
              const label = c.best >= 0 ? value(graph, c.best) : "runs";
              return h(
                "td",
                {},
                h(
                  "button",
                  {
                    type: "button",
                    class: c.best >= 0 && results.kind[c.best] === "gain" ? "cell gain" : "cell",
                    click: () => show(subject, d, c),
                  },
                  h("span", { class: "unseen" }, `${graph.name(subject)} on ${graph.name(d)}: `),
                  label,
                  " ",
                  c.best >= 0 ? h("small", {}, short(results.measure[c.best]!, 18)) : null,
                ),
              );
            }),
          ),
        ),
    ),
  );
  return [
    bar,
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Methods against devices" }, table),
    words,
    h(
      "p",
      { class: "facts" },
      icon("Hardware"),
      " The number in a cell is the largest gain that a paper reports for that method on that device, else another number, else that it runs there. Choose it for the words.",
    ),
  ];
}
