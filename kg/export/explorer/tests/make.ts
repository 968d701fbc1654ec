/** A small graph: two papers, four things, five edges. */
import { Graph, type EvidenceBlock, type GraphBlock } from "../src/data";
import { START, type View } from "../src/state";

const RELATIONS = ["introduces", "targets", "uses", "runs_on", "broader"];
const NODES: [string, string, string, number, string, number][] = [
  ["paper/a", "A Vision Transformer on FPGAs", "Paper", 1, "2021-03", -1],
  ["paper/b", "Memory </script><b>does</b> the work", "Paper", 1, "2023", -1],
  ["architecture/vit", "Vision Transformer", "Architecture", 2, "", -1],
  ["hardware/fpga", "FPGA", "Hardware", 1, "", 0],
  ["hardware/pim", "Processing-in-Memory", "Hardware", 1, "", 1],
  ["author/ada", "עדה", "Author", 1, "", -1],
];
const EDGES: [number, string, number, number, number][] = [
  [0, "introduces", 2, 90, 1],
  [0, "targets", 3, 60, 1],
  [1, "uses", 2, 80, 1],
  [1, "targets", 4, 95, 1],
  [2, "runs_on", 3, 99, 2],
];

export const TYPES = ["Paper", "Author", "Architecture", "Hardware"];

export function make(): Graph {
  const column = <K extends number>(k: K): unknown[] => NODES.map((n) => n[k]);
  const block = {
    format: "kg-explorer/1",
    title: "Two papers",
    base: "https://example.org/",
    made: {},
    types: TYPES,
    relations: RELATIONS,
    classes: ["FPGA", "Process in memory"],
    communities: ["Vision", "Memory"],
    vocabulary: {
      types: Object.fromEntries(TYPES.map((t) => [t, `https://example.org/o#${t}`])),
      relations: Object.fromEntries(RELATIONS.map((r) => [r, `https://example.org/o#${r}`])),
    },
    outside: {},
    nodes: {
      id: column(0),
      name: column(1),
      type: NODES.map((n) => TYPES.indexOf(n[2])),
      papers: column(3),
      date: column(4),
      class: column(5),
      x: [0, 100, 50, 20, 120, 0],
      y: [0, 0, 50, 80, 80, 200],
      community: [0, 1, 0, 0, 1, 0],
      aliases: { 2: ["ViT", "ViTs"], 4: ["PIM"] },
      ids: {},
      url: {},
    },
    edges: {
      source: EDGES.map((e) => e[0]),
      target: EDGES.map((e) => e[2]),
      type: EDGES.map((e) => RELATIONS.indexOf(e[1])),
      confidence: EDGES.map((e) => e[3]),
      support: EDGES.map((e) => e[4]),
    },
    claims: { edge: [0, 1, 2, 3, 4, 4], paper: [0, 0, 1, 1, 0, 1], confidence: [90, 60, 80, 95, 90, 90] },
    results: {
      id: [],
      paper: [],
      subject: [],
      metric: [],
      measure: [],
      value: [],
      high: [],
      unit: [],
      kind: [],
      baseline: [],
      dataset: [],
      task: [],
      hardware: [],
      direction: [],
      confidence: [],
    },
  } as unknown as GraphBlock;
  const evidence: EvidenceBlock = {
    sentences: { paper: [0, 1], start: [0, 0], text: ['𝕍iT runs, "well", on FPGAs', "=PIM(1)"] },
    claims: [
      [0, 0, 3],
      [0, 21, 25],
      [1, 0, 0],
      [1, 1, 4],
      [0, 0, 3, 0, 21, 25],
      [1, 0, 0],
    ],
    results: [],
  };
  return new Graph(block, () => evidence);
}

export function view(change: Partial<View> = {}): View {
  return { ...START, hideTypes: [], ...change };
}
