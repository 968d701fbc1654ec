/** What lies under the nodes: tinted ground, and edges as lines or as a density image. */

import type { Graph } from "./data";
import type { Shown } from "./filter";
import { GROUND, type Theme } from "./look";
import type { Scene } from "./scene";

/** No more edges than this are drawn into the density image: more change nothing that can be seen. */
const DENSITY = 60_000;

/** What is drawn on, and through which camera: pixels = world * k + (ox, oy). */
export interface Sheet {
  c: CanvasRenderingContext2D;
  graph: Graph;
  shown: Shown;
  scene: Scene;
  theme: Theme;
  k: number;
  ox: number;
  oy: number;
  width: number;
  height: number;
}

/** Tint the ground of each community, as on a political map: a coarse image, drawn large. */
export function* territories(sheet: Sheet): Generator<void, void> {
  const { c, graph, shown, scene, theme, k, ox, oy, width, height } = sheet;
  const cell = 5;
  const w = Math.ceil(width / cell);
  const h = Math.ceil(height / cell);
  const reach = Math.min(7, Math.max(1, (scene.room * k * 0.8) / cell));
  // Close by, the ground of one thing would be a disc of its own.
  if (scene.room * k > 60) return;
  const pixels = new Uint32Array(w * h);
  const near = new Float32Array(w * h).fill(Infinity);
  const others = graph.block.communities.indexOf("Others");
  const tints = graph.block.communities.map((_, i) => tint(i, theme));
  for (let i = 0; i < graph.n; i++) {
    if (!shown.nodes[i] || graph.community[i] === others) continue;
    const x = (graph.x[i]! * k + ox) / cell,
      y = (graph.y[i]! * k + oy) / cell;
    if (x < -reach || y < -reach || x > w + reach || y > h + reach) continue;
    const colour = tints[graph.community[i]!]!;
    for (let v = Math.max(0, Math.ceil(y - reach)); v <= Math.min(h - 1, y + reach); v++)
      for (let u = Math.max(0, Math.ceil(x - reach)); u <= Math.min(w - 1, x + reach); u++) {
        const gap = (u - x) ** 2 + (v - y) ** 2;
        const at = v * w + u;
        if (gap <= reach * reach && gap < near[at]!) {
          near[at] = gap;
          pixels[at] = colour;
        }
      }
    if (i % 4000 === 3999) yield;
  }
  const image = new ImageData(new Uint8ClampedArray(pixels.buffer), w, h);
  const small = document.createElement("canvas");
  small.width = w;
  small.height = h;
  small.getContext("2d")!.putImageData(image, 0, 0);
  c.imageSmoothingEnabled = true;
  c.imageSmoothingQuality = "low";
  c.drawImage(small, 0, 0, w * cell, h * cell);
  yield;
}

/** Draw few edges as lines, thicker with support, with arrows when very few. */
export function* strokes(sheet: Sheet, edges: number[]): Generator<void, void> {
  const { c, graph, scene, theme, k, ox, oy } = sheet;
  const [r, g, b] = GROUND[theme].edge;
  const alpha = edges.length > 800 ? 0.28 : 0.42;
  c.strokeStyle = c.fillStyle = `rgba(${r},${g},${b},${alpha})`;
  let since = 0;
  for (const e of edges) {
    const s = graph.source[e]!,
      t = graph.target[e]!;
    const ax = graph.x[s]! * k + ox,
      ay = graph.y[s]! * k + oy,
      bx = graph.x[t]! * k + ox,
      by = graph.y[t]! * k + oy;
    c.lineWidth = 0.9 + Math.min(2, Math.log2(graph.support[e]! || 1) * 0.6);
    c.beginPath();
    c.moveTo(ax, ay);
    c.lineTo(bx, by);
    c.stroke();
    if (edges.length < 600) arrowhead(c, ax, ay, bx, by, scene.radius(t, k) + 1);
    if (++since === 150) {
      since = 0;
      yield;
    }
  }
}

/** Draw many edges as a density image, at half the resolution. */
export function* fog(sheet: Sheet, edges: number[]): Generator<void, void> {
  const { c, graph, theme, k, ox, oy, width, height } = sheet;
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const cells = new Uint16Array(w * h);
  const stride = Math.max(1, edges.length / DENSITY);
  let since = 0;
  for (let n = 0; n < edges.length; n += stride) {
    const e = edges[Math.floor(n)]!;
    const s = graph.source[e]!,
      t = graph.target[e]!;
    since += tally(
      cells,
      w,
      h,
      (graph.x[s]! * k + ox) / 2,
      (graph.y[s]! * k + oy) / 2,
      (graph.x[t]! * k + ox) / 2,
      (graph.y[t]! * k + oy) / 2,
    );
    if (since > 300_000) {
      since = 0;
      yield;
    }
  }
  yield;
  const image = new ImageData(w, h);
  const pixels = new Uint32Array(image.data.buffer);
  const [r, g, b] = GROUND[theme].edge;
  let sum = 0;
  let some = 0;
  for (let i = 0; i < cells.length; i++)
    if (cells[i]) {
      sum += cells[i]!;
      some++;
    }
  const mean = some ? sum / some : 1;
  const tone = new Uint32Array(1024);
  for (let v = 0; v < tone.length; v++) {
    const alpha = Math.round(255 * 0.5 * (1 - Math.exp(-v / (mean * 4.5))));
    tone[v] = (alpha << 24) | (b << 16) | (g << 8) | r;
  }
  yield;
  for (let i = 0; i < cells.length; i++) if (cells[i]) pixels[i] = tone[Math.min(cells[i]!, 1023)]!;
  yield;
  const small = document.createElement("canvas");
  small.width = w;
  small.height = h;
  small.getContext("2d")!.putImageData(image, 0, 0);
  yield;
  c.imageSmoothingEnabled = true;
  c.drawImage(small, 0, 0, w * 2, h * 2);
  yield;
}

/** A pale colour for a community, far from those of its neighbours in number. */
function tint(community: number, theme: Theme): number {
  const hue = (community * 137.508 + 200) % 360;
  const [s, l] = theme === "light" ? [0.42, 0.925] : [0.3, 0.145];
  const channel = (n: number): number => {
    const f = (n + hue / 30) % 12;
    return Math.round(255 * (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(f - 3, 9 - f, 1))));
  };
  return (255 << 24) | (channel(4) << 16) | (channel(8) << 8) | channel(0);
}

/** Count a line's pixels into cells, clipped to the grid (Liang & Barsky 1984); gives the number of pixels. */
export function tally(
  cells: Uint16Array,
  w: number,
  h: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): number {
  const dx = bx - ax,
    dy = by - ay;
  let from = 0,
    to = 1;
  for (const [p, q] of [
    [-dx, ax],
    [dx, w - 1.001 - ax],
    [-dy, ay],
    [dy, h - 1.001 - ay],
  ] as const) {
    if (p === 0) {
      if (q < 0) return 0;
    } else if (p < 0) from = Math.max(from, q / p);
    else to = Math.min(to, q / p);
  }
  if (from > to) return 0;
  let x = ax + dx * from,
    y = ay + dy * from;
  const steps = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) * (to - from));
  const sx = steps ? (dx * (to - from)) / steps : 0;
  const sy = steps ? (dy * (to - from)) / steps : 0;
  for (let i = 0; i <= steps; i++) {
    const at = (y | 0) * w + (x | 0);
    cells[at] = cells[at]! + 1;
    x += sx;
    y += sy;
  }
  return steps + 1;
}

/** Point at the end of a line, `gap` before it. */
export function arrowhead(
  c: CanvasRenderingContext2D,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  gap: number,
): void {
  const length = Math.hypot(bx - ax, by - ay);
  if (length < gap + 12) return;
  const ux = (bx - ax) / length,
    uy = (by - ay) / length;
  const tx = bx - ux * gap,
    ty = by - uy * gap;
  c.fillStyle = c.strokeStyle;
  c.beginPath();
  c.moveTo(tx, ty);
  c.lineTo(tx - ux * 6.5 - uy * 2.8, ty - uy * 6.5 + ux * 2.8);
  c.lineTo(tx - ux * 6.5 + uy * 2.8, ty - uy * 6.5 - ux * 2.8);
  c.fill();
}
