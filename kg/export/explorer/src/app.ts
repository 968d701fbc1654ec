/** What the parts of the page share. */

import type { Graph } from "./data";
import { h, s, text } from "./dom";
import type { Shown } from "./filter";
import { corners, shape } from "./look";
import type { Search } from "./search";
import type { View } from "./state";

export interface App {
  readonly graph: Graph;
  readonly search: Search;
  view: View;
  shown: Shown;
  /** Change the view. A step one may want to take back goes into the history; a slider's does not. */
  update(change: Partial<View>, options?: { step?: boolean }): void;
  /** Show a node (and its side panel), moving the camera when it is out of sight. */
  open(node: number): void;
  openEdge(edge: number): void;
  /** Let the reader choose a node; gives -1 when they changed their mind. */
  choose(question: string): Promise<number>;
  /** Say something to everyone, screen readers too. */
  say(message: string): void;
}

/** The legend's mark for a type. */
export function icon(type: string, size = 13): SVGSVGElement {
  const points = corners(shape(type));
  const ring = shape(type) === "ring";
  const props = {
    class: `t-${type}`,
    fill: ring ? "none" : "currentColor",
    stroke: ring ? "currentColor" : "none",
    "stroke-width": 0.5,
  };
  return s(
    "svg",
    { viewBox: "-1.4 -1.4 2.8 2.8", width: size, height: size, "aria-hidden": "true", class: "icon" },
    points
      ? s("polygon", { ...props, points: points.map((p) => p.join(",")).join(" ") })
      : s("circle", { ...props, r: ring ? 0.85 : 1 }),
  );
}

/** A button that opens a node. */
export function nodeButton(app: App, node: number, label?: string): HTMLElement {
  return h(
    "button",
    { type: "button", class: "node", click: () => app.open(node) },
    icon(app.graph.typeName(node)),
    text(label ?? app.graph.name(node)),
  );
}
