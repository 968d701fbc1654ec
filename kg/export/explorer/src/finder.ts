/** The search field: suggestions while typing, by keyboard or pointer (the ARIA combobox pattern). */

import { icon } from "./app";
import type { Graph } from "./data";
import { h, plural, short, text } from "./dom";
import type { Search } from "./search";

let made = 0;

export class Finder {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly list: HTMLUListElement;
  private readonly id = `finder-${made++}`;
  private hits: number[] = [];
  private active = -1;
  private leaving = 0;

  constructor(
    private readonly graph: Graph,
    private readonly search: () => Search,
    private readonly chosen: (node: number) => void,
    label: string,
  ) {
    this.list = h("ul", { role: "listbox", id: this.id, "aria-label": "Suggestions", hidden: true });
    this.input = h("input", {
      type: "text",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": this.id,
      "aria-autocomplete": "list",
      "aria-label": label,
      placeholder: label,
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      input: () => this.suggest(),
      focus: () => this.input.value && this.suggest(),
      keydown: (event: KeyboardEvent) => this.key(event),
      blur: () => (this.leaving = window.setTimeout(() => this.close(), 120)),
    });
    this.element = h("div", { class: "finder" }, this.input, this.list);
  }

  private suggest(): void {
    clearTimeout(this.leaving); // who comes back at once has not left
    const query = this.input.value;
    const hits = this.search().find(query);
    this.hits = hits.map((hit) => hit.node);
    this.active = hits.length ? 0 : -1;
    this.list.replaceChildren(
      ...hits.map((hit, i) =>
        h(
          "li",
          {
            role: "option",
            id: `${this.id}-${i}`,
            "aria-selected": String(i === 0),
            pointerdown: (event: PointerEvent) => {
              event.preventDefault();
              this.pick(i);
            },
          },
          icon(this.graph.typeName(hit.node)),
          h(
            "span",
            { class: "hit" },
            text(short(this.graph.name(hit.node), 110)),
            hit.as ? h("small", {}, " as ", text(short(hit.as, 60))) : null,
          ),
          h(
            "span",
            { class: "count" },
            this.graph.type[hit.node] === this.graph.PAPER
              ? (this.graph.block.nodes.date[hit.node] ?? "").slice(0, 4) || "paper"
              : plural(this.graph.papers[hit.node]!, "paper"),
          ),
        ),
      ),
      ...(hits.length || !query.trim()
        ? []
        : [
            h(
              "li",
              { class: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" },
              "Nothing is called that",
            ),
          ]),
    );
    const open = this.list.childElementCount > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.mark();
  }

  private mark(): void {
    [...this.list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === this.active)));
    if (this.active >= 0) {
      this.input.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
      this.list.children[this.active]?.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.suggest();
      const n = this.hits.length;
      if (n) this.active = (this.active + (event.key === "ArrowDown" ? 1 : n - 1)) % n;
      this.mark();
    } else if (event.key === "Enter" && this.active >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.pick(this.active);
    } else if (event.key === "Escape") {
      if (!this.list.hidden) {
        event.stopPropagation();
        event.preventDefault();
      }
      if (this.list.hidden) this.input.value = "";
      this.close();
    }
  }

  private pick(i: number): void {
    const node = this.hits[i];
    if (node === undefined) return;
    this.input.value = "";
    this.close();
    this.chosen(node);
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
