/** The plot of results that may be compared. */

import { type App, nodeButton } from "./app";
import { count, h, s, short, text } from "./dom";
import { best, comparableGroups, lowerIsBetter, metricName, value } from "./numbers";
import { quotes } from "./words";

/** A plot of the comparable results: bars by value, or dots over time; each mark opens its words. */
export function plot(app: App, rows: number[]): HTMLElement {
  const { graph, view } = app;
  const { results } = graph.block;
  const group = comparableGroups(graph, rows)[0] ?? [];
  if (group.length < 2)
    return h("p", { class: "facts" }, "Choose a metric that two results share to see them plotted.");
  const name = `${metricName(graph, group[0]!)}${results.unit[group[0]!] ? `, ${results.unit[group[0]!]}` : ""}${results.kind[group[0]!] === "gain" ? ", gain" : ""}`;
  const down = lowerIsBetter(graph, group);
  const dated = group.filter((r) => results.paper[r]! >= 0 && graph.month[results.paper[r]!]! >= 0);
  const scatter = view.plot === "scatter" && dated.length > 1;
  const words = h("div", { class: "plot-words", role: "status" });
  const open = (r: number): void =>
    words.replaceChildren(
      h(
        "p",
        {},
        h("strong", {}, value(graph, r)),
        " ",
        text(metricName(graph, r)),
        results.subject[r]! >= 0 ? h("span", {}, " · ", nodeButton(app, results.subject[r]!)) : null,
      ),
      ...quotes(graph.resultWords(r)).map((q) => h("blockquote", {}, q)),
      results.paper[r]! >= 0 ? nodeButton(app, results.paper[r]!) : "",
    );
  const who = (r: number): string => {
    const node = results.subject[r]! >= 0 ? results.subject[r]! : results.paper[r]!;
    return node >= 0 ? graph.name(node) : "unnamed";
  };
  const label = (r: number): string => `${value(graph, r)}, ${who(r)}`;
  const press =
    (r: number) =>
    (event: KeyboardEvent): void => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        open(r);
      }
    };
  const marks = (scatter ? dated : best(graph, group)).slice(0, scatter ? 400 : 24);
  const values = marks.map((r) => results.value[r]!);
  const wide =
    Math.max(...values.map(Math.abs)) / Math.max(1e-12, Math.min(...values.filter((v) => v > 0))) > 200 &&
    values.every((v) => v > 0);
  const axis = (v: number): number => (wide ? Math.log10(v) : v);
  const low = wide ? Math.floor(Math.min(...values.map(axis))) : Math.min(0, ...values);
  const high = Math.max(...values.map(axis), low + 1e-9);
  const at = (v: number, length: number): number => ((axis(v) - low) / (high - low)) * length;
  const W = 860;
  let picture: SVGSVGElement;
  if (scatter) {
    const H = 260;
    const months = marks.map((r) => graph.month[results.paper[r]!]!);
    const [first, last] = [Math.min(...months), Math.max(...months, Math.min(...months) + 1)];
    picture = s("svg", { viewBox: `0 0 ${W} ${H + 34}`, role: "group", "aria-label": `${name} over time` });
    for (let i = 0; i <= 4; i++) {
      const v = low + ((high - low) * i) / 4;
      const y = H - (H * i) / 4 + 8;
      picture.append(
        s("line", { x1: 60, x2: W - 10, y1: y, y2: y, class: "grid" }),
        s("text", { x: 54, y: y + 4, "text-anchor": "end" }, count(Number((wide ? 10 ** v : v).toPrecision(3)))),
      );
    }
    for (const m of [first, last])
      picture.append(
        s(
          "text",
          {
            x: 64 + ((m - first) / (last - first)) * (W - 90),
            y: H + 28,
            "text-anchor": m === first ? "start" : "end",
          },
          `${Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, "0")}`,
        ),
      );
    marks.forEach((r, i) =>
      picture.append(
        s("circle", {
          cx: 66 + ((months[i]! - first) / (last - first)) * (W - 90),
          cy: H - at(results.value[r]!, H) + 8,
          r: 6,
          class: "dot",
          tabindex: 0,
          role: "button",
          "aria-label": label(r),
          click: () => open(r),
          keydown: press(r),
        }),
      ),
    );
  } else {
    picture = s("svg", {
      viewBox: `0 0 ${W} ${marks.length * 24 + 6}`,
      role: "group",
      "aria-label": `${name}, best first`,
    });
    marks.forEach((r, i) => {
      const length = Math.max(2, at(results.value[r]!, W - 400));
      picture.append(
        s(
          "g",
          {
            class: "bar-row",
            tabindex: 0,
            role: "button",
            click: () => open(r),
            keydown: press(r),
          },
          s("rect", { x: 0, y: i * 24, width: W, height: 24, class: "hit" }),
          s("text", { x: 250, y: i * 24 + 17, "text-anchor": "end" }, short(who(r), 34)),
          " ",
          s("rect", { x: 260, y: i * 24 + 5, width: length, height: 15, rx: 2, class: "bar-mark" }),
          s("text", { x: 266 + length, y: i * 24 + 17, class: "bar-value" }, value(graph, r)),
        ),
      );
    });
  }
  return h(
    "figure",
    { class: "plot" },
    h(
      "figcaption",
      {},
      h("strong", {}, short(name, 80)),
      ` ${wide ? "(logarithmic) " : ""}${down ? "lower is better" : ""}`,
      h(
        "span",
        { class: "split" },
        ...(["bar", "scatter"] as const).map((p) =>
          h(
            "button",
            {
              type: "button",
              "aria-pressed": String((scatter ? "scatter" : "bar") === p),
              disabled: p === "scatter" && dated.length < 2,
              click: () => app.update({ plot: p }, { step: true }),
            },
            p === "bar" ? "Bars" : "Over time",
          ),
        ),
      ),
    ),
    picture,
    words,
  );
}
