/** What is said beside the pointer. */

import { icon } from "./app";
import type { Graph } from "./data";
import { h, plural, short, words } from "./dom";

export function nodeTip(graph: Graph, node: number): HTMLElement[] {
  const type = graph.typeName(node);
  const date = graph.block.nodes.date[node];
  const fact = type !== "Paper" ? plural(graph.papers[node]!, "paper") : date || plural(graph.degree(node), "edge");
  return [h("strong", { dir: "auto" }, short(graph.name(node), 140)), h("span", {}, icon(type), ` ${type}, ${fact}`)];
}

export function edgeTip(graph: Graph, edge: number): HTMLElement[] {
  const [from, to] = [graph.source[edge]!, graph.target[edge]!].map((i) => short(graph.name(i), 50));
  return [
    h("strong", {}, `${from} ${words(graph.relationName(edge))} ${to}`),
    h("span", {}, `${plural(graph.support[edge]!, "paper")}, ${graph.confidence[edge]} %`),
  ];
}
