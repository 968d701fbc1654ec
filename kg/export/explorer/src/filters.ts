/** The left rail: legend, filters with counts, and time. */

import { type App, icon } from "./app";
import type { Graph } from "./data";
import { count, h, s, short, text, words } from "./dom";
import type { View } from "./state";
import { START } from "./state";

type List = "hideTypes" | "hideRelations" | "classes" | "communities";

export function monthName(m: number): string {
  return `${Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, "0")}`;
}

/** First and last month of the papers, and how many papers each step of the time axis has. */
export function timeline(graph: Graph): { first: number; last: number; step: number; papers: number[] } | null {
  let first = Infinity,
    last = -Infinity;
  for (let i = 0; i < graph.n; i++) {
    const m = graph.month[i]!;
    if (graph.type[i] !== graph.PAPER || m < 0) continue;
    if (m < first) first = m;
    if (m > last) last = m;
  }
  if (first >= last) return null;
  const step = last - first > 36 ? 12 : 1;
  if (step === 12) first -= first % 12;
  const papers = new Array<number>(Math.floor((last - first) / step) + 1).fill(0);
  for (let i = 0; i < graph.n; i++)
    if (graph.type[i] === graph.PAPER && graph.month[i]! >= 0) papers[Math.floor((graph.month[i]! - first) / step)]!++;
  return { first, last, step, papers };
}

export class Filters {
  readonly element: HTMLElement;
  private readonly counts: {
    list: List;
    index: number;
    box: HTMLInputElement;
    out: HTMLElement;
    row: HTMLElement;
    name: string;
  }[] = [];
  private readonly sliders: { name: "confidence" | "support"; box: HTMLInputElement; out: HTMLElement }[] = [];
  private readonly time: {
    line: NonNullable<ReturnType<typeof timeline>>;
    from: HTMLInputElement;
    to: HTMLInputElement;
    out: HTMLElement;
    undated: HTMLElement;
    bars: SVGRectElement[];
  } | null = null;
  private readonly reset: HTMLButtonElement;
  private readonly summary: HTMLElement;
  private playing = 0;

  constructor(private readonly app: App) {
    const { graph } = app;
    const { block } = graph;
    this.summary = h("p", { class: "summary", role: "status" });
    this.reset = h(
      "button",
      { type: "button", class: "more", click: () => app.update({ ...cleared() }, { step: true }) },
      "Reset filters",
    );
    const present = (of: Uint8Array, n: number): boolean[] => {
      const seen = new Array<boolean>(n).fill(false);
      for (const v of of) seen[v] = true;
      return seen;
    };
    const types = present(graph.type, block.types.length);
    const relations = present(graph.relation, block.relations.length);
    const parts: HTMLElement[] = [
      h("div", { class: "rail-head" }, this.summary, this.reset),
      this.group(
        "Types",
        "hideTypes",
        ["Hardware", "Architecture", "Method", "Task", "Dataset", "Metric", "Paper", "Author", "Venue", ...block.types]
          .filter((t, i, all) => all.indexOf(t) === i && block.types.includes(t) && types[block.types.indexOf(t)])
          .map((t) => [block.types.indexOf(t), t, t]),
        true,
        (t) => icon(t),
      ),
    ];
    const line = timeline(graph);
    if (line) {
      const { section, ...time } = this.timeGroup(line);
      this.time = { line, ...time };
      parts.push(section);
    }
    if (block.classes.length)
      parts.push(
        this.group(
          "Hardware class",
          "classes",
          block.classes.map((c, i) => [i, c, c]),
          true,
        ),
      );
    parts.push(
      this.group(
        "Roles and relations",
        "hideRelations",
        block.relations.map((r, i): [number, string, string] => [i, r, words(r)]).filter(([i]) => relations[i]),
        false,
      ),
      h(
        "details",
        { open: true },
        h("summary", {}, "Certainty"),
        this.slider("confidence", "Confidence at least", 0, 99, (v) => `${v} %`),
        this.slider("support", "Papers behind it at least", 1, 10, (v) => String(v)),
      ),
    );
    const named = block.communities.map((c, i): [number, string, string] => [i, c, c]);
    if (named.length > 1) parts.push(this.group("Communities", "communities", named.slice(0, 60), false));
    this.element = h("div", { class: "filters" }, ...parts);
  }

  private group(
    title: string,
    list: List,
    items: [number, string, string][],
    open: boolean,
    mark?: (name: string) => Node,
  ): HTMLElement {
    const hides = list.startsWith("hide");
    const rows = items.map(([index, name, label]) => {
      const out = h("span", { class: "count" });
      const box = h("input", {
        type: "checkbox",
        change: () => {
          const before = this.app.view[list];
          const listed = hides ? !box.checked : box.checked;
          this.app.update({ [list]: listed ? [...before, name] : before.filter((v) => v !== name) }, { step: true });
        },
      });
      const only = hides
        ? h(
            "button",
            {
              type: "button",
              class: "only",
              "aria-label": `Only ${label}`,
              click: () =>
                this.app.update({ [list]: items.map(([, n]) => n).filter((n) => n !== name) }, { step: true }),
            },
            "only",
          )
        : null;
      const row = h(
        "li",
        {},
        h("label", {}, box, mark ? mark(name) : null, text(short(label, 60), { class: "name" }), out),
        only,
      );
      this.counts.push({ list, index, box, out, row, name });
      return row;
    });
    return h(
      "details",
      { open },
      h("summary", {}, title),
      h("ul", { class: "plain checks", "aria-label": title }, ...rows),
    );
  }

  private slider(
    name: "confidence" | "support",
    label: string,
    min: number,
    max: number,
    write: (v: number) => string,
  ): HTMLElement {
    const out = h("output", {});
    const box = h("input", {
      type: "range",
      min,
      max,
      step: 1,
      input: () => {
        out.textContent = write(Number(box.value));
        this.app.update({ [name]: Number(box.value) });
      },
    });
    this.sliders.push({ name, box, out });
    return h("label", { class: "slider" }, h("span", {}, label, " ", out), box);
  }

  private timeGroup(line: NonNullable<ReturnType<typeof timeline>>): {
    section: HTMLElement;
    from: HTMLInputElement;
    to: HTMLInputElement;
    out: HTMLElement;
    undated: HTMLElement;
    bars: SVGRectElement[];
  } {
    const most = Math.max(...line.papers, 1);
    const width = 100 / line.papers.length;
    const bars = line.papers.map((n, i) =>
      s(
        "rect",
        { x: i * width + width * 0.1, width: width * 0.8, y: 30 - (28 * n) / most, height: (28 * n) / most },
        s("title", {}, `${this.label(line, i)}: ${n}`),
      ),
    );
    const out = h("output", {});
    const undated = h("small", { class: "count" });
    const slide = (label: string, value: number): HTMLInputElement =>
      h("input", {
        type: "range",
        min: 0,
        max: line.papers.length - 1,
        step: 1,
        value,
        "aria-label": label,
        input: () => this.slide(),
      });
    const from = slide("From", 0);
    const to = slide("To", line.papers.length - 1);
    const play = h("button", { type: "button", class: "more", click: () => this.play(play) }, "▶ Watch it grow");
    const section = h(
      "details",
      { open: true },
      h("summary", {}, "Time"),
      h("p", { class: "range" }, out, " ", undated),
      s(
        "svg",
        {
          viewBox: "0 0 100 30",
          preserveAspectRatio: "none",
          class: "histogram",
          role: "img",
          "aria-label": `Papers from ${this.label(line, 0)} to ${this.label(line, line.papers.length - 1)}`,
        },
        ...bars,
      ),
      h("div", { class: "two" }, from, to),
      play,
    );
    return { section, from, to, out, undated, bars };
  }

  private label(line: { first: number; step: number }, i: number): string {
    const m = line.first + i * line.step;
    return line.step === 12 ? String(Math.floor(m / 12)) : monthName(m);
  }

  private slide(): void {
    const { line, from, to } = this.time!;
    const a = Math.min(Number(from.value), Number(to.value));
    const b = Math.max(Number(from.value), Number(to.value));
    const whole = a === 0 && b === line.papers.length - 1;
    this.app.update({
      from: whole ? null : line.first + a * line.step,
      to: whole ? null : line.first + (b + 1) * line.step - 1,
    });
  }

  /** Let the end of time run from the first papers to the last. */
  private play(button: HTMLButtonElement): void {
    const { line, from, to } = this.time!;
    if (this.playing) {
      clearInterval(this.playing);
      this.playing = 0;
      button.textContent = "▶ Watch it grow";
      return;
    }
    from.value = "0";
    to.value = "0";
    this.slide();
    button.textContent = "■ Stop";
    this.playing = window.setInterval(
      () => {
        to.value = String(Number(to.value) + 1);
        this.slide();
        if (Number(to.value) >= line.papers.length - 1) this.play(button);
      },
      Math.max(120, 4000 / line.papers.length),
    );
  }

  /** Show the present view: boxes, counts, ranges. */
  refresh(): void {
    const { view, shown, graph } = this.app;
    const from = {
      hideTypes: shown.counts.types,
      hideRelations: shown.counts.relations,
      classes: shown.counts.classes,
      communities: shown.counts.communities,
    };
    for (const c of this.counts) {
      const listed = view[c.list].includes(c.name);
      c.box.checked = c.list.startsWith("hide") ? !listed : listed;
      const n = from[c.list][c.index] ?? 0;
      c.out.textContent = count(n);
      c.row.classList.toggle("none", n === 0);
    }
    for (const { name, box, out } of this.sliders) {
      if (document.activeElement !== box) box.value = String(view[name]);
      out.textContent = name === "confidence" ? `${view[name]} %` : String(view[name]);
    }
    if (this.time) {
      const { line, bars, out } = this.time;
      const a = view.from === null ? 0 : Math.max(0, Math.floor((view.from - line.first) / line.step));
      const b =
        view.to === null
          ? line.papers.length - 1
          : Math.min(line.papers.length - 1, Math.floor((view.to - line.first) / line.step));
      if (document.activeElement !== this.time.from && document.activeElement !== this.time.to && !this.playing) {
        this.time.from.value = String(a);
        this.time.to.value = String(b);
      }
      const papers = line.papers.slice(a, b + 1).reduce((x, y) => x + y, 0);
      const undated = graph.type.reduce((sum, t, i) => sum + (t === graph.PAPER && graph.month[i]! < 0 ? 1 : 0), 0);
      out.textContent = `${this.label(line, a)} – ${this.label(line, b)}: ${count(papers)} papers`;
      this.time.undated.textContent = undated ? `${count(undated)} more without a date` : "";
      bars.forEach((bar, i) => bar.classList.toggle("out", i < a || i > b));
    }
    this.summary.textContent =
      shown.nodeCount === graph.n && shown.edgeCount === graph.m
        ? `${count(graph.n)} things, ${count(graph.m)} edges`
        : `${count(shown.nodeCount)} of ${count(graph.n)} things, ${count(shown.edgeCount)} edges`;
    this.reset.hidden = !filtering(view);
  }
}

/** The filters as at the start. */
export function cleared(): Partial<View> {
  const { hideTypes, hideRelations, classes, communities, from, to, confidence, support, focus, path } = START;
  return { hideTypes, hideRelations, classes, communities, from, to, confidence, support, focus, path, camera: null };
}

export function filtering(view: View): boolean {
  return (
    JSON.stringify({ ...cleared(), camera: null }) !==
    JSON.stringify(
      Object.fromEntries(Object.keys(cleared()).map((k) => [k, k === "camera" ? null : view[k as keyof View]])),
    )
  );
}
