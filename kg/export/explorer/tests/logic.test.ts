import { describe, expect, it } from "vitest";
import { Graph, month } from "../src/data";
import { count, plural, short } from "../src/dom";
import { tally } from "../src/ground";
import { filter, path, within } from "../src/filter";
import { lines, Taken } from "../src/labels";
import { colour } from "../src/look";
import { Scene } from "../src/scene";
import { cell, csv, graphml, iri, literal, turtle, xml } from "../src/save";
import { fold, initials, Search } from "../src/search";
import { fromHash, START, toHash } from "../src/state";
import { make, TYPES, view } from "./make";

const graph = make();
const ids = (shown: Uint8Array): string[] => [...shown].flatMap((v, i) => (v ? [graph.id(i)] : []));

describe("data", () => {
  it("gives each node its edges, each edge its claims with words", () => {
    expect([...graph.edgesOf(2)]).toEqual([0, 2, 4]);
    const [first, second] = graph.claims(4);
    expect(first!.words.map((w) => [...w.text].slice(w.start, w.end).join(""))).toEqual(["𝕍iT", "FPGA"]);
    expect(second!.paper).toBe(1);
  });
  it("names edges by their ends, and finds them again", () => {
    for (let e = 0; e < graph.m; e++) expect(graph.findEdge(graph.edgeKey(e))).toBe(e);
    expect(graph.findEdge("paper/a introduces nothing")).toBe(-1);
    expect(graph.findEdge("")).toBe(-1);
  });
  it.each([
    ["2021", 24252],
    ["2021-03", 24254],
    ["2021-03-27", 24254],
    ["", -1],
    ["soon", -1],
  ])("reads the month of %j", (date, m) => {
    expect(month(date)).toBe(m);
  });
});

describe("search", () => {
  const search = new Search(graph);
  it.each([
    ["vit", "architecture/vit"],
    ["ViTs", "architecture/vit"],
    ["VISION TR", "architecture/vit"],
    ["transformer", "architecture/vit"],
    ["pim", "hardware/pim"],
    ["memory", "paper/b"],
    ["on fpgas", "paper/a"],
    ["עדה", "author/ada"],
  ])("finds %j", (text, id) => expect(graph.id(search.find(text)[0]!.node)).toBe(id));
  it("says which form matched", () => expect(search.find("vit")[0]!.as).toBe("ViT"));
  it("finds nothing for nothing", () =>
    expect([search.find(""), search.find("  "), search.find("zzz")]).toEqual([[], [], []]));
  it.each([
    ["Processing-in-Memory", "pim"],
    ["Vision Transformer", "vt"],
    ["GraphSage", "gs"],
  ])("takes initials of %j", (name, short) => expect(initials(name)).toBe(short));
  it("folds accents and width", () => expect(fold(" Ｖïsion\n X ")).toBe("vision x"));
});

describe("filter", () => {
  it("lets everything through at first", () => {
    const shown = filter(graph, view());
    expect([shown.nodeCount, shown.edgeCount]).toEqual([6, 5]);
    expect(shown.counts.types).toEqual([2, 1, 1, 2]);
    expect(shown.counts.classes).toEqual([1, 1]);
  });
  it("hides types, and the edges of what is hidden", () => {
    const shown = filter(graph, view({ hideTypes: ["Hardware"] }));
    expect([shown.nodeCount, shown.edgeCount]).toEqual([4, 2]);
    expect(shown.counts.types[3]).toBe(2); // what choosing it again would give
  });
  it("follows the papers of a time", () => {
    const shown = filter(graph, view({ from: month("2022"), to: month("2024") }));
    expect(ids(shown.nodes)).toEqual(["paper/b", "architecture/vit", "hardware/pim"]);
  });
  it("follows the papers of a hardware class", () => {
    expect(ids(filter(graph, view({ classes: ["FPGA"] })).nodes)).toEqual([
      "paper/a",
      "architecture/vit",
      "hardware/fpga",
    ]);
  });
  it("drops uncertain edges and what then hangs loose", () => {
    const shown = filter(graph, view({ confidence: 90 }));
    expect(ids(shown.nodes)).toContain("author/ada"); // had no edge to lose
    expect(shown.edgeCount).toBe(3);
  });
  it("asks for support", () =>
    expect(ids(filter(graph, view({ support: 2 })).nodes)).toEqual(["paper/a", "paper/b", "architecture/vit"]));
  it("chooses communities", () =>
    expect(ids(filter(graph, view({ communities: ["Memory"] })).nodes)).toEqual(["paper/b", "hardware/pim"]));
  it("keeps within steps of the focus", () => {
    expect(ids(filter(graph, view({ focus: ["hardware/pim"] })).nodes)).toEqual(["paper/b", "hardware/pim"]);
    expect(ids(filter(graph, view({ focus: ["hardware/pim"], steps: 2 })).nodes)).toEqual([
      "paper/b",
      "architecture/vit",
      "hardware/pim",
    ]);
  });
  it("finds the shortest path, or none", () => {
    const shown = filter(graph, view());
    expect(path(graph, 4, 3, shown)!.map((e) => graph.relationName(e))).toEqual(["targets", "uses", "runs_on"]);
    expect(path(graph, 4, 5, shown)).toBeNull();
    expect(path(graph, 4, 4, shown)).toEqual([]);
    expect(path(graph, -1, 4, shown)).toBeNull();
    expect([...within(graph, [4], 0, shown.edges)].reduce((a, b) => a + b)).toBe(1);
  });
});

describe("permalink", () => {
  it("is empty at the start", () => expect(toHash(START)).toBe(""));
  it("brings every part of a view back", () => {
    const whole = view({
      tab: "results",
      node: "hardware/a b",
      edge: "paper/a uses x/y",
      hideTypes: [],
      hideRelations: ["uses"],
      classes: ["A|B", "50%"],
      communities: ["Vision · ✓"],
      from: 24252,
      to: 24300,
      confidence: 40,
      support: 3,
      focus: ["a/b"],
      steps: 2,
      path: ["a", "b"],
      compare: ["c"],
      task: "t",
      dataset: "d",
      metric: "m",
      sort: "-value",
      plot: "scatter",
      rows: "relations",
      query: "q&=#",
      camera: [1, -2, 1.5],
    });
    expect(fromHash(toHash(whole))).toEqual(whole);
  });
  it.each([
    "#tab=nope&steps=99&confidence=-4&support=x&camera=1,2",
    "#%E2%",
    "#focus=%25E2",
    "######",
    "#camera=NaN,1,1",
  ])("makes do with %j", (hash) => {
    const read = fromHash(hash);
    expect([read.tab, read.confidence, read.support, read.camera]).toEqual(["map", 0, 1, null]);
  });
});

describe("saving", () => {
  const shown = filter(graph, view());
  it("writes GraphML that a parser reads", () => {
    const text = graphml(graph, shown);
    expect(text.match(/<node /g)!.length).toBe(6);
    expect(new Set(text.match(/<edge id="[^"]+"/g)).size).toBe(5);
    expect(text).toContain("Memory &#60;/script&#62;");
    expect(xml("\u0000<&\"'\ud800\uffff𝕍")).toBe("&#60;&#38;&#34;&#39;𝕍");
  });
  it("writes CSV, a row a claim, and no formulas", () => {
    const rows = csv(graph, shown).trimEnd().split("\n");
    expect(rows.length).toBe(1 + 6);
    expect(csv(graph, shown)).toContain("'=PIM(1)");
    expect(csv(graph, shown)).toContain('"𝕍iT runs, ""well"", on FPGAs"');
    expect([cell(1.5), cell("+a"), cell("a\nb")]).toEqual(["1.5", "'+a", '"a\nb"']);
  });
  it("writes Turtle", () => {
    const text = turtle(graph, shown);
    expect(text).toContain(
      '<https://example.org/architecture/vit> a <https://example.org/o#Architecture> ;\n    rdfs:label "Vision Transformer" ;\n    skos:altLabel "ViT"',
    );
    expect(literal('a"\\\n\u0001')).toBe('"a\\"\\\\\\n"');
    expect(iri("https://e.org/a b<>")).toBe("<https://e.org/a%20b%3C%3E>");
  });
});

describe("drawing", () => {
  it("never lets labels overlap", () => {
    const taken = new Taken();
    expect(taken.take({ left: 0, right: 100, top: 0, bottom: 20 })).toBe(true);
    expect(taken.take({ left: 99, right: 199, top: 19, bottom: 39 })).toBe(false);
    expect(taken.take({ left: 100, right: 200, top: 0, bottom: 20 })).toBe(true);
    expect(taken.take({ left: -500, right: 500, top: 5, bottom: 6 })).toBe(false);
  });
  it("keeps labels of a crowd apart, at every zoom", () => {
    const crowd = make();
    const { nodes } = crowd.block;
    const many = Array.from({ length: 400 }, (_, i) => i);
    Object.assign(nodes, {
      id: many.map((i) => `architecture/n${i}`),
      name: many.map((i) => "Name ".repeat(1 + (i % 4)) + i),
      type: many.map(() => 2),
      x: many.map((i) => (i * 7919) % 1000),
      y: many.map((i) => (i * 104729) % 1000),
      community: many.map((i) => i % 2),
      papers: many.map((i) => 1 + (i % 9) ** 2),
      date: many.map(() => ""),
      class: many.map(() => -1),
    });
    for (const part of [crowd.block.edges, crowd.block.claims])
      for (const column of Object.values(part)) column.length = 0;
    const graph = new Graph(crowd.block, () => ({
      sentences: { paper: [], start: [], text: [] },
      claims: [],
      results: [],
    }));
    const scene = new Scene(graph);
    const measure = (text: string, size: number): number => text.length * size * 0.55;
    for (const zoom of [1, 3]) {
      const camera = { x: 500, y: 500, scale: 0.7 * zoom };
      const labels = scene.labels(filter(graph, view()), camera, 800, 700, zoom, measure);
      expect(labels.length).toBeGreaterThan(10);
      labels.forEach((a, i) =>
        labels.slice(i + 1).forEach((b) => {
          const wide = (measure(a.text, a.size) + measure(b.text, b.size)) / 2;
          const apart = Math.abs(a.x - b.x) >= wide || Math.abs(a.y - b.y) >= (a.size + b.size) / 2;
          expect(apart, `${a.text} / ${b.text}`).toBe(true);
        }),
      );
    }
  });
  it("counts the pixels of a line, clipped", () => {
    const cells = new Uint16Array(100);
    expect(tally(cells, 10, 10, -5, 5, 15, 5)).toBeGreaterThan(8);
    expect([...cells].flatMap((v, i) => (v ? [Math.floor(i / 10)] : [])).every((row) => row === 5)).toBe(true);
    expect(tally(cells, 10, 10, -5, -5, -1, 20)).toBe(0);
    expect(tally(cells, 10, 10, 3, 3, 3, 3)).toBe(1);
  });
  it("breaks headings", () =>
    expect(lines("object detection · semantic segmentation", 20)).toEqual([
      "object detection ·",
      "semantic",
      "segmentation",
    ]));
  it("has a colour of 3:1 or more for every type, in both themes", () => {
    const luminance = (hex: string): number => {
      const [r, g, b] = [1, 3, 5]
        .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a: string, b: string): number => {
      const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
      return (x + 0.05) / (y + 0.05);
    };
    for (const type of [...TYPES, "Method", "Task", "Dataset", "Metric", "Venue", "Else"]) {
      expect(contrast(colour(type, "light"), "#fbfaf7"), type).toBeGreaterThanOrEqual(3);
      expect(contrast(colour(type, "dark"), "#14161b"), type).toBeGreaterThanOrEqual(3);
    }
  });
});

describe("words", () => {
  it("shortens by code points", () => expect(short("𝕍𝕍𝕍𝕍𝕍𝕍", 4)).toBe("𝕍𝕍𝕍…"));
  it.each([
    [1234, "1,234"],
    [0.0125, "0.0125"],
    [1e20, "1 × 10²⁰"],
    [3.14e12, "3.14 × 10¹²"],
  ])("writes %d", (n, text) => expect(count(n)).toBe(text));
  it("counts in words", () => expect([plural(1, "paper"), plural(2, "paper")]).toEqual(["1 paper", "2 papers"]));
});
