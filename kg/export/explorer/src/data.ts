/** The graph as the page holds it: one typed array per column, neighbours as one sorted list of edges.

The format ("kg-explorer/1") is written by kg/export/html.py; its docstring describes every column. */

export interface GraphBlock {
  format: string;
  title: string;
  base: string;
  made: Record<string, string>;
  types: string[];
  relations: string[];
  classes: string[];
  communities: string[];
  vocabulary: { types: Record<string, string>; relations: Record<string, string> };
  /** Web page of each kind of outside id, with {} for the id. */
  outside: Record<string, string>;
  nodes: {
    id: string[];
    name: string[];
    type: number[];
    x: number[];
    y: number[];
    community: number[];
    papers: number[];
    date: string[];
    class: number[];
    aliases: Record<string, string[]>;
    ids: Record<string, Record<string, string>>;
    url: Record<string, string>;
  };
  edges: { source: number[]; target: number[]; type: number[]; confidence: number[]; support: number[] };
  claims: { edge: number[]; paper: number[]; confidence: number[] };
  results: {
    id: string[];
    paper: number[];
    subject: number[];
    metric: number[];
    measure: string[];
    value: number[];
    high: (number | null)[];
    unit: string[];
    kind: string[];
    baseline: number[];
    dataset: number[];
    task: number[];
    hardware: number[];
    direction: string[];
    confidence: number[];
  };
}

/** Words: `words` holds for each claim, then for each result, [sentence, start, end, ...]. */
export interface EvidenceBlock {
  sentences: { paper: number[]; start: number[]; text: string[] };
  claims: number[][];
  results: number[][];
}

export interface Words {
  text: string;
  /** Where the sentence begins in the paper's text, in code points. */
  offset: number;
  /** The words themselves, in code points of `text`. */
  start: number;
  end: number;
}

export interface Claim {
  paper: number;
  confidence: number;
  words: Words[];
}

/** Months since year 0, or -1: "2021" counts as its January. */
export function month(date: string): number {
  const found = /^(\d{4})(?:-(\d{2}))?/.exec(date);
  return found ? Number(found[1]) * 12 + (found[2] ? Number(found[2]) - 1 : 0) : -1;
}

export class Graph {
  readonly n: number;
  readonly m: number;
  readonly type: Uint8Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly community: Uint16Array;
  readonly papers: Uint32Array;
  readonly month: Int32Array;
  readonly class: Int16Array;
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  readonly relation: Uint8Array;
  readonly confidence: Uint8Array;
  readonly support: Uint32Array;
  /** Edges of node i: `around[first[i] .. first[i + 1]]`. */
  readonly first: Uint32Array;
  readonly around: Uint32Array;
  /** Claims of edge e: `claims.*[claim[e] .. claim[e + 1]]`. */
  readonly claim: Uint32Array;
  /** Nodes by falling weight: what is named first when there is little room. */
  readonly order: Uint32Array;
  readonly weight: Float32Array;
  /** Place of a node in `order`. */
  readonly PAPER: number;
  readonly HARDWARE: number;
  private index: Map<string, number> | undefined;
  private evidence: EvidenceBlock | undefined;

  constructor(
    readonly block: GraphBlock,
    private readonly loadEvidence: () => EvidenceBlock,
  ) {
    const { nodes, edges } = block;
    this.n = nodes.id.length;
    this.m = edges.source.length;
    this.type = Uint8Array.from(nodes.type);
    this.x = Float32Array.from(nodes.x);
    this.y = Float32Array.from(nodes.y);
    this.community = Uint16Array.from(nodes.community);
    this.papers = Uint32Array.from(nodes.papers);
    this.month = Int32Array.from(nodes.date, month);
    this.class = Int16Array.from(nodes.class);
    this.source = Uint32Array.from(edges.source);
    this.target = Uint32Array.from(edges.target);
    this.relation = Uint8Array.from(edges.type);
    this.confidence = Uint8Array.from(edges.confidence);
    this.support = Uint32Array.from(edges.support);
    this.PAPER = block.types.indexOf("Paper");
    this.HARDWARE = block.types.indexOf("Hardware");

    const first = new Uint32Array(this.n + 1);
    for (let e = 0; e < this.m; e++) {
      first[this.source[e]! + 1]!++;
      first[this.target[e]! + 1]!++;
    }
    for (let i = 0; i < this.n; i++) first[i + 1]! += first[i]!;
    const fill = first.slice();
    this.around = new Uint32Array(2 * this.m);
    for (let e = 0; e < this.m; e++) {
      this.around[fill[this.source[e]!]!++] = e;
      this.around[fill[this.target[e]!]!++] = e;
    }
    this.first = first;

    this.claim = new Uint32Array(this.m + 1);
    for (const e of block.claims.edge) this.claim[e + 1]!++;
    for (let e = 0; e < this.m; e++) this.claim[e + 1]! += this.claim[e]!;

    this.weight = new Float32Array(this.n);
    for (let i = 0; i < this.n; i++) {
      const degree = first[i + 1]! - first[i]!;
      const t = this.type[i];
      this.weight[i] =
        t === this.PAPER
          ? 0.4 + degree / 1000
          : this.papers[i]! * (t === this.HARDWARE ? 1.5 : 1) + Math.min(degree, 999) / 1000;
    }
    this.order = Uint32Array.from({ length: this.n }, (_, i) => i).sort(
      (a, b) => this.weight[b]! - this.weight[a]! || a - b,
    );
  }

  /** Look up a node by its id; -1 when the graph does not have it. */
  find(id: string): number {
    this.index ??= new Map(this.block.nodes.id.map((v, i) => [v, i]));
    return this.index.get(id) ?? -1;
  }

  id(node: number): string {
    return this.block.nodes.id[node]!;
  }

  name(node: number): string {
    return this.block.nodes.name[node]!;
  }

  typeName(node: number): string {
    return this.block.types[this.type[node]!]!;
  }

  relationName(edge: number): string {
    return this.block.relations[this.relation[edge]!]!;
  }

  aliases(node: number): string[] {
    return this.block.nodes.aliases[node] ?? [];
  }

  degree(node: number): number {
    return this.first[node + 1]! - this.first[node]!;
  }

  edgesOf(node: number): Uint32Array {
    return this.around.subarray(this.first[node]!, this.first[node + 1]!);
  }

  /** The other end of an edge. */
  other(edge: number, node: number): number {
    return this.source[edge] === node ? this.target[edge]! : this.source[edge]!;
  }

  /** Name an edge by its ends: what a permalink holds. */
  edgeKey(edge: number): string {
    return `${this.id(this.source[edge]!)} ${this.relationName(edge)} ${this.id(this.target[edge]!)}`;
  }

  findEdge(key: string): number {
    const [from = "", relation = "", to = ""] = key.split(" ");
    const node = this.find(from);
    if (node < 0) return -1;
    for (const e of this.edgesOf(node))
      if (this.source[e] === node && this.relationName(e) === relation && this.id(this.target[e]!) === to) return e;
    return -1;
  }

  private words(flat: number[] | undefined): Words[] {
    const { sentences } = this.sentences();
    const found: Words[] = [];
    for (let i = 0; flat && i + 2 < flat.length; i += 3) {
      const sentence = flat[i]!;
      found.push({
        text: sentences.text[sentence]!,
        offset: sentences.start[sentence]!,
        start: flat[i + 1]!,
        end: flat[i + 2]!,
      });
    }
    return found;
  }

  private sentences(): EvidenceBlock {
    return (this.evidence ??= this.loadEvidence());
  }

  /** Say which papers claim an edge, with their words. */
  claims(edge: number): Claim[] {
    const { paper, confidence } = this.block.claims;
    const found: Claim[] = [];
    for (let c = this.claim[edge]!; c < this.claim[edge + 1]!; c++)
      found.push({ paper: paper[c]!, confidence: confidence[c]!, words: this.words(this.sentences().claims[c]) });
    return found;
  }

  resultWords(result: number): Words[] {
    return this.words(this.sentences().results[result]);
  }
}

/** Read the two data blocks of the page; the words are read when first asked for. */
export function load(document: Document): Graph {
  const read = (id: string): unknown => JSON.parse(document.getElementById(id)!.textContent!);
  return new Graph(read("kg-graph") as GraphBlock, () => read("kg-evidence") as EvidenceBlock);
}
