/** Which nodes and edges a view lets through, and how many each choice would give.

Filters on time and hardware class choose papers; everything else follows its papers. */

import type { Graph } from "./data";
import type { View } from "./state";

export interface Shown {
  nodes: Uint8Array;
  edges: Uint8Array;
  nodeCount: number;
  edgeCount: number;
  counts: { types: number[]; relations: number[]; classes: number[]; communities: number[] };
}

/** Papers of the chosen time and hardware classes. */
function papersIn(graph: Graph, view: View, chosen: { time: boolean; classes: boolean }): Uint8Array {
  const pass = new Uint8Array(graph.n);
  const timed = chosen.time && (view.from !== null || view.to !== null);
  const classes =
    chosen.classes && view.classes.length ? new Set(view.classes.map((c) => graph.block.classes.indexOf(c))) : null;
  for (let i = 0; i < graph.n; i++) {
    if (graph.type[i] !== graph.PAPER) continue;
    const at = graph.month[i]!;
    if (timed && (at < 0 || at < (view.from ?? -1) || at > (view.to ?? Infinity))) continue;
    if (classes && ![...graph.edgesOf(i)].some((e) => classes.has(graph.class[graph.other(e, i)]!))) continue;
    pass[i] = 1;
  }
  return pass;
}

/** Nodes within some steps of the given ones, over the given edges. */
export function within(graph: Graph, from: number[], steps: number, edges: Uint8Array): Uint8Array {
  const seen = new Uint8Array(graph.n);
  let ring = from.filter((i) => i >= 0);
  for (const i of ring) seen[i] = 1;
  for (let step = 0; step < steps; step++) {
    const next: number[] = [];
    for (const i of ring)
      for (const e of graph.edgesOf(i)) {
        const j = graph.other(e, i);
        if (edges[e] && !seen[j]) {
          seen[j] = 1;
          next.push(j);
        }
      }
    ring = next;
  }
  return seen;
}

/** Apply every filter of a view. */
export function filter(graph: Graph, view: View): Shown {
  const { n, m, block } = graph;
  const hiddenTypes = new Set(view.hideTypes.map((t) => block.types.indexOf(t)));
  const hiddenRelations = new Set(view.hideRelations.map((r) => block.relations.indexOf(r)));
  const communities = view.communities.length
    ? new Set(view.communities.map((c) => block.communities.indexOf(c)))
    : null;
  const byPaper = view.from !== null || view.to !== null || view.classes.length > 0;
  const papers = papersIn(graph, view, { time: true, classes: true });

  // Everything but type and community, of nodes.
  const follows = new Uint8Array(n).fill(byPaper ? 0 : 1);
  if (byPaper) for (let e = 0; e < m; e++) if (papers[graph.source[e]!]) follows[graph.target[e]!] = 1;
  const base = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    if (graph.type[i] === graph.PAPER) base[i] = papers[i]!;
    else base[i] = follows[i] && (view.support <= 1 || graph.papers[i]! >= view.support) ? 1 : 0;
  }
  const open = new Uint8Array(n);
  for (let i = 0; i < n; i++)
    open[i] =
      base[i] && !hiddenTypes.has(graph.type[i]!) && (!communities || communities.has(graph.community[i]!)) ? 1 : 0;

  // Everything but relation, of edges.
  const claimed = (e: number): boolean => {
    const from = graph.claim[e]!,
      to = graph.claim[e + 1]!;
    if (from === to) return true;
    for (let c = from; c < to; c++) if (papers[block.claims.paper[c]!]) return true;
    return false;
  };
  const joins = new Uint8Array(m);
  const relations = new Array<number>(block.relations.length).fill(0);
  for (let e = 0; e < m; e++) {
    const a = graph.source[e]!,
      b = graph.target[e]!;
    if (!open[a] || !open[b] || graph.confidence[e]! < view.confidence) continue;
    if (view.support > 1 && graph.type[a] !== graph.PAPER && graph.support[e]! < view.support) continue;
    if (byPaper && !claimed(e)) continue;
    relations[graph.relation[e]!]!++;
    if (!hiddenRelations.has(graph.relation[e]!)) joins[e] = 1;
  }

  // A filter on edges leaves no loose ends behind.
  const nodes = open.slice();
  if (view.confidence > 0 || view.support > 1 || hiddenRelations.size) {
    const tied = new Uint8Array(n);
    for (let e = 0; e < m; e++) if (joins[e]) tied[graph.source[e]!] = tied[graph.target[e]!] = 1;
    for (let i = 0; i < n; i++) if (!tied[i] && graph.degree(i) > 0) nodes[i] = 0;
  }
  if (view.focus.length) {
    const near = within(
      graph,
      view.focus.map((id) => graph.find(id)),
      view.steps,
      joins,
    );
    for (let i = 0; i < n; i++) if (!near[i]) nodes[i] = 0;
    for (const id of view.focus) if (graph.find(id) >= 0) nodes[graph.find(id)] = 1;
  }

  const shown: Shown = {
    nodes,
    edges: joins,
    nodeCount: 0,
    edgeCount: 0,
    counts: { types: [], relations, classes: [], communities: [] },
  };
  for (let i = 0; i < n; i++) shown.nodeCount += nodes[i]!;
  for (let e = 0; e < m; e++) {
    if (joins[e] && !(nodes[graph.source[e]!] && nodes[graph.target[e]!])) joins[e] = 0;
    shown.edgeCount += joins[e]!;
  }

  const types = new Array<number>(block.types.length).fill(0);
  const grouped = new Array<number>(block.communities.length).fill(0);
  for (let i = 0; i < n; i++) {
    if (!base[i]) continue;
    if (!communities || communities.has(graph.community[i]!)) types[graph.type[i]!]!++;
    if (!hiddenTypes.has(graph.type[i]!)) grouped[graph.community[i]!]!++;
  }
  const timely = papersIn(graph, view, { time: true, classes: false });
  const perClass = block.classes.map(() => new Set<number>());
  for (let e = 0; e < m; e++) {
    const c = graph.class[graph.target[e]!]!;
    if (c >= 0 && timely[graph.source[e]!]) perClass[c]!.add(graph.source[e]!);
  }
  shown.counts = { types, relations, classes: perClass.map((p) => p.size), communities: grouped };
  return shown;
}

/** The shortest way between two nodes over visible edges, as edges; null when there is none. */
export function path(
  graph: Graph,
  from: number,
  to: number,
  shown: { nodes: Uint8Array; edges: Uint8Array },
): number[] | null {
  if (from < 0 || to < 0) return null;
  if (from === to) return [];
  const via = new Int32Array(graph.n).fill(-1);
  let ring = [from];
  while (ring.length && via[to] === -1) {
    const next: number[] = [];
    for (const i of ring)
      for (const e of graph.edgesOf(i)) {
        const j = graph.other(e, i);
        if (shown.edges[e] && j !== from && via[j] === -1) {
          via[j] = e;
          next.push(j);
        }
      }
    ring = next;
  }
  if (via[to] === -1) return null;
  const edges: number[] = [];
  for (let at = to; at !== from; at = graph.other(edges.at(-1)!, at)) edges.push(via[at]!);
  return edges.reverse();
}
