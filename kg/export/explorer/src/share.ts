/** Sharing: a link to the exact view, or the view as a file. */

import type { Graph } from "./data";
import { h } from "./dom";
import type { Picture } from "./draw";
import type { Shown } from "./filter";
import { csv, download, graphml, svg, turtle } from "./save";

interface Page {
  readonly graph: Graph;
  readonly picture: Picture;
  shown: Shown;
  say(message: string): void;
  /** Bring the URL up to date. */
  writeLink(): void;
}

/** The menu that shares the present view. */
export function shareMenu(page: Page): HTMLElement {
  const name = (
    page.graph.block.title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "graph"
  ).slice(0, 60);
  const item = (label: string, note: string, act: () => void): HTMLElement =>
    h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          click: () => {
            details.open = false;
            act();
          },
        },
        label,
        h("small", {}, note),
      ),
    );
  const picture = (): string =>
    svg(
      page.graph,
      page.shown,
      page.picture.scene,
      page.picture.camera,
      page.picture.size,
      page.picture.theme,
      page.picture.measure,
      page.graph.block.title,
    );
  const details = h(
    "details",
    { class: "menu" },
    h("summary", {}, "Share"),
    h(
      "ul",
      { class: "plain" },
      item("Copy link", "this exact view", () => void copyLink(page)),
      item("SVG", "picture", () => download(`${name}.svg`, picture(), "image/svg+xml")),
      item("PNG", "picture", () => void png(page, name)),
      item("GraphML", "Gephi, yEd, Cytoscape", () =>
        download(`${name}.graphml`, graphml(page.graph, page.shown), "application/xml"),
      ),
      item("CSV", "edges with words", () => download(`${name}.csv`, csv(page.graph, page.shown), "text/csv")),
      item("Turtle", "RDF", () => download(`${name}.ttl`, turtle(page.graph, page.shown), "text/turtle")),
    ),
  );
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      event.stopPropagation();
      details.open = false;
      details.querySelector("summary")!.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!details.contains(event.target as Node)) details.open = false;
  });
  return details;
}

async function copyLink(page: Page): Promise<void> {
  page.writeLink();
  try {
    await navigator.clipboard.writeText(location.href);
    page.say("Link copied");
  } catch {
    // Pages opened from disk may not have a clipboard: the address bar has the link.
    page.say("The link is in the address bar");
  }
}

async function png(page: Page, name: string): Promise<void> {
  await page.picture.settled();
  page.picture.canvas.toBlob((blob) => blob && download(`${name}.png`, blob));
}
