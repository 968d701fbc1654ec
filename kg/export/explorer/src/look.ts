/** What types look like: a colour that colour-blind readers tell apart, and a shape that needs no colour.

Colours are Okabe & Ito's (2008), darkened for 3:1 on the light ground and lightened for the dark one. */

export type Theme = "light" | "dark";

interface Look {
  light: string;
  dark: string;
  shape: Shape;
}

export type Shape = "page" | "hexagon" | "circle" | "triangle" | "square" | "diamond" | "chip" | "ring" | "pentagon";

const LOOKS: Record<string, Look> = {
  Hardware: { light: "#d04a02", dark: "#ff8f52", shape: "chip" },
  Architecture: { light: "#0067a8", dark: "#5db7f5", shape: "hexagon" },
  Method: { light: "#00835f", dark: "#35c99b", shape: "circle" },
  Task: { light: "#a83e80", dark: "#ea9bca", shape: "triangle" },
  Dataset: { light: "#8a6a00", dark: "#e6c34a", shape: "square" },
  Metric: { light: "#3c4250", dark: "#dfe3ea", shape: "diamond" },
  Paper: { light: "#8b8f99", dark: "#7d838f", shape: "page" },
  Author: { light: "#6d28d9", dark: "#b7a0f5", shape: "ring" },
  Venue: { light: "#7a4a21", dark: "#cfa57f", shape: "pentagon" },
};
const OTHER: Look = { light: "#555b66", dark: "#b9bec8", shape: "circle" };

export function colour(type: string, theme: Theme): string {
  return (LOOKS[type] ?? OTHER)[theme];
}

export function shape(type: string): Shape {
  return (LOOKS[type] ?? OTHER).shape;
}

export const GROUND: Record<Theme, { ground: string; ink: string; faint: string; edge: [number, number, number] }> = {
  light: { ground: "#fbfaf7", ink: "#1d2129", faint: "#5d626d", edge: [92, 98, 112] },
  dark: { ground: "#14161b", ink: "#eceef2", faint: "#a2a8b4", edge: [150, 158, 176] },
};

/** Corners of a shape of radius 1, or null for a circle. */
export function corners(shape: Shape): [number, number][] | null {
  const polygon = (n: number, turn: number, r = 1): [number, number][] =>
    Array.from({ length: n }, (_, i) => [
      r * Math.cos(turn + (2 * Math.PI * i) / n),
      r * Math.sin(turn + (2 * Math.PI * i) / n),
    ]);
  switch (shape) {
    case "circle":
    case "ring":
      return null;
    case "hexagon":
      return polygon(6, 0, 1.08);
    case "pentagon":
      return polygon(5, -Math.PI / 2, 1.1);
    case "triangle":
      return polygon(3, -Math.PI / 2, 1.25);
    case "square":
      return polygon(4, Math.PI / 4, 1.2);
    case "diamond":
      return polygon(4, 0, 1.2);
    case "page":
      return [
        [-0.72, -0.95],
        [0.25, -0.95],
        [0.72, -0.45],
        [0.72, 0.95],
        [-0.72, 0.95],
      ];
    case "chip": // a square with pins
      return [
        [-0.85, -0.85],
        [-0.5, -0.85],
        [-0.5, -1.2],
        [-0.2, -1.2],
        [-0.2, -0.85],
        [0.2, -0.85],
        [0.2, -1.2],
        [0.5, -1.2],
        [0.5, -0.85],
        [0.85, -0.85],
        [0.85, 0.85],
        [0.5, 0.85],
        [0.5, 1.2],
        [0.2, 1.2],
        [0.2, 0.85],
        [-0.2, 0.85],
        [-0.2, 1.2],
        [-0.5, 1.2],
        [-0.5, 0.85],
        [-0.85, 0.85],
      ];
  }
}

export function trace(
  c: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | Path2D,
  form: Shape,
  x: number,
  y: number,
  r: number,
): void {
  const points = corners(form);
  if (!points) {
    c.moveTo(x + r, y);
    c.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  points.forEach(([px, py], i) => (i ? c.lineTo(x + px * r, y + py * r) : c.moveTo(x + px * r, y + py * r)));
  c.closePath();
}
