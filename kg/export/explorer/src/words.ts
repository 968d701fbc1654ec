/** The words of a paper, with those that count marked. */

import type { Words } from "./data";
import { h } from "./dom";

/** A sentence with its words marked: `spans` are in code points. */
export function marked(sentence: string, spans: [number, number][]): HTMLElement {
  const points = [...sentence];
  const quote = h("q", { dir: "auto" });
  let at = 0;
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (end <= start || start < at) continue;
    quote.append(points.slice(at, start).join(""), h("mark", {}, points.slice(start, end).join("")));
    at = end;
  }
  quote.append(points.slice(at).join(""));
  return quote;
}

/** Every sentence of a claim once, its words marked. */
export function quotes(found: Words[]): HTMLElement[] {
  const sentences = new Map<string, [number, number][]>();
  for (const w of found) {
    const key = `${w.offset} ${w.text}`;
    const spans = sentences.get(key) ?? [];
    spans.push([w.start, w.end]);
    sentences.set(key, spans);
  }
  return [...sentences].map(([key, spans]) => marked(key.slice(key.indexOf(" ") + 1), spans));
}
