/** Save what is in view: a picture, or the data. Everything is made in the page; nothing is sent. */

import type { Graph } from "./data";
import type { Shown } from "./filter";
import { colour, GROUND, shape, corners, type Theme } from "./look";
import { type Camera, type Measure, Scene } from "./scene";

// Characters that XML 1.0 does not allow.
const ILLEGAL =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function xml(value: string): string {
  return value.replace(ILLEGAL, "").replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A cell for spreadsheets: quoted when needed, and never taken for a formula. */
export function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function* nodesOf(graph: Graph, shown: Shown): Iterable<number> {
  for (let i = 0; i < graph.n; i++) if (shown.nodes[i]) yield i;
}

function* edgesOf(graph: Graph, shown: Shown): Iterable<number> {
  for (let e = 0; e < graph.m; e++) if (shown.edges[e]) yield e;
}

/** GraphML that Gephi, yEd and Cytoscape open: unique edge ids, named keys, plain label and weight. */
export function graphml(graph: Graph, shown: Shown, theme: Theme = "light"): string {
  const key = (id: string, of: string, type: string): string =>
    `  <key id="${id}" for="${of}" attr.name="${id.replace(/^e_/, "")}" attr.type="${type}"/>\n`;
  const out = ['<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'];
  for (const [id, type] of [
    ["label", "string"],
    ["type", "string"],
    ["iri", "string"],
    ["aliases", "string"],
    ["papers", "int"],
    ["community", "string"],
    ["x", "float"],
    ["y", "float"],
    ["size", "float"],
    ["r", "int"],
    ["g", "int"],
    ["b", "int"],
  ] as const)
    out.push(key(id, "node", type));
  for (const [id, type] of [
    ["e_label", "string"],
    ["weight", "double"],
    ["confidence", "double"],
    ["support", "int"],
    ["evidence", "string"],
  ] as const)
    out.push(key(id, "edge", type));
  out.push('  <graph id="kg" edgedefault="directed">\n');
  const data = (k: string, v: string | number): string =>
    `<data key="${k}">${typeof v === "number" ? v : xml(v)}</data>`;
  for (const i of nodesOf(graph, shown)) {
    const rgb = colour(graph.typeName(i), theme);
    const channel = (at: number): number => parseInt(rgb.slice(at, at + 2), 16);
    out.push(
      `    <node id="${xml(graph.id(i))}">`,
      data("label", graph.name(i)),
      data("type", graph.typeName(i)),
      data("iri", graph.block.base + graph.id(i)),
      data("aliases", graph.aliases(i).join(" | ")),
      data("papers", graph.papers[i]!),
      data("community", graph.block.communities[graph.community[i]!] ?? ""),
      data("x", graph.x[i]!),
      data("y", -graph.y[i]!),
      data("size", 5 + 4 * Math.sqrt(graph.papers[i]!)),
      data("r", channel(1)),
      data("g", channel(3)),
      data("b", channel(5)),
      "</node>\n",
    );
  }
  for (const e of edgesOf(graph, shown)) {
    const words = graph
      .claims(e)
      .flatMap((c) => c.words.slice(0, 1).map((w) => w.text))
      .join(" | ");
    out.push(
      `    <edge id="${xml(graph.edgeKey(e))}" source="${xml(graph.id(graph.source[e]!))}" target="${xml(graph.id(graph.target[e]!))}">`,
      data("e_label", graph.relationName(e)),
      data("weight", Math.max(1, graph.support[e]!)),
      data("confidence", graph.confidence[e]! / 100),
      data("support", graph.support[e]!),
      data("evidence", words),
      "</edge>\n",
    );
  }
  out.push("  </graph>\n</graphml>\n");
  return out.join("");
}

/** One row an edge, with the words of each claim. */
export function csv(graph: Graph, shown: Shown): string {
  const head = [
    "source",
    "source_type",
    "relation",
    "target",
    "target_type",
    "confidence",
    "support",
    "paper",
    "quote",
    "source_iri",
    "target_iri",
  ];
  const out = [head.join(",") + "\n"];
  for (const e of edgesOf(graph, shown)) {
    const s = graph.source[e]!,
      t = graph.target[e]!;
    const claims = graph.claims(e);
    for (const c of claims.length ? claims : [null]) {
      const quote = [...new Set(c?.words.map((w) => w.text))].join(" ");
      const row = [
        graph.name(s),
        graph.typeName(s),
        graph.relationName(e),
        graph.name(t),
        graph.typeName(t),
        graph.confidence[e]! / 100,
        graph.support[e]!,
        c && c.paper >= 0 ? graph.name(c.paper) : "",
        quote,
        graph.block.base + graph.id(s),
        graph.block.base + graph.id(t),
      ];
      out.push(row.map(cell).join(",") + "\n");
    }
  }
  return out.join("");
}

/** Escape a Turtle string. */
export function literal(value: string): string {
  const escapes: Record<string, string> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return `"${value.replace(/[\\"\n\r\t]/g, (c) => escapes[c]!).replace(/[\u0000-\u001f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "")}"`;
}

/** Escape an IRI: what Turtle forbids inside <...> is percent-encoded. */
export function iri(value: string): string {
  return `<${value.replace(/[\u0000-\u0020<>"{}|^`\\]/g, (c) => encodeURIComponent(c))}>`;
}

/** The plain triples of the view: types, labels, aliases and edges. */
export function turtle(graph: Graph, shown: Shown): string {
  const { base, vocabulary } = graph.block;
  const out = [
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n\n",
  ];
  const facts = new Map<number, string[]>();
  for (const i of nodesOf(graph, shown))
    facts.set(i, [
      `a ${iri(vocabulary.types[graph.typeName(i)]!)}`,
      `rdfs:label ${literal(graph.name(i))}`,
      ...graph.aliases(i).map((a) => `skos:altLabel ${literal(a)}`),
    ]);
  for (const e of edgesOf(graph, shown))
    facts
      .get(graph.source[e]!)
      ?.push(`${iri(vocabulary.relations[graph.relationName(e)]!)} ${iri(base + graph.id(graph.target[e]!))}`);
  for (const [i, lines] of facts) out.push(`${iri(base + graph.id(i))} ${lines.join(" ;\n    ")} .\n`);
  return out.join("");
}

/** The picture as SVG, of what the window shows: real text and shapes, no script. */
export function svg(
  graph: Graph,
  shown: Shown,
  scene: Scene,
  camera: Camera,
  size: [number, number],
  theme: Theme,
  measure: Measure,
  title: string,
): string {
  const [width, height] = size;
  const look = GROUND[theme];
  const k = camera.scale;
  const ox = width / 2 - camera.x * k;
  const oy = height / 2 - camera.y * k;
  const fixed = (v: number): string => v.toFixed(1);
  const at = (i: number): [number, number] => [graph.x[i]! * k + ox, graph.y[i]! * k + oy];
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">\n`,
    `<title>${xml(title)}</title>\n<rect width="${width}" height="${height}" fill="${look.ground}"/>\n`,
    `<g stroke="rgb(${look.edge.join(",")})" stroke-width="0.8" stroke-opacity="${shown.edgeCount > 3000 ? 0.08 : 0.3}">\n`,
  ];
  for (const e of edgesOf(graph, shown)) {
    const [ax, ay] = at(graph.source[e]!);
    const [bx, by] = at(graph.target[e]!);
    if ((ax < 0 && bx < 0) || (ay < 0 && by < 0) || (ax > width && bx > width) || (ay > height && by > height))
      continue;
    out.push(`<line x1="${fixed(ax)}" y1="${fixed(ay)}" x2="${fixed(bx)}" y2="${fixed(by)}"/>\n`);
  }
  out.push("</g>\n");
  for (let n = graph.n - 1; n >= 0; n--) {
    const i = graph.order[n]!;
    if (!shown.nodes[i]) continue;
    const [x, y] = at(i);
    if (x < -40 || y < -40 || x > width + 40 || y > height + 40) continue;
    const r = scene.radius(i, k);
    const type = graph.typeName(i);
    const points = corners(shape(type));
    const fill =
      shape(type) === "ring"
        ? `fill="none" stroke="${colour(type, theme)}"`
        : `fill="${colour(type, theme)}" stroke="${look.ground}" stroke-width="0.6"`;
    const tip = r > 2 ? `<title>${xml(graph.name(i))}</title>` : "";
    if (points)
      out.push(
        `<polygon points="${points.map(([px, py]) => `${fixed(x + px * r)},${fixed(y + py * r)}`).join(" ")}" ${fill}>${tip}</polygon>\n`,
      );
    else out.push(`<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${fixed(r)}" ${fill}>${tip}</circle>\n`);
  }
  const zoom = k / scene.unit(width, height);
  for (const l of scene.labels(shown, camera, width, height, zoom, measure))
    out.push(
      `<text x="${fixed(l.x)}" y="${fixed(l.y)}" font-size="${l.size}" ${l.heading ? 'font-weight="600" font-style="italic" font-family="Palatino, Georgia, serif"' : 'font-weight="500"'} text-anchor="middle" dominant-baseline="central" fill="${l.heading ? look.faint : look.ink}" stroke="${look.ground}" stroke-width="${l.heading ? 5 : 3.5}" stroke-linejoin="round" paint-order="stroke">${xml(l.text)}</text>\n`,
    );
  out.push("</svg>\n");
  return out.join("");
}

/** Hand a file to the reader. */
export function download(name: string, content: string | Blob, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type: `${type};charset=utf-8` }) : content;
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
