/** The side panel: what the graph holds, what one thing is, and the words behind one edge. */

import { type App, icon, nodeButton } from "./app";
import type { Claim, Graph } from "./data";
import { count, h, link, plural, short, text, words } from "./dom";
import { resultRows, value } from "./numbers";
import { shortTable } from "./results";
import { quotes } from "./words";

const PASSIVE: Record<string, string> = {
  introduces: "Introduced by",
  evaluates_on: "Evaluated on by",
  targets: "Targeted by",
  addresses: "Addressed by",
  measures: "Measured by",
  compares_with: "Compared with by",
  uses: "Used by",
  mentions: "Mentioned by",
  author: "Wrote",
  venue: "Published",
  variant_of: "Variants",
  applied_to: "What is applied to it",
  evaluated_on: "What is evaluated on it",
  runs_on: "What runs on it",
  outperforms: "Outperformed by",
  part_of: "Its parts",
  broader: "Narrower",
};
const ACTIVE: Record<string, string> = {
  introduces: "Introduces",
  evaluates_on: "Evaluates on",
  targets: "Targets",
  addresses: "Addresses",
  measures: "Measures",
  compares_with: "Compares with",
  uses: "Uses",
  mentions: "Mentions",
  author: "Authors",
  venue: "Venue",
  variant_of: "Variant of",
  applied_to: "Applied to",
  evaluated_on: "Evaluated on",
  runs_on: "Runs on",
  outperforms: "Outperforms",
  part_of: "Part of",
  broader: "Broader",
};

/** Measures that a gain on hardware is about. */
const SPEEDS = /speed|fast|throughput|latency|runtime|energy|power|efficien|perform|fps|tops/i;

/** Give the web page of an outside id, or the id itself. */
export function outside(graph: Graph, kind: string, id: string): HTMLElement {
  if (/^https?:\/\//i.test(id)) return link(id, `${kind} ${short(id.replace(/^https?:\/\//i, ""), 40)}`);
  const pattern = graph.block.outside[kind.toLowerCase()];
  return pattern
    ? link(
        pattern.replace("{}", () => encodeURI(id)),
        `${kind} ${id}`,
      )
    : text(`${kind} ${id}`);
}

/** Show the first few of many, the rest on demand. */
function some(items: (() => HTMLElement)[], first: number, tag: "ul" | "ol" = "ul"): HTMLElement {
  const list = h(tag, { class: "plain" }, ...items.slice(0, first).map((make) => h("li", {}, make())));
  if (items.length <= first) return list;
  let shown = first;
  const more = h(
    "button",
    {
      type: "button",
      class: "more",
      click: () => {
        const next = items.slice(shown, shown + 50).map((make) => h("li", {}, make()));
        list.append(...next);
        shown += next.length;
        (next[0]?.querySelector("button, a") as HTMLElement | null)?.focus();
        if (shown >= items.length) more.remove();
        else more.textContent = `Show ${Math.min(50, items.length - shown)} more`;
      },
    },
    `Show ${Math.min(50, items.length - first)} more`,
  );
  return h("div", {}, list, more);
}

function section(title: string, amount: number | null, ...body: (Node | null)[]): HTMLElement {
  return h(
    "section",
    {},
    h("h3", {}, title, amount === null ? null : h("span", { class: "count" }, count(amount))),
    ...body,
  );
}

function certainty(percent: number): HTMLElement {
  return h(
    "span",
    { class: "certainty", title: `confidence ${percent} %` },
    h("meter", { min: 0, max: 100, value: percent, "aria-label": "confidence" }),
    `${percent} %`,
  );
}

function top(graph: Graph, type: string, most: number, shown: Uint8Array): number[] {
  const t = graph.block.types.indexOf(type);
  const found: number[] = [];
  for (const node of graph.order) {
    if (graph.type[node] === t && shown[node]) found.push(node);
    if (found.length === most) break;
  }
  return found;
}

/** A ranking with bars: what papers name most. */
function ranking(app: App, nodes: number[]): HTMLElement {
  const most = Math.max(1, ...nodes.map((n) => app.graph.papers[n]!));
  return h(
    "ol",
    { class: "ranking" },
    ...nodes.map((n) => {
      const bar = h("span", { class: "bar" });
      bar.style.inlineSize = `${(100 * app.graph.papers[n]!) / most}%`;
      bar.classList.add(`b-${app.graph.typeName(n)}`);
      return h(
        "li",
        {},
        h(
          "button",
          { type: "button", click: () => app.open(n) },
          text(short(app.graph.name(n), 44)),
          h("span", { class: "count" }, plural(app.graph.papers[n]!, "paper")),
          bar,
        ),
      );
    }),
  );
}

/** What there is to see: shown when nothing is chosen. */
export function overview(app: App): HTMLElement[] {
  const { graph, shown } = app;
  const { block } = graph;
  const totals = block.types.map((_, t) => graph.type.reduce((sum, v) => sum + (v === t ? 1 : 0), 0));
  const words = block.types.map((t, i) => [totals[i]!, t] as const).filter(([n, t]) => n && t !== "Result");
  const parts: (HTMLElement | null)[] = [
    h("h2", { tabindex: -1 }, block.title),
    graph.n
      ? h(
          "p",
          { class: "lead" },
          words.map(([n, t]) => plural(n, t.toLowerCase(), plurals(t))).join(", ") +
            `; ${plural(graph.m, "edge")}, each with the words that say so.`,
        )
      : h(
          "p",
          { class: "lead" },
          "This graph is empty: no paper has been read yet. Build one with ",
          h("code", {}, "kg build PAPERS... -o my.kg"),
          ".",
        ),
  ];
  const gains = resultRows(app)
    .filter(
      (r) =>
        block.results.kind[r] === "gain" &&
        (block.results.hardware[r]! >= 0 || block.results.subject[r]! >= 0) &&
        block.results.value[r]! >= 1.5 &&
        /^[x×]$/i.test(block.results.unit[r]!) &&
        SPEEDS.test(block.results.measure[r]!),
    )
    .sort(
      (a, b) =>
        Number(block.results.hardware[b]! >= 0) - Number(block.results.hardware[a]! >= 0) ||
        block.results.value[b]! - block.results.value[a]!,
    );
  const hardware = top(graph, "Hardware", 8, shown.nodes);
  if (hardware.length) parts.push(section("Hardware in most papers", null, ranking(app, hardware)));
  if (gains.length)
    parts.push(
      section(
        "Largest reported gains in speed and energy",
        null,
        some(
          gains.slice(0, 40).map((r) => () => gain(app, r)),
          4,
          "ol",
        ),
      ),
    );
  for (const [type, title] of [
    ["Architecture", "Architectures"],
    ["Dataset", "Datasets"],
    ["Task", "Tasks"],
  ] as const) {
    const nodes = top(graph, type, 5, shown.nodes);
    if (nodes.length) parts.push(section(title, null, ranking(app, nodes)));
  }
  if (!hardware.length && graph.n) {
    const papers = top(graph, "Paper", 8, shown.nodes);
    if (papers.length)
      parts.push(
        section(
          "Papers",
          null,
          some(
            papers.map((p) => () => nodeButton(app, p)),
            8,
          ),
        ),
      );
  }
  return parts.filter((p): p is HTMLElement => p !== null);
}

function plurals(type: string): string {
  return type === "Hardware" ? "pieces of hardware" : type.toLowerCase() + "s";
}

function gain(app: App, r: number): HTMLElement {
  const { results } = app.graph.block;
  const subject = results.subject[r]!,
    hardware = results.hardware[r]!,
    baseline = results.baseline[r]!;
  return h(
    "div",
    { class: "gain" },
    h(
      "button",
      {
        type: "button",
        class: "number",
        click: () => app.open(results.paper[r]!),
        "aria-label": `${value(app.graph, r)} ${results.measure[r]}: open the paper`,
      },
      value(app.graph, r),
    ),
    h(
      "div",
      {},
      text(results.measure[r]!),
      subject >= 0 ? h("span", {}, " by ", nodeButton(app, subject)) : null,
      hardware >= 0 ? h("span", {}, " on ", nodeButton(app, hardware)) : null,
      baseline >= 0 ? h("span", {}, " against ", nodeButton(app, baseline)) : null,
    ),
  );
}

/** The chosen node. */
export function nodePanel(app: App, node: number): HTMLElement[] {
  const { graph, view } = app;
  const { nodes, classes, communities } = graph.block;
  const id = graph.id(node);
  const type = graph.typeName(node);
  const paper = type === "Paper";
  const aliases = graph.aliases(node);
  const outer = Object.entries(nodes.ids[node] ?? {});
  const url = nodes.url[node];
  const focused = view.focus.includes(id);
  const compared = view.compare.includes(id);

  const facts = h("p", { class: "facts" });
  if (paper) facts.append(nodes.date[node] ? `Published ${nodes.date[node]}. ` : "");
  else facts.append(plural(graph.papers[node]!, "paper"), since(app, node), ". ");
  if (graph.class[node]! >= 0) facts.append(h("span", {}, `Class: ${classes[graph.class[node]!]}. `));
  const community = communities[graph.community[node]!];
  if (community && community !== "Others")
    facts.append(
      "In ",
      h(
        "button",
        {
          type: "button",
          class: "inline",
          click: () => app.update({ communities: [community], tab: "map", camera: null }, { step: true }),
        },
        text(short(community, 60)),
      ),
      ".",
    );

  const parts: HTMLElement[] = [
    h("p", { class: "kind" }, icon(type, 15), type),
    h("h2", { tabindex: -1, dir: "auto" }, graph.name(node)),
    facts,
    h(
      "div",
      { class: "actions", role: "group", "aria-label": "Walk from here" },
      h(
        "span",
        { class: "split" },
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(focused),
            click: () =>
              app.update(
                focused ? { focus: [], camera: null } : { focus: [id], steps: view.steps, tab: "map", camera: null },
                { step: true },
              ),
          },
          focused ? "Leave focus" : "Focus",
        ),
        ...[1, 2, 3].map((steps) =>
          h(
            "button",
            {
              type: "button",
              "aria-pressed": String(focused && view.steps === steps),
              "aria-label": `Focus, ${plural(steps, "step")}`,
              click: () =>
                app.update({ focus: focused ? view.focus : [id], steps, tab: "map", camera: null }, { step: true }),
            },
            String(steps),
          ),
        ),
      ),
      view.focus.length && !focused
        ? h(
            "button",
            { type: "button", click: () => app.update({ focus: [...view.focus, id], camera: null }, { step: true }) },
            "Expand",
          )
        : null,
      h(
        "button",
        {
          type: "button",
          click: async () => {
            const to = await app.choose(`From ${short(graph.name(node), 40)} to …`);
            if (to >= 0) app.update({ path: [id, graph.id(to)], tab: "map", camera: null }, { step: true });
          },
        },
        "Path to …",
      ),
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(compared),
          click: () =>
            app.update(
              { compare: compared ? view.compare.filter((c) => c !== id) : [...view.compare, id] },
              { step: true },
            ),
        },
        compared ? "In comparison" : "Compare",
      ),
    ),
  ];
  if (aliases.length)
    parts.push(
      section(
        "Also written",
        null,
        h(
          "p",
          { class: "chips" },
          ...aliases.slice(0, 24).map((a) => text(short(a, 80), { class: "chip" })),
          aliases.length > 24 ? h("span", { class: "chip" }, `and ${aliases.length - 24} more`) : null,
        ),
      ),
    );
  if (outer.length || url)
    parts.push(
      section(
        "Elsewhere",
        null,
        h(
          "p",
          { class: "chips" },
          ...outer.map(([k, v]) => outside(graph, k, v)),
          url ? link(url, short(url.replace(/^https?:\/\//, ""), 44)) : null,
        ),
      ),
    );

  // Edges by relation and direction.
  const groups = new Map<string, number[]>();
  for (const e of graph.edgesOf(node)) {
    const out = graph.source[e] === node;
    const key = `${out ? ">" : "<"}${graph.relationName(e)}`;
    const list = groups.get(key);
    if (list) list.push(e);
    else groups.set(key, [e]);
  }
  const order = (key: string): number => graph.block.relations.indexOf(key.slice(1)) + (key[0] === ">" ? 0 : 0.5);
  const mine = resultRows(app, node);
  for (const key of [...groups.keys()].sort((a, b) => order(a) - order(b))) {
    const edges = groups
      .get(key)!
      .sort((a, b) => graph.weight[graph.other(b, node)]! - graph.weight[graph.other(a, node)]! || a - b);
    const name = key.slice(1);
    const fromPapers = key[0] === "<" && graph.type[graph.source[edges[0]!]!] === graph.PAPER;
    if (fromPapers) edges.sort((a, b) => graph.month[graph.source[b]!]! - graph.month[graph.source[a]!]! || a - b);
    const title = (key[0] === ">" ? ACTIVE : PASSIVE)[name] ?? (key[0] === ">" ? words(name) : `${words(name)} (from)`);
    parts.push(
      section(
        title,
        edges.length,
        some(
          edges.map((e) => () => edgeItem(app, e, node)),
          fromPapers ? 5 : 6,
        ),
      ),
    );
  }
  if (mine.length)
    parts.splice(
      4,
      0,
      section(
        "Numbers",
        mine.length,
        shortTable(app, mine.slice(0, 6), node),
        mine.length > 6
          ? h(
              "button",
              {
                type: "button",
                class: "more",
                click: () => app.update({ tab: "results", query: graph.name(node) }, { step: true }),
              },
              `All ${mine.length} in the results table`,
            )
          : null,
      ),
    );
  parts.push(h("p", { class: "iri" }, h("span", {}, "IRI "), h("code", {}, graph.block.base + id)));
  return parts;
}

function since(app: App, node: number): string {
  const { graph } = app;
  const dates = [...graph.edgesOf(node)]
    .map((e) => graph.other(e, node))
    .filter((p) => graph.type[p] === graph.PAPER)
    .map((p) => graph.block.nodes.date[p]!)
    .filter(Boolean)
    .sort();
  if (!dates.length) return "";
  const [a, b] = [dates[0]!.slice(0, 4), dates.at(-1)!.slice(0, 4)];
  return a === b ? `, ${a}` : `, ${a} to ${b}`;
}

/** One neighbour, with the words that tie it to the node. */
function edgeItem(app: App, edge: number, node: number): HTMLElement {
  const { graph } = app;
  const other = graph.other(edge, node);
  const claims = graph.claims(edge);
  const first = claims.flatMap((c) => quotes(c.words))[0];
  return h(
    "div",
    { class: "tie" },
    nodeButton(app, other),
    claims.length
      ? h(
          "button",
          {
            type: "button",
            class: "words",
            click: () => app.openEdge(edge),
          },
          h("span", { class: "unseen" }, "The words: "),
          first ?? "No words",
          claims.length > 1 ? h("span", { class: "count" }, `+${claims.length - 1}`) : null,
        )
      : null,
  );
}

/** The chosen edge: who says so, in which words. */
export function edgePanel(app: App, edge: number): HTMLElement[] {
  const { graph } = app;
  const claims = graph.claims(edge).sort((a, b) => b.confidence - a.confidence || a.paper - b.paper);
  const name = graph.relationName(edge);
  const a = graph.source[edge]!,
    b = graph.target[edge]!;
  return [
    h("p", { class: "kind" }, "What is claimed"),
    h(
      "h2",
      { tabindex: -1, class: "claim" },
      nodeButton(app, a, short(graph.name(a), 160)),
      h("span", { class: "relation" }, words(name)),
      nodeButton(app, b, short(graph.name(b), 160)),
    ),
    claims.length
      ? h(
          "p",
          { class: "facts" },
          `Supported by ${plural(graph.support[edge]!, "paper")}. Confidence `,
          certainty(graph.confidence[edge]!),
          ".",
        )
      : h("p", { class: "facts" }, "Known from the lexicon, not read from a paper."),
    h("ol", { class: "claims" }, ...claims.map((c) => claimItem(app, c, a))),
  ];
}

function claimItem(app: App, claim: Claim, source: number): HTMLElement {
  const { graph } = app;
  return h(
    "li",
    {},
    ...quotes(claim.words).map((q) => h("blockquote", {}, q)),
    claim.words.length ? null : h("p", { class: "facts" }, "Bibliographic: no sentence."),
    claim.paper >= 0 && claim.paper !== source ? nodeButton(app, claim.paper) : null,
    h(
      "p",
      { class: "facts" },
      graph.block.nodes.date[claim.paper] ? `${graph.block.nodes.date[claim.paper]} · ` : null,
      certainty(claim.confidence),
    ),
  );
}

/** The way between two things. */
export function pathPanel(app: App, from: number, to: number, edges: number[] | null): HTMLElement {
  const { graph } = app;
  const close = h(
    "button",
    { type: "button", class: "more", click: () => app.update({ path: [] }, { step: true }) },
    "Clear the path",
  );
  if (!edges)
    return h(
      "section",
      {},
      h("h2", { tabindex: -1 }, "No path"),
      h(
        "p",
        {},
        "Under the present filters nothing leads from ",
        nodeButton(app, from),
        " to ",
        nodeButton(app, to),
        ".",
      ),
      close,
    );
  const items: HTMLElement[] = [h("li", {}, nodeButton(app, from))];
  let at = from;
  for (const e of edges) {
    const next = graph.other(e, at);
    const forward = graph.source[e] === at;
    items.push(
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "hop", click: () => app.openEdge(e) },
          `${forward ? "↓" : "↑"} ${words(graph.relationName(e))}`,
        ),
        nodeButton(app, next),
      ),
    );
    at = next;
  }
  const title = h("h2", { tabindex: -1 }, `Path, ${plural(edges.length, "step")}`);
  return h("section", {}, title, h("ol", { class: "path" }, ...items), close);
}
