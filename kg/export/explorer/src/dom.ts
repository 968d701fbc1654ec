/** Make elements without markup: text only ever becomes text nodes, so data is never read as HTML. */

export type Child = Node | string | number | null | undefined | false;
type Handler = (event: never) => void;
type Props = Record<string, string | number | boolean | null | undefined | Handler>;

const SVG = "http://www.w3.org/2000/svg";

function fill<E extends Element>(element: E, props: Props, children: Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (name === "value") (element as unknown as HTMLInputElement).value = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(
    ...children
      .filter((c): c is Node | string | number => c !== null && c !== undefined && c !== false)
      .map((c) => (c instanceof Node ? c : String(c))),
  );
  return element;
}

/** Make an HTML element; a function among the props listens to the event of its name. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** Make an SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** A name as data wrote it: right-to-left names keep to themselves. */
export function text(value: string, props: Props = {}): HTMLElement {
  return h("bdi", props, value);
}

/** Give a link only where it leads to the web; anything else (javascript:, data:) stays text. */
export function link(url: string, label: string): HTMLElement {
  return /^https?:\/\//i.test(url)
    ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label)
    : text(label);
}

/** Write a number as people do: 1,234 or 0.012 or 3.1 × 10²¹. */
export function count(value: number): string {
  if (Math.abs(value) >= 1e10) {
    const [digits, power] = value.toExponential(3).split("e+") as [string, string];
    return `${Number(digits)} × 10${[...power].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)]).join("")}`;
  }
  return value.toLocaleString("en-US", { maximumFractionDigits: 4 });
}

export function plural(value: number, one: string, many = one + "s"): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Shorten for tight places; code points, not halves of them. */
export function short(value: string, most: number): string {
  if (value.length <= most) return value;
  const points = [...value];
  return points.length <= most
    ? value
    : points
        .slice(0, most - 1)
        .join("")
        .trimEnd() + "…";
}

/** Make a type or relation name readable: "evaluates_on" is "evaluates on". */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
