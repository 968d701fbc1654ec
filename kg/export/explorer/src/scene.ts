/** What can be seen through a camera: sizes, what to draw, and where labels go. Shared by canvas and SVG. */

import type { Graph } from "./data";
import { short } from "./dom";
import type { Shown } from "./filter";
import { lines, Taken } from "./labels";

/** Pixels = (world - centre) * scale + size / 2. */
export interface Camera {
  x: number;
  y: number;
  scale: number;
}

export interface Label {
  text: string;
  x: number;
  y: number;
  size: number;
  node: number;
  heading: boolean;
}

export type Measure = (text: string, size: number, bold: boolean) => number;

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The box around what is shown. */
export function bounds(graph: Graph, nodes: Uint8Array): Bounds {
  let left = Infinity,
    right = -Infinity,
    top = Infinity,
    bottom = -Infinity;
  for (let i = 0; i < graph.n; i++) {
    if (!nodes[i]) continue;
    const x = graph.x[i]!,
      y = graph.y[i]!;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  if (left > right) return { x: 0, y: 0, width: 1, height: 1 };
  return {
    x: (left + right) / 2,
    y: (top + bottom) / 2,
    width: Math.max(right - left, 1),
    height: Math.max(bottom - top, 1),
  };
}

export class Scene {
  /** Room of one node, in world units. */
  readonly room: number;
  private readonly whole: Bounds;
  readonly centres: { x: number; y: number; size: number; radius: number }[];

  constructor(readonly graph: Graph) {
    this.whole = bounds(graph, new Uint8Array(graph.n).fill(1));
    this.room = Math.sqrt((this.whole.width * this.whole.height) / Math.max(graph.n, 40));
    this.centres = graph.block.communities.map(() => ({ x: 0, y: 0, size: 0, radius: 0 }));
    for (let i = 0; i < graph.n; i++) {
      const c = this.centres[graph.community[i]!]!;
      c.x += graph.x[i]!;
      c.y += graph.y[i]!;
      c.size++;
    }
    for (const c of this.centres) {
      c.x /= c.size || 1;
      c.y /= c.size || 1;
    }
  }

  /** The camera that shows some bounds in a window. */
  fit(to: Bounds, width: number, height: number, share = 0.92): Camera {
    const scale = Math.min((width * share) / to.width, (height * (share - 0.02)) / to.height);
    return { x: to.x, y: to.y, scale: Math.min(scale, 90 / this.room) };
  }

  /** Zoom 1 shows the whole graph. */
  unit(width: number, height: number): number {
    return Math.min((width * 0.92) / this.whole.width, (height * 0.9) / this.whole.height, 90 / this.room);
  }

  /** Radius in pixels: by papers, growing slower than the zoom so that crowds open up. */
  radius(node: number, scale: number): number {
    const graph = this.graph;
    const room = Math.min(this.room * scale, 14 + Math.sqrt(this.room * scale) * 2.2);
    const base = graph.type[node] === graph.PAPER ? 0.2 : 0.15 + 0.075 * Math.sqrt(graph.papers[node]!);
    return Math.min(Math.max(room * base, 0.7), 34);
  }

  /** Labels for what is in view, by weight, none over another; names of communities come first from afar. */
  labels(
    shown: Shown,
    camera: Camera,
    width: number,
    height: number,
    zoom: number,
    measure: Measure,
    always: number[] = [],
  ): Label[] {
    const taken = new Taken();
    const found: Label[] = [];
    const graph = this.graph;
    const at = (x: number, y: number): [number, number] => [
      (x - camera.x) * camera.scale + width / 2,
      (y - camera.y) * camera.scale + height / 2,
    ];
    const place = (node: number, sure: boolean): void => {
      const [x, y] = at(graph.x[node]!, graph.y[node]!);
      const r = this.radius(node, camera.scale);
      const size = Math.round(
        Math.min(17, 10.5 + 0.75 * Math.log2(1 + graph.papers[node]! * (graph.type[node] === graph.PAPER ? 0 : 1))),
      );
      const text = short(graph.name(node), sure ? 60 : graph.type[node] === graph.PAPER ? 38 : 34);
      const w = measure(text, size, false) + 6;
      for (const [lx, ly] of [
        [x, y + r + size * 0.75 + 1],
        [x, y - r - size * 0.65 - 1],
        [x + r + w / 2 + 1, y],
        [x - r - w / 2 - 1, y],
      ] as const) {
        if (taken.take({ left: lx - w / 2, right: lx + w / 2, top: ly - size * 0.68, bottom: ly + size * 0.68 })) {
          found.push({ text, x: lx, y: ly, size, node, heading: false });
          return;
        }
      }
    };
    // Large marks are kept clear of names.
    for (const node of graph.order.subarray(0, 300)) {
      if (!shown.nodes[node]) continue;
      const r = this.radius(node, camera.scale) * 0.9;
      if (r < 6) continue;
      const [x, y] = at(graph.x[node]!, graph.y[node]!);
      taken.take({ left: x - r, right: x + r, top: y - r, bottom: y + r });
    }
    for (const node of always) if (shown.nodes[node]) place(node, true);
    if (zoom < 2.4 && graph.n > 150) {
      const visible = new Uint32Array(this.centres.length);
      for (let i = 0; i < graph.n; i++) if (shown.nodes[i]) visible[graph.community[i]!]!++;
      const ranked = this.centres.map((c, i) => ({ ...c, i, visible: visible[i]! })).filter((c) => c.visible >= 8);
      ranked.sort((a, b) => b.visible - a.visible || a.i - b.i);
      for (const c of ranked.slice(0, Math.round(14 * zoom ** 1.2))) {
        const heading = graph.block.communities[c.i]!;
        if (heading === "Others") continue;
        const [x, y] = at(c.x, c.y);
        if (x < -200 || y < -60 || x > width + 200 || y > height + 60) continue;
        const size = Math.round(Math.min(22, 13 + Math.sqrt(c.size / graph.n) * 24));
        const cut = lines(short(heading, 48), 22);
        const wide = Math.max(...cut.map((l) => measure(l, size, true))) + 10;
        const tall = cut.length * size * 1.2;
        const free = [0, -0.7, 0.7, -1.4, 1.4, -2.2, 2.2]
          .map((off) => y + off * tall)
          .find((ly) =>
            taken.take({ left: x - wide / 2, right: x + wide / 2, top: ly - tall / 2 - 2, bottom: ly + tall / 2 + 2 }),
          );
        if (free !== undefined)
          cut.forEach((l, k) =>
            found.push({
              text: l,
              x,
              y: free + (k - (cut.length - 1) / 2) * size * 1.2,
              size,
              node: -1,
              heading: true,
            }),
          );
      }
    }
    const most = Math.round((width * height) / 14_000);
    let tried = 0;
    const sure = new Set(always);
    for (const node of graph.order) {
      if (found.length > most || tried > 900) break;
      if (!shown.nodes[node] || sure.has(node)) continue;
      const [x, y] = at(graph.x[node]!, graph.y[node]!);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      // Far away, a node too small to be seen needs no name.
      if (this.radius(node, camera.scale) < 3.2) continue;
      tried++;
      place(node, false);
    }
    return found;
  }
}
