/** Results as values: which are in view, how they are written, and which of them compare. */

import type { App } from "./app";
import type { Graph } from "./data";
import { count } from "./dom";
import { fold } from "./search";

/** Write a result's value with its unit: "79.2 %", "2.1–3.4×". */
export function value(graph: Graph, r: number): string {
  const { results } = graph.block;
  const high = results.high[r];
  const unit = results.unit[r]!;
  const number = count(results.value[r]!) + (high !== null && high !== undefined ? `–${count(high)}` : "");
  return /^x$/i.test(unit) ? `${number}×` : unit ? `${number} ${unit}` : number;
}

export const ENDS = ["subject", "metric", "baseline", "dataset", "task", "hardware"] as const;

/** Results of visible papers, or those that name a node. */
export function resultRows(app: App, node = -1): number[] {
  const { results } = app.graph.block;
  const found: number[] = [];
  for (let r = 0; r < results.id.length; r++) {
    if (
      node >= 0
        ? results.paper[r] === node || ENDS.some((n) => results[n][r] === node)
        : pass(app, results.paper[r]!) && results.confidence[r]! >= app.view.confidence
    )
      found.push(r);
  }
  return found;
}

/** A paper may be hidden from the map by its type and still speak. */
function pass(app: App, paper: number): boolean {
  return paper < 0 || app.shown.nodes[paper] === 1 || app.view.hideTypes.includes("Paper") || app.view.focus.length > 0;
}

/** The measure's one name where it was resolved, else as the paper wrote it. */
export function metricName(graph: Graph, r: number): string {
  const { results } = graph.block;
  return results.metric[r]! >= 0 ? graph.name(results.metric[r]!) : results.measure[r]!;
}

/** Results that may stand on one axis, largest group first: one measure, unit and kind. */
export function comparableGroups(graph: Graph, rows: number[]): number[][] {
  const { results } = graph.block;
  const groups = new Map<string, number[]>();
  for (const r of rows) {
    const key = `${fold(metricName(graph, r))}|${results.unit[r]}|${results.kind[r]}`;
    const list = groups.get(key);
    if (list) list.push(r);
    else groups.set(key, [r]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length || a[0]! - b[0]!);
}

/** Best first within a group; the direction of gains is always upwards. */
export function best(graph: Graph, group: number[]): number[] {
  const { results } = graph.block;
  const down = lowerIsBetter(graph, group);
  return [...group].sort((a, b) => (down ? 1 : -1) * (results.value[a]! - results.value[b]!) || a - b);
}

export function lowerIsBetter(graph: Graph, group: number[]): boolean {
  const { results } = graph.block;
  return group.some((r) => results.direction[r] === "lower" && results.kind[r] !== "gain");
}

/** Numbers mean little beside others of another kind: keep what compares together, the most common first. */
export function comparableFirst(graph: Graph, rows: number[]): number[] {
  return comparableGroups(graph, rows).flatMap((group) => best(graph, group));
}
