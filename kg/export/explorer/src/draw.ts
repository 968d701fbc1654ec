/** The picture on a canvas: a bitmap larger than the window, moved while panning and drawn anew when still.

Drawing is cut into slices of a few milliseconds, so that the window answers while 150,000 edges are drawn.
Many edges become a density image of our own making (a line of pixels costs a loop, not a canvas call); few
become lines with arrows. What the reader points at is drawn over it, sharp, in every frame. Measured in a
browser without a GPU this beats WebGL (which is software there) by an order of magnitude: benchmarks/explorer.py. */

import type { Graph } from "./data";
import type { Shown } from "./filter";
import { arrowhead, fog, strokes, territories } from "./ground";
import { colour, GROUND, shape, type Theme, trace } from "./look";
import { type Bounds, type Camera, type Label, type Measure, Scene } from "./scene";

/** How much larger than the window the bitmap is, each way. */
const MARGIN = 1.5;
const SLICE_MS = 6;
/** More edges than this in view become a density image. */
const LINES = 2500;

export interface Emphasis {
  /** Nodes and edges that stand out; the rest steps back. */
  nodes: number[];
  edges: number[];
  /** The node under the pointer, or -1. */
  hover: number;
  hoverEdge: number;
}

interface Bitmap {
  canvas: HTMLCanvasElement;
  camera: Camera;
  width: number;
  height: number;
}

export const SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia, serif';
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** Things are set upright, regions in italics, as on maps. */
function font(size: number, heading: boolean): string {
  return heading ? `italic 600 ${size}px ${SERIF}` : `500 ${size}px ${FONT}`;
}

export class Picture {
  readonly scene: Scene;
  camera: Camera;
  emphasis: Emphasis = { nodes: [], edges: [], hover: -1, hoverEdge: -1 };
  theme: Theme = "light";
  onMove: () => void = () => undefined;
  /** Frames drawn since the start; benchmarks read it. */
  frames = 0;
  private readonly context: CanvasRenderingContext2D;
  private width = 1;
  private height = 1;
  private ratio = 1;
  private front: Bitmap | null = null;
  private spare: HTMLCanvasElement | null = null;
  private job: Generator<void, Bitmap> | null = null;
  private stale = true;
  private asked = false;
  private stillSince = 0;
  private glide: { from: Camera; to: Camera; start: number; ms: number } | null = null;
  private readonly sprites = new Map<string, HTMLCanvasElement>();
  private readonly widths = new Map<string, number>();
  private readonly firstDrawn: { resolve: () => void };
  readonly ready: Promise<void>;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly graph: Graph,
    private shown: Shown,
  ) {
    this.context = canvas.getContext("2d", { alpha: false })!;
    this.scene = new Scene(graph);
    this.camera = { x: 0, y: 0, scale: 1 };
    let resolve = (): void => undefined;
    this.ready = new Promise((r) => (resolve = r));
    this.firstDrawn = { resolve };
  }

  get size(): [number, number] {
    return [this.width, this.height];
  }

  get zoom(): number {
    return this.camera.scale / this.scene.unit(this.width, this.height);
  }

  resize(width: number, height: number): void {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    if (width === this.width && height === this.height && ratio === this.ratio) return;
    const before = this.zoom;
    const fresh = this.width === 1;
    [this.width, this.height, this.ratio] = [Math.max(width, 2), Math.max(height, 2), ratio];
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    if (!fresh) this.camera.scale = before * this.scene.unit(this.width, this.height);
    this.redraw();
  }

  show(shown: Shown): void {
    this.shown = shown;
    this.redraw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.sprites.clear();
    this.redraw();
  }

  /** The picture changed: draw it anew, showing the old one until then. */
  redraw(): void {
    this.stale = true;
    this.job = null;
    this.ask();
  }

  /** Only the camera or the emphasis changed. */
  ask(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  // Camera

  pan(dx: number, dy: number): void {
    this.glide = null;
    this.camera.x -= dx / this.camera.scale;
    this.camera.y -= dy / this.camera.scale;
    this.moved();
  }

  zoomBy(factor: number, x = this.width / 2, y = this.height / 2): void {
    this.glide = null;
    const [wx, wy] = this.world(x, y);
    const unit = this.scene.unit(this.width, this.height);
    this.camera.scale = Math.min(
      Math.max(this.camera.scale * factor, unit * 0.3),
      Math.max(unit * 4, 260 / this.scene.room),
    );
    this.camera.x = wx - (x - this.width / 2) / this.camera.scale;
    this.camera.y = wy - (y - this.height / 2) / this.camera.scale;
    this.moved();
  }

  /** Move smoothly, or at once for those who asked for less motion. */
  goTo(to: Camera, smooth = true): void {
    if (!smooth || !this.front || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.glide = null;
      this.camera = { ...to };
      this.moved();
    } else {
      this.glide = { from: { ...this.camera }, to, start: performance.now(), ms: 380 };
      this.ask();
    }
  }

  /** Show some bounds within a share of the window. */
  fit(to: Bounds, smooth = true, share = 0.92): void {
    this.goTo(this.scene.fit(to, this.width, this.height, share), smooth);
  }

  private moved(): void {
    this.stillSince = performance.now();
    this.onMove();
    this.ask();
  }

  world(x: number, y: number): [number, number] {
    return [
      this.camera.x + (x - this.width / 2) / this.camera.scale,
      this.camera.y + (y - this.height / 2) / this.camera.scale,
    ];
  }

  screen(node: number): [number, number] {
    return [
      (this.graph.x[node]! - this.camera.x) * this.camera.scale + this.width / 2,
      (this.graph.y[node]! - this.camera.y) * this.camera.scale + this.height / 2,
    ];
  }

  /** The shown node at a point of the window, or -1. A plain loop: 50,000 take a tenth of a millisecond. */
  nodeAt(x: number, y: number, reach = 6): number {
    const [wx, wy] = this.world(x, y);
    const { graph, shown } = this;
    const far = (40 + reach) / this.camera.scale;
    let best = -1;
    let nearest = Infinity;
    for (let i = 0; i < graph.n; i++) {
      if (!shown.nodes[i]) continue;
      const dx = graph.x[i]! - wx;
      const dy = graph.y[i]! - wy;
      if (dx > far || dx < -far || dy > far || dy < -far) continue;
      const gap = Math.hypot(dx, dy) * this.camera.scale - this.scene.radius(i, this.camera.scale);
      if (gap <= reach && gap < nearest) {
        nearest = gap;
        best = i;
      }
    }
    return best;
  }

  /** The shown edge at a point, or -1: among the emphasised ones first. */
  edgeAt(x: number, y: number, reach = 5): number {
    const { graph, shown, emphasis } = this;
    const [wx, wy] = this.world(x, y);
    const near = reach / this.camera.scale;
    const gap = (e: number): number => {
      const ax = graph.x[graph.source[e]!]!,
        ay = graph.y[graph.source[e]!]!,
        bx = graph.x[graph.target[e]!]!,
        by = graph.y[graph.target[e]!]!;
      if (
        Math.min(ax, bx) - near > wx ||
        Math.max(ax, bx) + near < wx ||
        Math.min(ay, by) - near > wy ||
        Math.max(ay, by) + near < wy
      )
        return Infinity;
      const length = (bx - ax) ** 2 + (by - ay) ** 2;
      const t = Math.min(1, Math.max(0, ((wx - ax) * (bx - ax) + (wy - ay) * (by - ay)) / (length || 1)));
      return Math.hypot(ax + t * (bx - ax) - wx, ay + t * (by - ay) - wy);
    };
    let best = -1;
    let nearest = near;
    const consider = (e: number): void => {
      if (!shown.edges[e]) return;
      const d = gap(e);
      if (d < nearest) [nearest, best] = [d, e];
    };
    if (emphasis.edges.length) emphasis.edges.forEach(consider);
    // Lines in a fog of lines cannot be aimed at.
    else if (this.zoom > 2 || shown.edgeCount <= LINES) for (let e = 0; e < graph.m; e++) consider(e);
    return best;
  }

  // Frames

  private covers(): boolean {
    const f = this.front;
    if (!f) return false;
    const zoomed = this.camera.scale / f.camera.scale;
    if (zoomed > 2 || zoomed < 0.6) return false;
    const dx = Math.abs(this.camera.x - f.camera.x) * f.camera.scale;
    const dy = Math.abs(this.camera.y - f.camera.y) * f.camera.scale;
    return dx + this.width / zoomed / 2 <= f.width / 2 && dy + this.height / zoomed / 2 <= f.height / 2;
  }

  private exact(): boolean {
    const f = this.front;
    if (!f) return false;
    const off = Math.hypot(this.camera.x - f.camera.x, this.camera.y - f.camera.y) * f.camera.scale;
    return Math.abs(this.camera.scale / f.camera.scale - 1) < 1e-6 && off < Math.min(this.width, this.height) * 0.12;
  }

  private frame(now: number): void {
    this.asked = false;
    this.frames++;
    if (this.glide) {
      const t = Math.min(1, (now - this.glide.start) / this.glide.ms);
      const k = 1 - (1 - t) ** 3;
      const { from, to } = this.glide;
      const scale = from.scale * (to.scale / from.scale) ** k;
      // Straight on the screen: the centre follows the change of scale.
      const way =
        Math.abs(to.scale - from.scale) < 1e-9 ? k : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale);
      this.camera = { x: from.x + (to.x - from.x) * way, y: from.y + (to.y - from.y) * way, scale };
      if (t >= 1) this.glide = null;
      this.moved();
    }
    const still = now - this.stillSince > 110 && !this.glide;
    if (!this.job && (this.stale || !this.covers() || (still && !this.exact()))) {
      this.stale = false;
      this.job = this.bitmap({ ...this.camera });
    }
    if (this.job) {
      const until = performance.now() + (this.front ? SLICE_MS : 40);
      let step = this.job.next();
      while (!step.done && performance.now() < until) step = this.job.next();
      if (step.done) {
        this.spare = this.front?.canvas ?? null;
        this.front = step.value;
        this.job = null;
        this.firstDrawn.resolve();
      }
    }
    this.compose();
    if (this.job || this.glide || this.stale || !this.exact()) this.ask();
  }

  /** Wait until the picture is sharp. */
  async settled(): Promise<void> {
    while (this.job || this.glide || this.stale || !this.exact()) {
      this.ask();
      await new Promise((r) => requestAnimationFrame(r));
    }
    this.compose();
  }

  private compose(): void {
    const c = this.context;
    const f = this.front;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = GROUND[this.theme].ground;
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const focused = this.emphasis.nodes.length > 0;
    if (f) {
      const zoomed = this.camera.scale / f.camera.scale;
      const w = f.width * zoomed * this.ratio;
      const h = f.height * zoomed * this.ratio;
      let left = ((f.camera.x - this.camera.x) * this.camera.scale + this.width / 2) * this.ratio - w / 2;
      let top = ((f.camera.y - this.camera.y) * this.camera.scale + this.height / 2) * this.ratio - h / 2;
      if (Math.abs(zoomed - 1) < 1e-6) [left, top] = [Math.round(left), Math.round(top)];
      c.globalAlpha = focused ? 0.22 : 1;
      c.imageSmoothingEnabled = zoomed !== 1;
      c.imageSmoothingQuality = "low";
      if (zoomed === 1) c.drawImage(f.canvas, left, top);
      else c.drawImage(f.canvas, left, top, w, h);
      c.globalAlpha = 1;
    }
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.overlay(c);
  }

  /** What stands out, drawn in every frame. */
  private overlay(c: CanvasRenderingContext2D): void {
    const { graph, shown, emphasis } = this;
    const { hover, hoverEdge } = emphasis;
    let nodes = emphasis.nodes;
    let edges = emphasis.edges;
    if (hover >= 0 && !nodes.length) {
      edges = [...graph.edgesOf(hover)].filter((e) => shown.edges[e]).slice(0, 400);
      nodes = [hover, ...edges.map((e) => graph.other(e, hover))];
    } else if (hover >= 0) nodes = [...nodes, hover];
    if (!nodes.length && hoverEdge < 0) return;
    const look = GROUND[this.theme];
    edges = edges.filter((e) => shown.edges[e]).slice(0, 1500);
    c.lineCap = "round";
    for (const e of hoverEdge >= 0 && !edges.includes(hoverEdge) ? [...edges, hoverEdge] : edges) {
      const strong = e === hoverEdge || (emphasis.edges.length === 1 && e === emphasis.edges[0]);
      c.strokeStyle = colour(graph.typeName(graph.target[e]!), this.theme);
      c.globalAlpha = strong ? 1 : edges.length > 200 ? 0.35 : 0.6;
      c.lineWidth = strong ? 2.6 : 1 + Math.min(2, Math.log2(graph.support[e]! || 1) * 0.6);
      this.line(c, e, edges.length < 300);
    }
    c.globalAlpha = 1;
    const drawn = new Set<number>();
    for (const node of nodes.slice(0, 1500)) {
      if (drawn.has(node) || !shown.nodes[node]) continue;
      drawn.add(node);
      const [x, y] = this.screen(node);
      if (x < -40 || y < -40 || x > this.width + 40 || y > this.height + 40) continue;
      this.mark(c, node, x, y, Math.max(3, this.scene.radius(node, this.camera.scale)));
    }
    for (const node of [emphasis.nodes[0] ?? -1, hover]) {
      if (node < 0) continue;
      const [x, y] = this.screen(node);
      c.beginPath();
      c.arc(x, y, Math.max(3, this.scene.radius(node, this.camera.scale)) * 1.25 + 4, 0, 2 * Math.PI);
      c.strokeStyle = look.ink;
      c.lineWidth = node === hover ? 1.5 : 2.5;
      c.stroke();
    }
    const ranked = [...drawn].sort((a, b) => graph.weight[b]! - graph.weight[a]!);
    const first = [...new Set([hover, ...emphasis.nodes.slice(0, 2), ...ranked])]
      .filter((i) => i >= 0 && drawn.has(i))
      .slice(0, 60);
    const chosen: Shown = { ...shown, nodes: new Uint8Array(0) };
    const pick = new Uint8Array(graph.n);
    for (const i of first) pick[i] = 1;
    chosen.nodes = pick;
    const view = { ...this.camera };
    const labels = this.scene.labels(chosen, view, this.width, this.height, 99, this.measure, first);
    this.write(c, labels);
  }

  private line(c: CanvasRenderingContext2D, e: number, arrow: boolean): void {
    const [ax, ay] = this.screen(this.graph.source[e]!);
    const [bx, by] = this.screen(this.graph.target[e]!);
    c.beginPath();
    c.moveTo(ax, ay);
    c.lineTo(bx, by);
    c.stroke();
    if (arrow)
      arrowhead(c, ax, ay, bx, by, Math.max(3, this.scene.radius(this.graph.target[e]!, this.camera.scale)) + 1.5);
  }

  private mark(c: CanvasRenderingContext2D, node: number, x: number, y: number, r: number): void {
    const type = this.graph.typeName(node);
    const form = shape(type);
    c.beginPath();
    trace(c, form, x, y, r);
    c.lineWidth = 3;
    c.strokeStyle = GROUND[this.theme].ground;
    c.stroke();
    if (form === "ring") {
      c.strokeStyle = colour(type, this.theme);
      c.lineWidth = Math.max(1, r * 0.4);
      c.stroke();
    } else {
      c.fillStyle = colour(type, this.theme);
      c.fill();
    }
  }

  readonly measure: Measure = (text, size, bold) => {
    const key = `${bold ? "b" : ""}${text}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      this.context.font = font(20, bold);
      width = this.context.measureText(text).width / 20;
      if (this.widths.size > 20_000) this.widths.clear();
      this.widths.set(key, width);
    }
    return width * size;
  };

  private write(c: CanvasRenderingContext2D, labels: Label[]): void {
    const look = GROUND[this.theme];
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineJoin = "round";
    for (const l of labels) {
      c.font = font(l.size, l.heading);
      c.strokeStyle = look.ground;
      c.globalAlpha = l.heading ? 0.92 : 0.86;
      c.lineWidth = l.heading ? 5 : 3.5;
      c.strokeText(l.text, l.x, l.y);
      c.globalAlpha = 1;
      c.fillStyle = l.heading || this.graph.type[l.node] === this.graph.PAPER ? look.faint : look.ink;
      c.fillText(l.text, l.x, l.y);
    }
  }

  private sprite(type: string, radius: number): HTMLCanvasElement {
    const step = Math.max(1, Math.round(radius * 2 * this.ratio));
    const key = `${type} ${step}`;
    let canvas = this.sprites.get(key);
    if (!canvas) {
      const r = step / 2;
      canvas = document.createElement("canvas");
      canvas.width = canvas.height = Math.ceil(r * 2.6 + 4);
      const c = canvas.getContext("2d")!;
      const form = shape(type);
      const mid = canvas.width / 2;
      c.beginPath();
      trace(c, form, mid, mid, r);
      if (form === "ring") {
        c.strokeStyle = colour(type, this.theme);
        c.lineWidth = Math.max(1, r * 0.4);
      } else {
        c.fillStyle = colour(type, this.theme);
        c.strokeStyle = GROUND[this.theme].ground;
        c.lineWidth = Math.min(2.4, r * 0.35);
        c.fill();
      }
      c.stroke();
      this.sprites.set(key, canvas);
    }
    return canvas;
  }

  /** Draw a bitmap for a camera, in slices: each `yield` is a good moment to stop. */
  private *bitmap(camera: Camera): Generator<void, Bitmap> {
    const { graph, shown, ratio, scene } = this;
    const width = Math.ceil(this.width * MARGIN);
    const height = Math.ceil(this.height * MARGIN);
    const canvas = this.spare ?? document.createElement("canvas");
    this.spare = null;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const c = canvas.getContext("2d", { alpha: false })!;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.globalAlpha = 1;
    const look = GROUND[this.theme];
    c.fillStyle = look.ground;
    c.fillRect(0, 0, width, height);

    const k = camera.scale;
    const ox = width / 2 - camera.x * k;
    const oy = height / 2 - camera.y * k;

    // Edges in view.
    const inView: number[] = [];
    for (let e = 0; e < graph.m; e++) {
      if (!shown.edges[e]) continue;
      const ax = graph.x[graph.source[e]!]! * k + ox,
        bx = graph.x[graph.target[e]!]! * k + ox;
      if ((ax < 0 && bx < 0) || (ax > width && bx > width)) continue;
      const ay = graph.y[graph.source[e]!]! * k + oy,
        by = graph.y[graph.target[e]!]! * k + oy;
      if ((ay < 0 && by < 0) || (ay > height && by > height)) continue;
      inView.push(e);
    }
    yield;
    const sheet = { c, graph, shown, scene, theme: this.theme, k, ox, oy, width, height };
    if (graph.n > 150) yield* territories(sheet);
    if (inView.length > LINES) yield* fog(sheet, inView);
    else yield* strokes(sheet, inView);

    // Nodes, the light ones first so that the weighty lie on top.
    const at = graph.order;
    let since = 0;
    for (let n = graph.n - 1; n >= 0; n--) {
      const i = at[n]!;
      if (!shown.nodes[i]) continue;
      const x = graph.x[i]! * k + ox;
      const y = graph.y[i]! * k + oy;
      if (x < -36 || y < -36 || x > width + 36 || y > height + 36) continue;
      const r = scene.radius(i, k);
      if (r < 1.3) {
        c.fillStyle = colour(graph.typeName(i), this.theme);
        c.fillRect(x - r, y - r, 2 * r, 2 * r);
      } else {
        const sprite = this.sprite(graph.typeName(i), r);
        const side = sprite.width / ratio;
        c.drawImage(
          sprite,
          Math.round((x - side / 2) * ratio) / ratio,
          Math.round((y - side / 2) * ratio) / ratio,
          side,
          side,
        );
      }
      if (++since === 400) {
        since = 0;
        yield;
      }
    }
    yield;
    const zoom = k / scene.unit(this.width, this.height);
    const labels = scene.labels(shown, camera, width, height, zoom, this.measure);
    yield;
    this.write(c, labels);
    return { canvas, camera, width, height };
  }
}
