/** The page: wires search, filters, picture, side panel and tabs to one view, and the view to the URL. */

import "./style.css";
import type { App } from "./app";
import { type Graph, load } from "./data";
import { h, plural, short } from "./dom";
import { choose, help } from "./dialogs";
import { Picture } from "./draw";
import { filter, path, within } from "./filter";
import { cleared, Filters } from "./filters";
import { Finder } from "./finder";
import { hands } from "./hands";
import type { Theme } from "./look";
import { edgePanel, nodePanel, overview, pathPanel } from "./panel";
import { hardwareTab } from "./hardware";
import { resultsTab } from "./results";
import { shareMenu } from "./share";
import { bounds } from "./scene";
import { Search } from "./search";
import { fromHash, START, TABS, toHash, type View } from "./state";
import { compareTab, tableTab } from "./tables";
import { edgeTip, nodeTip } from "./tip";

/** Changes of these choose other nodes or edges. */
const FILTERS = [
  "hideTypes",
  "hideRelations",
  "classes",
  "communities",
  "from",
  "to",
  "confidence",
  "support",
  "focus",
  "steps",
  "path",
] as const;

class Explorer implements App {
  view: View;
  shown;
  readonly picture: Picture;
  private lazySearch: Search | undefined;
  private readonly main = h("main", { id: "main" });
  private readonly stage = h("div", { class: "stage" });
  private readonly sheet = h("div", { class: "sheet", hidden: true });
  private readonly side = h("aside", { class: "side", "aria-label": "Details" });
  private readonly sideBody = h("div", { class: "side-body" });
  private readonly status = h("div", { class: "toast", role: "status", "aria-live": "polite" });
  private readonly nothing = h("div", { class: "nothing", hidden: true });
  private readonly tip = h("div", { class: "tip", hidden: true });
  private readonly tabs = new Map<string, HTMLButtonElement>();
  private readonly filters: Filters;
  private readonly finder: Finder;
  private readonly rail: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private themeChoice: Theme | null = null;
  private written = "";
  private writing = 0;
  private toasting = 0;
  private pathEdges: number[] | null = null;
  private pending = 0;
  /** The reader moved the camera: the view is no longer what the filters would show. */
  private moved = false;
  private sidesShow = "";

  constructor(readonly graph: Graph) {
    this.view = fromHash(location.hash);
    this.shown = filter(graph, this.view);
    this.canvas = h("canvas", {
      tabindex: 0,
      role: "application",
      "aria-label": `Map of ${plural(graph.n, "thing")}. Arrow keys move, plus and minus zoom, zero shows all, Enter opens the thing nearest the middle. The Table tab holds the same.`,
    });
    this.picture = new Picture(this.canvas, graph, this.shown);
    this.filters = new Filters(this);
    this.finder = new Finder(
      graph,
      () => this.search,
      (node) => this.open(node),
      "Find by name, alias or title",
    );
    this.rail = h("aside", { class: "rail", id: "rail", "aria-label": "Filters" }, this.filters.element);
    this.build();
    this.wire();
    this.theme();
  }

  get search(): Search {
    return (this.lazySearch ??= new Search(this.graph));
  }

  // The page

  private build(): void {
    const labels: Record<string, string> = {
      map: "Map",
      results: "Results",
      hardware: "Hardware",
      compare: "Compare",
      table: "Table",
    };
    const nav = h(
      "nav",
      { "aria-label": "Views" },
      ...TABS.map((t) => {
        const button = h(
          "button",
          { type: "button", click: () => this.update({ tab: t, query: "" }, { step: true }) },
          labels[t]!,
        );
        this.tabs.set(t, button);
        return button;
      }),
    );
    const header = h(
      "header",
      {},
      h("h1", { class: "unseen" }, this.graph.block.title),
      h(
        "button",
        {
          type: "button",
          class: "brand",
          title: "Start again",
          click: () => this.update({ ...structuredClone(START) }, { step: true }),
        },
        h("span", { class: "mark", "aria-hidden": "true" }, "kg"),
        h("span", { class: "brand-name" }, short(this.graph.block.title, 60)),
      ),
      this.finder.element,
      nav,
      h(
        "div",
        { class: "tools" },
        h(
          "button",
          {
            type: "button",
            class: "rail-toggle",
            "aria-expanded": "false",
            "aria-controls": "rail",
            click: (event: MouseEvent) => {
              const open = document.body.classList.toggle("rail-open");
              (event.currentTarget as HTMLElement).setAttribute("aria-expanded", String(open));
            },
          },
          "Filters",
        ),
        h(
          "button",
          { type: "button", class: "glyph history", "aria-label": "Back", title: "Back", click: () => history.back() },
          "←",
        ),
        h(
          "button",
          {
            type: "button",
            class: "glyph history",
            "aria-label": "Forward",
            title: "Forward",
            click: () => history.forward(),
          },
          "→",
        ),
        shareMenu(this),
        h(
          "button",
          {
            type: "button",
            class: "glyph",
            "aria-label": "Light or dark",
            title: "Light or dark",
            click: () => this.theme(this.picture.theme === "light" ? "dark" : "light"),
          },
          "◐",
        ),
        h(
          "button",
          { type: "button", class: "glyph", "aria-label": "Help", title: "Help (?)", click: () => help(this.graph) },
          "?",
        ),
      ),
    );
    const zoom = (factor: number) => (): void => this.picture.zoomBy(factor);
    this.stage.append(
      this.canvas,
      this.nothing,
      this.tip,
      h(
        "div",
        { class: "zoom", role: "group", "aria-label": "Zoom" },
        h("button", { type: "button", "aria-label": "Zoom in", click: zoom(1.5) }, "+"),
        h("button", { type: "button", "aria-label": "Zoom out", click: zoom(1 / 1.5) }, "−"),
        h("button", { type: "button", "aria-label": "Show all", title: "Show all (0)", click: () => this.fit() }, "⤢"),
      ),
    );
    this.side.append(this.sideBody);
    this.main.append(this.stage, this.sheet);
    document.body.append(
      h(
        "a",
        {
          class: "skip",
          href: "#main",
          click: (event: Event) => {
            event.preventDefault();
            (this.view.tab === "map" ? this.canvas : this.sheet).focus();
          },
        },
        "Skip to the content",
      ),
      header,
      h("div", { class: "body" }, this.rail, this.main, this.side),
      this.status,
    );
    this.sheet.tabIndex = -1;
  }

  private theme(choice?: Theme): void {
    if (choice) this.themeChoice = choice;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = this.themeChoice ?? (dark ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    this.picture.setTheme(theme);
  }

  say(message: string): void {
    this.status.textContent = message;
    this.status.classList.add("on");
    clearTimeout(this.toasting);
    this.toasting = window.setTimeout(() => this.status.classList.remove("on"), 5000);
  }

  choose(question: string): Promise<number> {
    return choose(this.graph, () => this.search, question);
  }

  // The view

  update(change: Partial<View>, options: { step?: boolean } = {}): void {
    const before = this.view;
    this.view = { ...before, ...change };
    this.write(options.step ?? false);
    this.apply(before);
  }

  writeLink(): void {
    this.write(false);
  }

  /** Write the view into the URL: as a step of the history, or over the present one. */
  private write(step: boolean): void {
    clearTimeout(this.writing);
    const { camera } = this.picture;
    const view = { ...this.view, camera: this.view.camera };
    if (this.moved) view.camera = [camera.x, camera.y, this.picture.zoom];
    const hash = toHash(view);
    if (hash === this.written) return;
    this.written = hash;
    const url = hash || location.pathname + location.search;
    try {
      if (step) history.pushState(null, "", url);
      else history.replaceState(null, "", url);
    } catch {
      location.hash = hash; // about:srcdoc and some viewers have no history to write to
    }
  }

  private apply(before: View | null): void {
    const { view, graph } = this;
    const refiltered = !before || FILTERS.some((k) => JSON.stringify(before[k]) !== JSON.stringify(view[k]));
    if (refiltered) {
      const gone = [...view.focus, ...view.path, ...view.compare].filter((id) => graph.find(id) < 0);
      if (gone.length) {
        view.focus = view.focus.filter((id) => graph.find(id) >= 0);
        view.compare = view.compare.filter((id) => graph.find(id) >= 0);
        if (view.path.some((id) => graph.find(id) < 0)) view.path = [];
        this.say(`This link names “${short(gone[0]!, 60)}”, which this graph does not have`);
      }
      this.shown = filter(graph, view);
      this.picture.show(this.shown);
      this.filters.refresh();
      this.pathEdges =
        view.path.length === 2 ? path(graph, graph.find(view.path[0]!), graph.find(view.path[1]!), this.shown) : null;
      this.nothing.hidden = this.shown.nodeCount > 0;
      this.nothing.replaceChildren(
        graph.n
          ? h(
              "div",
              {},
              h("p", {}, "Nothing passes these filters."),
              h(
                "button",
                { type: "button", class: "primary", click: () => this.update(cleared(), { step: true }) },
                "Reset filters",
              ),
            )
          : h("p", {}, "This graph is empty."),
      );
    }
    if (view.node && graph.find(view.node) < 0) {
      this.say(`This link names “${short(view.node, 60)}”, which this graph does not have`);
      view.node = "";
    }
    if (view.edge && graph.findEdge(view.edge) < 0) {
      this.say("This link names an edge which this graph does not have");
      view.edge = "";
    }
    this.emphasise();
    for (const [name, button] of this.tabs) {
      if (name === view.tab) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    const compared = this.tabs.get("compare")!;
    compared.textContent = view.compare.length ? `Compare ${view.compare.length}` : "Compare";
    const map = view.tab === "map";
    this.stage.hidden = !map;
    this.sheet.hidden = map;
    document.body.dataset.tab = view.tab;
    if (map) this.sheet.replaceChildren();
    const chosen =
      !before ||
      ["node", "edge", "compare"].some(
        (k) => JSON.stringify(before[k as keyof View]) !== JSON.stringify(view[k as keyof View]),
      );
    // Sliders and typing come in bursts: one rendering of the panels a burst.
    const typing = !chosen && before && before.tab === view.tab && (view.query !== before.query || refiltered);
    clearTimeout(this.pending);
    if (typing) this.pending = window.setTimeout(() => this.panels(), 90);
    else this.panels();
    if (map && (refiltered || !before || before.tab !== "map" || before.camera !== view.camera)) this.place(before);
  }

  private panels(): void {
    const { view } = this;
    const scroll = this.sheet.scrollTop;
    const field =
      document.activeElement instanceof HTMLInputElement && this.sheet.contains(document.activeElement)
        ? [document.activeElement.selectionStart, document.activeElement.selectionEnd]
        : null;
    if (view.tab !== "map")
      this.sheet.replaceChildren(
        ...{ results: resultsTab, hardware: hardwareTab, compare: compareTab, table: tableTab }[view.tab](this),
      );
    this.sheet.scrollTop = scroll;
    if (field) {
      const input = this.sheet.querySelector<HTMLInputElement>("input[type=search]");
      input?.focus();
      input?.setSelectionRange(field[0] ?? null, field[1] ?? null);
    }
    this.sides();
  }

  /** Fill the side panel. */
  private sides(): void {
    const { graph, view } = this;
    const key = JSON.stringify([
      view.node,
      view.edge,
      view.path,
      view.focus,
      view.steps,
      view.compare,
      view.node || view.edge ? "" : FILTERS.map((k) => view[k]),
    ]);
    if (key === this.sidesShow) return;
    this.sidesShow = key;
    const node = view.node ? graph.find(view.node) : -1;
    const edge = view.edge ? graph.findEdge(view.edge) : -1;
    const held = this.sideBody.contains(document.activeElement);
    const parts: Node[] = [];
    if (node >= 0 || edge >= 0 || view.path.length)
      parts.push(
        h(
          "button",
          {
            type: "button",
            class: "close",
            "aria-label": "Close details",
            click: () => this.update({ node: "", edge: "", path: [] }, { step: true }),
          },
          "✕",
        ),
      );
    if (view.path.length === 2)
      parts.push(pathPanel(this, graph.find(view.path[0]!), graph.find(view.path[1]!), this.pathEdges));
    if (edge >= 0) parts.push(...edgePanel(this, edge));
    else if (node >= 0) parts.push(...nodePanel(this, node));
    else if (!view.path.length) parts.push(...overview(this));
    this.sideBody.replaceChildren(...parts);
    this.sideBody.scrollTop = 0;
    document.body.classList.toggle("chosen", node >= 0 || edge >= 0 || view.path.length > 0);
    if (held) (this.sideBody.querySelector("h2") as HTMLElement | null)?.focus({ preventScroll: true });
  }

  private emphasise(): void {
    const { graph, view, shown } = this;
    const emphasis = { nodes: [] as number[], edges: [] as number[], hover: -1, hoverEdge: -1 };
    const node = view.node ? graph.find(view.node) : -1;
    const edge = view.edge ? graph.findEdge(view.edge) : -1;
    if (this.pathEdges?.length && edge < 0) {
      emphasis.edges = this.pathEdges;
      let at = graph.find(view.path[0]!);
      emphasis.nodes = [at, ...this.pathEdges.map((e) => (at = graph.other(e, at)))];
    } else if (edge >= 0) {
      emphasis.edges = [edge];
      emphasis.nodes = [graph.source[edge]!, graph.target[edge]!];
    } else if (node >= 0) {
      // The strongest ties first: a hub has thousands.
      emphasis.edges = [...graph.edgesOf(node)]
        .filter((e) => shown.edges[e])
        .sort(
          (a, b) =>
            graph.support[b]! - graph.support[a]! ||
            graph.weight[graph.other(b, node)]! - graph.weight[graph.other(a, node)]!,
        );
      emphasis.nodes = [node, ...emphasis.edges.map((e) => graph.other(e, node))];
    }
    this.picture.emphasis = emphasis;
    this.picture.ask();
  }

  /** Put the camera where the view wants it. */
  private place(before: View | null): void {
    const { view, picture } = this;
    this.measureStage();
    if (view.camera) {
      const [x, y, zoom] = view.camera;
      const [w, hgt] = picture.size;
      picture.goTo({ x, y, scale: zoom * picture.scene.unit(w, hgt) }, false);
      this.moved = true;
      return;
    }
    const narrowed = view.focus.length > 0 || view.communities.length > 0 || this.pathEdges?.length;
    const changed =
      !before ||
      ["focus", "steps", "communities", "path", "camera"].some(
        (k) => JSON.stringify(before[k as keyof View]) !== JSON.stringify(view[k as keyof View]),
      );
    if (!before || (changed && (narrowed || before.focus.length || before.communities.length || before.path.length)))
      this.fit(!!before);
    if (!before && view.node && this.graph.find(view.node) >= 0) this.show(this.graph.find(view.node), false);
  }

  private fit(smooth = true): void {
    const pick = this.pathEdges?.length ? new Uint8Array(this.graph.n) : this.shown.nodes;
    if (this.pathEdges?.length) for (const i of this.picture.emphasis.nodes) pick[i] = 1;
    const whole = this.shown.nodeCount === this.graph.n && !this.pathEdges?.length;
    this.picture.fit(bounds(this.graph, pick), smooth, whole ? 0.92 : 0.78);
    this.moved = false;
  }

  private measureStage(): void {
    if (!this.stage.hidden) this.picture.resize(this.stage.clientWidth, this.stage.clientHeight);
  }

  /** Move the camera to a node and its neighbours, when they are out of sight or too small. */
  private show(node: number, smooth = true): void {
    const { picture, graph, shown } = this;
    if (!shown.nodes[node]) return;
    const near = within(graph, [node], 1, shown.edges);
    const box = bounds(graph, near);
    const [x, y] = picture.screen(node);
    const [w, hgt] = picture.size;
    const seen = x > w * 0.08 && y > hgt * 0.08 && x < w * 0.92 && y < hgt * 0.92;
    const zoom = picture.zoom;
    if (seen && zoom > 1.3) return;
    const unit = picture.scene.unit(w, hgt);
    const scale = Math.max(
      Math.min(picture.scene.fit(box, w, hgt).scale, unit * 6),
      unit * 1.4,
      seen || !smooth ? 0 : picture.camera.scale,
    );
    picture.goTo({ x: graph.x[node]!, y: graph.y[node]!, scale }, smooth);
  }

  open(node: number): void {
    const hidden = !this.shown.nodes[node];
    const change: Partial<View> = { node: this.graph.id(node), edge: "" };
    const type = this.graph.typeName(node);
    if (hidden && this.view.hideTypes.includes(type)) change.hideTypes = this.view.hideTypes.filter((t) => t !== type);
    this.update(change, { step: true });
    if (!this.shown.nodes[node]) this.say("The filters hide it from the map");
    if (this.view.tab === "map") this.show(node);
    this.announce(node);
  }

  /** For screen readers alone. */
  private announce(node: number): void {
    this.status.classList.remove("on");
    this.status.textContent = `${this.graph.typeName(node)} ${short(this.graph.name(node), 80)}`;
  }

  openEdge(edge: number): void {
    this.update({ edge: this.graph.edgeKey(edge) }, { step: true });
  }

  // Hands

  private wire(): void {
    const { picture } = this;
    picture.onMove = () => {
      this.moved = true;
      this.tip.hidden = true;
      clearTimeout(this.writing);
      this.writing = window.setTimeout(() => this.write(false), 350);
    };
    new ResizeObserver(() => this.measureStage()).observe(this.stage);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.theme());
    window.addEventListener("popstate", () => {
      if (location.hash === this.written) return;
      const before = this.view;
      this.written = location.hash;
      this.view = fromHash(location.hash);
      this.apply(before);
    });

    hands(picture, {
      hover: (x, y) => this.hover(x, y),
      click: (x, y) => this.click(x, y),
      open: (node) => this.open(node),
    });
    document.addEventListener("keydown", (event) => {
      const typing =
        event.target instanceof HTMLElement &&
        (event.target.matches("input, select, textarea") || event.target.closest("dialog"));
      if (event.key === "Escape" && !document.querySelector("dialog")) {
        if (document.body.classList.contains("rail-open")) document.body.classList.remove("rail-open");
        else if (!typing && (this.view.node || this.view.edge || this.view.path.length))
          this.update({ node: "", edge: "", path: [] }, { step: true });
        return;
      }
      if (typing || event.altKey || event.ctrlKey || event.metaKey) return;
      const tab = TABS[Number(event.key) - 1];
      if (event.key === "/") {
        event.preventDefault();
        this.finder.input.focus();
      } else if (event.key === "?") help(this.graph);
      else if (event.key === "0" && this.view.tab === "map") this.fit();
      else if (tab) this.update({ tab, query: "" }, { step: true });
    });
  }

  private hover(x: number, y: number): void {
    const { picture, graph } = this;
    const node = picture.nodeAt(x, y);
    const edge = node < 0 && x >= 0 ? picture.edgeAt(x, y) : -1;
    const { emphasis } = picture;
    if (emphasis.hover !== node || emphasis.hoverEdge !== edge) {
      picture.emphasis = { ...emphasis, hover: node, hoverEdge: edge };
      picture.ask();
    }
    this.canvas.classList.toggle("over", node >= 0 || edge >= 0);
    this.tip.hidden = node < 0 && edge < 0;
    if (!this.tip.hidden) {
      this.tip.replaceChildren(...(node >= 0 ? nodeTip(graph, node) : edgeTip(graph, edge)));
      const [w, hgt] = picture.size;
      this.tip.style.insetInlineStart = `${Math.min(x + 14, w - Math.min(this.tip.offsetWidth, w) - 6)}px`;
      this.tip.style.insetBlockStart = `${y + 18 + this.tip.offsetHeight > hgt ? y - this.tip.offsetHeight - 8 : y + 18}px`;
    }
  }

  private click(x: number, y: number): void {
    const node = this.picture.nodeAt(x, y, 8);
    const edge = node < 0 ? this.picture.edgeAt(x, y, 6) : -1;
    if (node >= 0) this.update({ node: this.graph.id(node), edge: "" }, { step: true });
    else if (edge >= 0) this.openEdge(edge);
    else if (this.view.node || this.view.edge) this.update({ node: "", edge: "" }, { step: true });
  }

  async start(): Promise<void> {
    this.measureStage();
    this.apply(null);
    this.written = location.hash;
    if (this.view.tab === "map" && this.graph.n) await this.picture.ready;
  }
}

const explorer = new Explorer(load(document));
void explorer.start().then(() => {
  performance.mark("kg-ready");
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
});
// For tests and benchmarks: frames drawn, what is shown, and when the picture is still.
Object.assign(window, {
  kgExplorer: {
    frames: () => explorer.picture.frames,
    settled: () => explorer.picture.settled(),
    view: () => explorer.view,
    shown: () => [explorer.shown.nodeCount, explorer.shown.edgeCount],
    screen: (id: string) => explorer.picture.screen(explorer.graph.find(id)),
    edge: (from: string, to: string) => [from, to].map((id) => explorer.picture.screen(explorer.graph.find(id))),
  },
});
