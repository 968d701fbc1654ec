/** Find nodes by what people type: name, alias, acronym, title; best first. */

import type { Graph } from "./data";

/** Fold case, accents, width and blanks. */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim();
}

/** First letters of the words and capitals of a name: "Processing-in-Memory" is "pim". */
export function initials(name: string): string {
  return (name.match(/(?:^|[\s\-_/])(\p{L})|(?<=\p{Ll})\p{Lu}/gu) ?? [])
    .map((m) => m.at(-1)!)
    .join("")
    .toLowerCase();
}

export interface Hit {
  node: number;
  /** The form that matched, when it is not the name. */
  as: string;
  score: number;
}

function score(form: string, query: string): number {
  if (form === query) return 100;
  if (form.startsWith(query)) return 80 - Math.min(20, (form.length - query.length) / 4);
  const at = form.indexOf(query);
  if (at > 0) return /[\p{L}\p{N}]/u.test(form[at - 1]!) ? 30 : 55 - Math.min(15, at / 8);
  return 0;
}

export class Search {
  private readonly forms: string[] = [];
  private readonly owner: number[] = [];
  private readonly written: string[] = [];

  constructor(private readonly graph: Graph) {
    for (const node of graph.order) {
      for (const form of [graph.name(node), ...graph.aliases(node)]) {
        this.forms.push(fold(form));
        this.owner.push(node);
        this.written.push(form);
      }
    }
  }

  /** Give the best hits, at most one a node. */
  find(text: string, most = 12, only?: (node: number) => boolean): Hit[] {
    const query = fold(text);
    if (!query) return [];
    const parts = query.split(" ");
    const best = new Map<number, Hit>();
    for (let i = 0; i < this.forms.length; i++) {
      const node = this.owner[i]!;
      if (only && !only(node)) continue;
      const form = this.forms[i]!;
      let points = score(form, query);
      if (!points && parts.length > 1 && parts.every((p) => form.includes(p))) points = 25;
      if (
        !points &&
        query.length >= 2 &&
        query.length <= 8 &&
        form.length > query.length + 3 &&
        initials(this.written[i]!) === query
      )
        points = 60;
      if (!points) continue;
      points += Math.log2(1 + this.graph.weight[node]!) * 2;
      const before = best.get(node);
      if (!before || before.score < points)
        best.set(node, { node, as: this.written[i] === this.graph.name(node) ? "" : this.written[i]!, score: points });
    }
    return [...best.values()].sort((a, b) => b.score - a.score || a.node - b.node).slice(0, most);
  }
}
