/** The table twin of the picture, and things side by side. */

import { type App, icon, nodeButton } from "./app";
import { count, h, plural, short, text, words } from "./dom";
import { resultRows, value } from "./numbers";
import { fold } from "./search";

const PAGE = 100;

/** Everything the map shows, as rows: for screen readers, and for reading. */
export function tableTab(app: App): HTMLElement[] {
  const { graph, view, shown } = app;
  const query = fold(view.query);
  const things = view.rows === "things";
  const rows: number[] = [];
  if (things) {
    for (const i of graph.order)
      if (
        shown.nodes[i] &&
        (!query || fold(graph.name(i)).includes(query) || graph.aliases(i).some((a) => fold(a).includes(query)))
      )
        rows.push(i);
  } else {
    const matches = (i: number): boolean => fold(graph.name(i)).includes(query);
    for (let e = 0; e < graph.m; e++)
      if (shown.edges[e] && (!query || matches(graph.source[e]!) || matches(graph.target[e]!))) rows.push(e);
  }
  if (things) rows.sort((a, b) => graph.papers[b]! - graph.papers[a]!);
  const field = h("input", {
    type: "search",
    placeholder: "Filter by name",
    "aria-label": "Filter the table by name",
    value: view.query,
    input: () => app.update({ query: field.value }),
  });
  const controls = h(
    "div",
    { class: "bar-of-controls" },
    h(
      "span",
      { class: "split", role: "group", "aria-label": "What the rows are" },
      ...(["things", "relations"] as const).map((r) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(view.rows === r),
            click: () => app.update({ rows: r }, { step: true }),
          },
          r === "things" ? "Things" : "Edges",
        ),
      ),
    ),
    field,
    h("span", { class: "count", role: "status" }, things ? plural(rows.length, "thing") : plural(rows.length, "edge")),
  );
  if (!rows.length) return [controls, h("p", { class: "empty" }, "Nothing passes the filters.")];

  const body = h("tbody", {});
  const add = (from: number): void => {
    for (const i of rows.slice(from, from + PAGE)) {
      body.append(
        things
          ? h(
              "tr",
              {},
              h("th", { scope: "row" }, nodeButton(app, i, short(graph.name(i), 120))),
              h("td", {}, graph.typeName(i)),
              h("td", { class: "number" }, count(graph.papers[i]!)),
              h("td", { class: "number" }, count(graph.degree(i))),
              h("td", {}, graph.block.nodes.date[i] ?? ""),
              h("td", {}, text(short(graph.aliases(i).join(", "), 80))),
            )
          : h(
              "tr",
              {},
              h("td", {}, nodeButton(app, graph.source[i]!, short(graph.name(graph.source[i]!), 70))),
              h(
                "td",
                {},
                h(
                  "button",
                  { type: "button", class: "inline", click: () => app.openEdge(i) },
                  words(graph.relationName(i)),
                ),
              ),
              h("td", {}, nodeButton(app, graph.target[i]!, short(graph.name(graph.target[i]!), 70))),
              h("td", { class: "number" }, count(graph.support[i]!)),
              h("td", { class: "number" }, `${graph.confidence[i]} %`),
            ),
      );
    }
  };
  add(0);
  let done = PAGE;
  const more = h(
    "button",
    {
      type: "button",
      class: "more",
      click: () => {
        add(done);
        (body.children[done]?.querySelector("button") as HTMLElement | null)?.focus();
        done += PAGE;
        more.hidden = done >= rows.length;
      },
    },
    `Show ${PAGE} more`,
  );
  more.hidden = rows.length <= PAGE;
  const heads = things
    ? ["Name", "Type", "Papers", "Edges", "Date", "Also written"]
    : ["From", "Relation", "To", "Papers", "Confidence"];
  const numbers = new Set(["Papers", "Edges", "Confidence"]);
  return [
    controls,
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "The graph as a table" },
      h(
        "table",
        {},
        h("caption", { class: "unseen" }, things ? "Things, the most named first" : "Edges"),
        h(
          "thead",
          {},
          h("tr", {}, ...heads.map((t) => h("th", { scope: "col", class: numbers.has(t) ? "number" : null }, t))),
        ),
        body,
      ),
    ),
    more,
  ];
}

/** Two or more things side by side; what they share is marked. */
export function compareTab(app: App): HTMLElement[] {
  const { graph, view } = app;
  const nodes = view.compare.map((id) => graph.find(id)).filter((i) => i >= 0);
  const add = h(
    "button",
    {
      type: "button",
      class: "primary",
      click: async () => {
        const node = await app.choose("Compare …");
        if (node >= 0 && !app.view.compare.includes(graph.id(node)))
          app.update({ compare: [...app.view.compare, graph.id(node)] }, { step: true });
      },
    },
    "Add a thing",
  );
  const controls = h(
    "div",
    { class: "bar-of-controls" },
    add,
    nodes.length
      ? h("button", { type: "button", click: () => app.update({ compare: [] }, { step: true }) }, "Clear")
      : null,
  );
  if (!nodes.length)
    return [
      controls,
      h(
        "p",
        { class: "empty" },
        "Choose two things or more, here or with “Compare” in the side panel, to see their datasets, numbers and hardware side by side.",
      ),
    ];

  /** Neighbours of a type: direct ones, and for things those of the papers that introduce them. */
  const near = (node: number, type: string): Map<number, number> => {
    const t = graph.block.types.indexOf(type);
    const found = new Map<number, number>();
    const collect = (from: number): void => {
      for (const e of graph.edgesOf(from)) {
        const j = graph.other(e, from);
        if (graph.type[j] === t && j !== node && graph.relationName(e) !== "mentions")
          found.set(j, (found.get(j) ?? 0) + 1);
      }
    };
    collect(node);
    for (const e of graph.edgesOf(node))
      if (graph.relationName(e) === "introduces" && graph.target[e] === node) collect(graph.source[e]!);
    return found;
  };
  const row = (title: string, type: string): HTMLElement | null => {
    const lists = nodes.map((n) => near(n, type));
    if (lists.every((l) => !l.size)) return null;
    const shared = (i: number): boolean => nodes.length > 1 && lists.every((l) => l.has(i));
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, title),
      ...lists.map((l) =>
        h(
          "td",
          {},
          h(
            "ul",
            { class: "plain" },
            ...[...l.keys()]
              .sort((a, b) => Number(shared(b)) - Number(shared(a)) || graph.weight[b]! - graph.weight[a]!)
              .slice(0, 12)
              .map((i) =>
                h(
                  "li",
                  { class: shared(i) ? "shared" : null },
                  nodeButton(app, i, short(graph.name(i), 48)),
                  shared(i) ? h("small", {}, " shared") : null,
                ),
              ),
            l.size > 12 ? h("li", {}, `and ${l.size - 12} more`) : null,
          ),
        ),
      ),
    );
  };
  const numbers = nodes.map((n) => resultRows(app, n));
  const { results } = graph.block;
  const between = nodes.flatMap((a) =>
    nodes.flatMap((b) =>
      a === b ? [] : [...graph.edgesOf(a)].filter((e) => graph.source[e] === a && graph.target[e] === b),
    ),
  );
  return [
    controls,
    between.length
      ? h(
          "p",
          { class: "facts" },
          "Between them: ",
          ...between.map((e) =>
            h(
              "button",
              { type: "button", class: "hop", click: () => app.openEdge(e) },
              `${short(graph.name(graph.source[e]!), 30)} ${words(graph.relationName(e))} ${short(graph.name(graph.target[e]!), 30)}`,
            ),
          ),
        )
      : h("span", {}),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Comparison" },
      h(
        "table",
        { class: "compare" },
        h("caption", { class: "unseen" }, "Things side by side"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td", {}),
            ...nodes.map((n) =>
              h(
                "th",
                { scope: "col" },
                nodeButton(app, n, short(graph.name(n), 60)),
                h(
                  "button",
                  {
                    type: "button",
                    class: "quote",
                    "aria-label": `Take ${short(graph.name(n), 60)} out`,
                    click: () => app.update({ compare: view.compare.filter((c) => c !== graph.id(n)) }, { step: true }),
                  },
                  "✕",
                ),
              ),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "row" }, "Type"),
            ...nodes.map((n) =>
              h(
                "td",
                {},
                icon(graph.typeName(n)),
                " ",
                graph.typeName(n),
                graph.class[n]! >= 0 ? `, ${graph.block.classes[graph.class[n]!]}` : "",
              ),
            ),
          ),
          h("tr", {}, h("th", { scope: "row" }, "Papers"), ...nodes.map((n) => h("td", {}, count(graph.papers[n]!)))),
          h(
            "tr",
            {},
            h("th", { scope: "row" }, "Numbers"),
            ...numbers.map((rs) =>
              h(
                "td",
                {},
                rs.length
                  ? h(
                      "ul",
                      { class: "plain" },
                      ...rs
                        .slice(0, 10)
                        .map((r) =>
                          h(
                            "li",
                            {},
                            h("strong", {}, value(graph, r)),
                            " ",
                            text(short(results.measure[r]!, 40)),
                            results.dataset[r]! >= 0
                              ? h("span", {}, " on ", nodeButton(app, results.dataset[r]!))
                              : null,
                            results.hardware[r]! >= 0
                              ? h("span", {}, " on ", nodeButton(app, results.hardware[r]!))
                              : null,
                          ),
                        ),
                      rs.length > 10 ? h("li", {}, `and ${rs.length - 10} more`) : null,
                    )
                  : "none",
              ),
            ),
          ),
          row("Datasets", "Dataset"),
          row("Hardware", "Hardware"),
          row("Tasks", "Task"),
          row("Metrics", "Metric"),
          row("Architectures", "Architecture"),
          row("Methods", "Method"),
        ),
      ),
    ),
  ];
}
