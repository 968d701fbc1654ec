// The page of `kg serve`: YASGUI on this server's endpoint, the named questions as examples, and plain words.
// Completions come from this server; YASGUI's own ask prefix.cc and LOV, which would leave the machine.
import Yasgui from "@zazuko/yasgui";
import "@zazuko/yasgui/build/yasgui.min.css";
import "./style.css";

interface Question {
  name: string;
  title: string;
  help: string;
  sparql: string;
}

interface Terms {
  prefixes: Record<string, string>;
  classes: string[];
  properties: string[];
}

async function json<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json() as Promise<T>;
}

function element<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

const terms = json<Terms>("/api/terms");
const completers = Yasgui.Yasqe.Autocompleters;
completers.prefixes.get = async () => Object.entries((await terms).prefixes).map(([name, iri]) => `${name}: <${iri}>`);
completers.prefixes.persistenceId = undefined;
completers.class.get = async (_, token) => matching((await terms).classes, token?.autocompletionString);
completers.property.get = async (_, token) => matching((await terms).properties, token?.autocompletionString);

function matching(iris: string[], begun = ""): string[] {
  return iris.filter((iri) => iri.startsWith(begun) || iri.split(/[#/]/).pop()!.startsWith(begun));
}

const FIRST = `SELECT ?name (COUNT(?paper) AS ?papers) WHERE {
  ?paper kg:targets ?hardware .
  ?hardware skos:prefLabel ?name .
}
GROUP BY ?name
ORDER BY DESC(?papers) ?name
LIMIT 20`;

const editor = new Yasgui(element("editor"), {
  requestConfig: { endpoint: new URL("/sparql", location.href).href, method: "POST" },
  copyEndpointOnNewTab: true,
  endpointCatalogueOptions: { getData: () => [], keys: [], renderItem: () => undefined },
  yasqe: { value: FIRST, createShareableLink: undefined },
  persistenceId: "kg-query",
});

function open(name: string, query: string): void {
  const tab = editor.addTab(true, { name, yasqe: { value: query } });
  tab.getYasqe().query().catch(() => undefined); // the tab itself shows what is wrong
}

async function list(): Promise<void> {
  const { questions } = await json<{ questions: Question[] }>("/api/questions");
  const place = element<HTMLUListElement>("questions");
  for (const question of questions) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = question.title;
    button.title = question.help;
    button.addEventListener("click", () => open(question.name, question.sparql));
    const item = document.createElement("li");
    item.dataset.text = `${question.name} ${question.title} ${question.help}`.toLowerCase();
    item.append(button);
    place.append(item);
  }
  element<HTMLInputElement>("filter").addEventListener("input", (event) => {
    const wanted = (event.target as HTMLInputElement).value.toLowerCase();
    for (const item of place.children) (item as HTMLElement).hidden = !(item as HTMLElement).dataset.text!.includes(wanted);
  });
}

element<HTMLFormElement>("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = new FormData(event.target as HTMLFormElement).get("q") as string;
  const place = element<HTMLOutputElement>("understood");
  try {
    const { understood } = await json<{ understood: { question: string; values: Record<string, string>; sparql: string } }>(
      `/api/ask?q=${encodeURIComponent(text)}`,
    );
    const given = Object.entries(understood.values).map(([name, value]) => `${name}: ${value}`);
    place.textContent = `understood: ${[understood.question, ...given].join(", ")}`;
    open(understood.question, understood.sparql);
  } catch (error) {
    place.textContent = (error as Error).message;
  }
});

void list();
