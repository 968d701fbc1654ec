/** What the page shows, as one value; a permalink is this value written into the URL's hash. */

export const TABS = ["map", "results", "hardware", "compare", "table"] as const;
export type Tab = (typeof TABS)[number];

export interface View {
  tab: Tab;
  /** Id of the node, or key of the edge, that the side panel is about. */
  node: string;
  edge: string;
  /** Types, relations: hidden ones. Classes, communities: chosen ones, none means all. */
  hideTypes: string[];
  hideRelations: string[];
  classes: string[];
  communities: string[];
  /** Months since year 0, or null: no bound. */
  from: number | null;
  to: number | null;
  /** Per cent. */
  confidence: number;
  support: number;
  /** Ids of what was expanded around, and how far. */
  focus: string[];
  steps: number;
  /** Two ids. */
  path: string[];
  compare: string[];
  /** Results: task, dataset, metric (ids or texts), sort column and direction, plot. */
  task: string;
  dataset: string;
  metric: string;
  sort: string;
  plot: "bar" | "scatter";
  /** Table twin: "things" or "relations", and its text filter. */
  rows: "things" | "relations";
  query: string;
  /** Centre and zoom (1 = the whole graph fits). */
  camera: [number, number, number] | null;
}

export const START: View = {
  tab: "map",
  node: "",
  edge: "",
  hideTypes: ["Author", "Venue"],
  hideRelations: [],
  classes: [],
  communities: [],
  from: null,
  to: null,
  confidence: 0,
  support: 1,
  focus: [],
  steps: 1,
  path: [],
  compare: [],
  task: "",
  dataset: "",
  metric: "",
  sort: "",
  plot: "bar",
  rows: "things",
  query: "",
  camera: null,
};

const LISTS = ["hideTypes", "hideRelations", "classes", "communities", "focus", "path", "compare"] as const;
const TEXTS = ["node", "edge", "task", "dataset", "metric", "sort", "query"] as const;
const NUMBERS = ["from", "to", "confidence", "support", "steps"] as const;

/** Write a view into a hash; what is as at the start is left out. */
export function toHash(view: View): string {
  const out = new URLSearchParams();
  if (view.tab !== START.tab) out.set("tab", view.tab);
  for (const name of TEXTS) if (view[name]) out.set(name, view[name]);
  for (const name of LISTS)
    if (view[name].join("|") !== START[name].join("|"))
      out.set(name, view[name].map((v) => v.replace(/[%|]/g, encodeURIComponent)).join("|"));
  for (const name of NUMBERS) if (view[name] !== START[name]) out.set(name, String(view[name]));
  if (view.plot !== START.plot) out.set("plot", view.plot);
  if (view.rows !== START.rows) out.set("rows", view.rows);
  if (view.camera) out.set("camera", view.camera.map((v, i) => v.toFixed(i === 2 ? 3 : 0)).join(","));
  const written = out.toString();
  return written ? "#" + written : "";
}

/** Read a view from a hash; whatever cannot be understood is as at the start. */
export function fromHash(hash: string): View {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const view: View = structuredClone(START);
  const tab = given.get("tab") as Tab;
  if (TABS.includes(tab)) view.tab = tab;
  for (const name of TEXTS) view[name] = given.get(name) ?? START[name];
  for (const name of LISTS) {
    const value = given.get(name);
    if (value !== null) view[name] = value.split("|").filter(Boolean).map(decode);
  }
  for (const name of NUMBERS) {
    const value = Number(given.get(name) ?? NaN);
    if (Number.isFinite(value)) view[name] = Math.round(value);
  }
  view.steps = Math.min(3, Math.max(1, view.steps));
  view.confidence = Math.min(100, Math.max(0, view.confidence));
  view.support = Math.max(1, view.support);
  if (given.get("plot") === "scatter") view.plot = "scatter";
  if (given.get("rows") === "relations") view.rows = "relations";
  const camera = (given.get("camera") ?? "").split(",").map(Number);
  if (camera.length === 3 && camera.every(Number.isFinite) && camera[2]! > 0)
    view.camera = camera as [number, number, number];
  return view;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // a link cut off in the middle of %E2
  }
}
