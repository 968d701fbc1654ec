/** What opens over the page. */

import type { Graph } from "./data";
import { h } from "./dom";
import { Finder } from "./finder";
import type { Search } from "./search";

function dialog(title: string, ...body: Node[]): HTMLDialogElement {
  const box = h("dialog", { "aria-label": title, close: () => box.remove() }, h("h2", {}, title), ...body);
  document.body.append(box);
  box.showModal();
  return box;
}

/** Let the reader choose a node; -1 when they changed their mind. */
export function choose(graph: Graph, search: () => Search, question: string): Promise<number> {
  return new Promise((resolve) => {
    const finder = new Finder(
      graph,
      search,
      (node) => {
        resolve(node);
        box.close();
      },
      "Name, alias or title",
    );
    const box = dialog(
      question,
      finder.element,
      h("p", {}, h("button", { type: "button", click: () => box.close() }, "Cancel")),
    );
    box.classList.add("chooser");
    box.addEventListener("close", () => resolve(-1));
    finder.input.focus();
  });
}

/** Say what the page is and which keys it knows. */
export function help(graph: Graph): void {
  const keys: [string, string][] = [
    ["/", "search"],
    ["↑ ↓ ← →", "move the map"],
    ["+  −", "zoom"],
    ["0", "show all"],
    ["Enter", "open the thing nearest the middle"],
    ["Esc", "close, leave"],
    ["1 … 5", "Map, Results, Hardware, Compare, Table"],
    ["Alt ←  Alt →", "back, forward"],
    ["?", "this help"],
  ];
  const box = dialog(
    "How to use this page",
    h(
      "p",
      {},
      "Every edge has the words of a paper behind it: choose a thing, then the words under it. Size is the number of papers, colour and shape the type, and what lies close together is named together. Filters on time and hardware choose papers; everything follows its papers.",
    ),
    h("dl", { class: "keys" }, ...keys.flatMap(([k, what]) => [h("dt", {}, h("kbd", {}, k)), h("dd", {}, what)])),
    h(
      "p",
      { class: "facts" },
      Object.entries(graph.block.made)
        .map(([k, v]) => `${k} ${v}`)
        .join(", "),
      ". Nothing on this page is loaded from, or sent to, anywhere.",
    ),
    h("p", {}, h("button", { type: "button", class: "primary", click: () => box.close() }, "Close")),
  );
}
