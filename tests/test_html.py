"""The explorer in a real browser: every row of what it promises, offline, with hostile data."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx
import pytest
import rdflib
from makers import BERT, VIT, lacking, make_findings

import kg
from kg.errors import KgError, UnknownName
from kg.export import html
from kg.graph import KnowledgeGraph
from kg.schema import BASE
from kg.types import Findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EXPLORER = Path(html.__file__).with_name("explorer")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-software-rasterizer",  # no WebGL: none is needed
]  # fmt: skip


SCRIPTS = "<script>window.hacked = 1</script><img src=x onerror='window.hacked=2'>"
HOSTILE = make_findings(
    f"{SCRIPTS} & \"quotes\" ' 😀 {'very long title ' * 70}",
    "</script><script>window.hacked = 3</script> runs on מעבד עברי and on NPU<b>5</b>. -->",
    ["Hardware targets מעבד עברי", "Hardware targets NPU<b>5</b>",
     "Method uses </script><script>window.hacked = 3</script>"],
    url="javascript:window.hacked=4", date="2022-05-01", ids={"doi": "10.1/<x>\"'"},
)  # fmt: skip


@pytest.fixture(scope="session")
def built() -> None:
    if not (EXPLORER / "dist" / "explorer.js").exists():
        lacking("the built explorer (npm ci && npm run build in kg/export/explorer)")


@pytest.fixture(scope="module")  # its event loop would be in the way of other modules
def browser(built: None) -> Iterator[Browser]:
    if not CHROMIUM:
        lacking("a browser: chromium or google-chrome on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def write_page(tmp_path_factory: pytest.TempPathFactory, built: None) -> Callable[..., Path]:
    """Build a graph of findings and write its page, once for each set of findings."""
    folder = tmp_path_factory.mktemp("pages")
    made: dict[str, Path] = {}

    def write(*findings: Findings) -> Path:
        name = "-".join(f.paper.id for f in findings)[:60] or "empty"
        if name not in made:
            source = folder / f"{len(made)}.jsonl"
            source.write_text("".join(json.dumps(f.to_json()) + "\n" for f in findings), encoding="utf-8")
            with kg.build([source], folder / f"{len(made)}.kg") as graph:
                html.write_html(graph, folder / f"{len(made)}.html")
            made[name] = folder / f"{len(made)}.html"
        return made[name]

    return write


@pytest.fixture
def show(browser: Browser, write_page: Callable[..., Path]) -> Iterator[Callable[..., Page]]:
    """Open a page offline; at the end nothing may have been said to the console or asked of the network."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.set_offline(True)
    context.set_default_timeout(20_000)
    noise: list[str] = []

    def open_(*findings: Findings, hash: str = "", file: Path | None = None) -> Page:
        page = context.new_page()
        page.on("console", lambda m: noise.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: noise.append(str(e)))
        page.on("request", lambda r: noise.append(r.url) if not r.url.startswith(("file:", "data:", "blob:")) else None)
        page.goto((file or write_page(*findings)).as_uri() + hash)
        page.wait_for_selector("html[data-ready]", timeout=30_000)
        return page

    yield open_
    context.close()
    assert noise == []


@pytest.fixture
def page(show: Callable[..., Page]) -> Page:
    return show(VIT, BERT)


def until(page: Page, so: Callable[[], object]) -> None:
    """Wait until it is so, as a reader would: what follows a key or a click may come in a later turn of the browser."""
    last = time.monotonic() + 20
    while not so():
        assert time.monotonic() < last, "it did not become so in 20 s"
        page.wait_for_timeout(20)


def settle(page: Page, ms: int = 0) -> None:
    """Wait until the picture is still and what the page put off by less than `ms` is done, by the page's own clock."""
    page.evaluate("kgExplorer.settled()")
    page.evaluate("ms => new Promise(done => setTimeout(done, ms))", ms)


def find(page: Page, text: str) -> None:
    page.fill("header input", "")
    page.locator("header input").press_sequentially(text)
    page.wait_for_selector("header [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".side h2")


def heading(page: Page) -> str:
    return page.inner_text(".side h2").strip()


def tab(page: Page, name: str) -> None:
    page.click(f"nav button:has-text('{name}')")


def shown(page: Page) -> list[int]:
    found: list[int] = page.evaluate("kgExplorer.shown()")
    return found


# find


def test_find_by_name_alias_acronym_and_title(page: Page) -> None:
    for typed, name in (
        ("ViT", "Vision Transformer"),
        ("vita", "ViTA"),
        ("pim", "Processing-in-Memory"),
        ("u280", "Alveo U280"),
        ("bert in mem", "BERT in Memory"),
    ):
        find(page, typed)
        until(page, lambda name=name: heading(page) == name)


def test_suggestions_come_while_typing_and_by_keyboard(page: Page) -> None:
    page.locator("canvas").focus()
    page.keyboard.press("/")
    page.keyboard.type("v")
    options = page.locator("header [role=option]")
    until(page, lambda: options.count() > 1)
    page.keyboard.press("ArrowDown")
    second = options.nth(1)
    until(page, lambda: second.get_attribute("aria-selected") == "true")
    name = second.locator("bdi").first.inner_text()
    page.keyboard.press("Enter")
    until(page, lambda: heading(page) == name)
    page.locator("header input").press_sequentially("zzz")
    until(page, lambda: page.locator("header [role=listbox]").inner_text() == "Nothing is called that")


# filter


def test_filter_by_type_with_counts_and_legend(page: Page) -> None:
    before = shown(page)
    row = page.locator(".checks li", has_text="Hardware").first
    count = int(row.locator(".count").inner_text())
    assert count >= 4
    row.locator("input").uncheck()
    until(page, lambda: shown(page)[0] == before[0] - count)
    settle(page, 200)
    assert int(row.locator(".count").inner_text()) == count
    row.hover()
    row.locator(".only").click()
    until(page, lambda: shown(page)[0] == count)
    page.click("text=Reset filters")
    until(page, lambda: shown(page) == before)


def test_filter_by_relation_confidence_and_support(page: Page) -> None:
    before = shown(page)
    page.click("summary:has-text('Roles and relations')")
    page.locator(".checks li", has_text="runs on").locator("input").uncheck()
    until(page, lambda: shown(page)[1] == before[1] - 2)
    page.click("text=Reset filters")
    until(page, lambda: shown(page) == before)
    page.locator("input[type=range]").last.fill("2")
    until(page, lambda: shown(page)[0] < before[0])
    until(page, lambda: "support=2" in page.url)


def test_filter_by_year_hides_other_papers_and_what_follows_them(page: Page) -> None:
    page.get_by_label("To", exact=True).fill("0")
    until(page, lambda: "2021" in page.inner_text(".range"))
    find(page, "MemBERT")
    until(page, lambda: page.inner_text(".toast") != "")
    assert page.evaluate("kgExplorer.view().to") is not None


def test_filter_by_hardware_class_and_community(show: Callable[..., Page]) -> None:
    block = json.loads(page_block(show(VIT, BERT)))
    chosen = next(c for c in block["classes"] if c in ("FPGA", "Board"))
    page = show(VIT, BERT, hash=f"#classes={chosen}")
    assert shown(page)[0] < len(block["nodes"]["id"])
    page.click("summary:has-text('Communities')") if len(block["communities"]) > 1 else None
    page = show(VIT, BERT, hash=f"#communities={block['communities'][0]}")
    assert 0 < shown(page)[0] <= block["nodes"]["community"].count(0)


def page_block(page: Page) -> str:
    return page.locator("#kg-graph").text_content() or ""


def test_a_filter_that_leaves_nothing_says_so(show: Callable[..., Page]) -> None:
    page = show(VIT, hash="#from=3000&to=3001")
    assert page.inner_text(".nothing p") == "Nothing passes these filters."
    page.click(".nothing button")
    until(page, lambda: shown(page)[0] > 0)
    until(page, lambda: not page.is_visible(".nothing"))


# read


def test_read_a_thing_papers_by_role_aliases_and_numbers(page: Page) -> None:
    find(page, "ViTA")
    side = page.inner_text(".side")
    assert "Introduced by" in side
    assert "ViT on FPGA" in side
    assert "79.2 %" in side
    assert "Runs on" in side
    find(page, "Vision Transformer")
    assert "ViT" in page.inner_text(".chips")


def test_read_an_edge_its_words_marked(page: Page) -> None:
    find(page, "ViTA")
    page.locator(".tie", has_text="Alveo U280").locator(".words").click()
    until(page, lambda: page.inner_text(".relation") == "runs on")
    assert page.locator("blockquote mark").all_inner_texts() != []
    words = VIT.paper.text
    for quote in page.locator("blockquote").all_inner_texts():
        assert quote in words
    assert "Supported by 1 paper" in page.inner_text(".side")
    assert "%" in page.inner_text(".certainty >> nth=0")
    page.locator(".claims .node").first.click()
    until(page, lambda: heading(page) == "ViT on FPGA")


def test_click_a_node_in_the_picture(page: Page) -> None:
    settle(page)
    x, y = page.evaluate("kgExplorer.screen('architecture/vita')")
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + x, box["y"] + y)
    until(page, lambda: page.is_visible(".tip"))
    page.mouse.click(box["x"] + x, box["y"] + y)
    until(page, lambda: heading(page) == "ViTA")


def test_click_an_edge_in_the_picture(page: Page) -> None:
    settle(page)
    (ax, ay), (bx, by) = page.evaluate("kgExplorer.edge('architecture/membert', 'hardware/processing-in-memory')")
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + (ax + bx) / 2, box["y"] + (ay + by) / 2)
    until(page, lambda: page.inner_text(".relation") == "runs on")


# walk


def test_walk_focus_expand_back_and_forward(page: Page) -> None:
    everything = shown(page)[0]
    find(page, "MemBERT")
    page.click(".actions button:has-text('Focus')")
    until(page, lambda: 1 < shown(page)[0] < everything)
    near = shown(page)[0]
    page.click("[aria-label='Focus, 2 steps']")
    until(page, lambda: page.evaluate("kgExplorer.view().steps") == 2)
    far = shown(page)[0]
    assert far > near
    page.go_back()
    until(page, lambda: shown(page)[0] == near)
    page.go_forward()
    until(page, lambda: shown(page)[0] == far)
    page.click("[aria-label='Focus, 1 step']")
    until(page, lambda: shown(page)[0] == near)
    page.locator(".side .node", has_text="BERT").first.click()
    page.click(".actions button:has-text('Expand')")
    until(page, lambda: len(page.evaluate("kgExplorer.view().focus")) == 2)


def test_path_between_two_things(page: Page) -> None:
    find(page, "ViTA")
    page.click("text=Path to …")
    page.locator("dialog input").press_sequentially("GPU")
    page.wait_for_selector("dialog [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".path")
    assert page.locator(".path > li").all_inner_texts()[0].strip() == "ViTA"
    assert "GPU" in page.locator(".path > li").last.inner_text()
    page.locator(".hop").first.click()
    until(page, lambda: page.locator("blockquote").count() > 0)
    find(page, "MemBERT")
    page.click("text=Path to …")
    page.wait_for_selector("dialog")
    page.keyboard.press("Escape")
    until(page, lambda: page.locator("dialog").count() == 0)
    assert page.evaluate("kgExplorer.view().node") == "architecture/membert"


# compare, results, hardware


def test_compare_side_by_side(page: Page) -> None:
    for name in ("ViTA", "MemBERT"):
        find(page, name)
        page.click(".actions button:has-text('Compare')")
    tab(page, "Compare")
    until(page, lambda: page.locator(".compare thead th").count() == 2)
    table = page.inner_text(".compare")
    for words in ("ImageNet", "GLUE", "79.2 %", "Alveo U280"):
        assert words in table
    page.click("[aria-label='Take ViTA out']")
    until(page, lambda: page.locator(".compare thead th").count() == 1)


def test_results_sort_filter_and_words(page: Page) -> None:
    tab(page, "Results")
    rows = page.locator(".sheet tbody tr")
    until(page, lambda: rows.count() == 2)
    page.click("th button:has-text('Value')")
    until(page, lambda: page.get_attribute("th:has-text('Value')", "aria-sort") == "descending")
    assert "79.2" in rows.first.inner_text()
    page.click("th button:has-text('Value')")
    until(page, lambda: "2\u00d7" in rows.first.inner_text())
    page.locator(".sheet select").nth(1).select_option("ImageNet")
    until(page, lambda: rows.count() == 1)
    page.click(".sheet tbody .quote")
    assert "79.2" in page.inner_text(".below blockquote")


def many_results() -> list[Findings]:
    return [
        make_findings(
            f"Net {i}", f"Net{i} has {70 + i}% accuracy on ImageNet on the Jetson Nano.",
            [f"Architecture introduces Net{i}", "Dataset evaluates_on ImageNet", "Hardware targets Jetson Nano",
             "Metric measures accuracy"],
            [f"Net{i} > runs_on > Jetson Nano"],
            [{"subject": f"Net{i}", "metric": "accuracy", "value": 70 + i, "unit": "%", "kind": "absolute",
              "dataset": "ImageNet", "hardware": "Jetson Nano", "quote": f"{70 + i}% accuracy"}],
            date=f"202{i}-0{i + 1}",
        ) for i in range(5)
    ]  # fmt: skip


def test_results_are_plotted_each_mark_with_its_words(show: Callable[..., Page]) -> None:
    page = show(*many_results(), hash="#tab=results")
    rows = page.locator(".bar-row")
    until(page, lambda: rows.count() == 5)
    assert "Net4" in rows.first.text_content()  # type: ignore[operator]
    rows.first.focus()
    page.keyboard.press("Enter")
    assert "74% accuracy" in page.inner_text(".plot-words mark")
    page.click("text=Over time")
    until(page, lambda: page.locator(".dot").count() == 5)
    page.locator(".dot").first.click()
    assert page.inner_text(".plot-words blockquote") != ""


def test_hardware_view_method_against_device(show: Callable[..., Page]) -> None:
    page = show(VIT, BERT, hash="#tab=hardware")
    cell = page.locator(".cell", has_text="ViTA on Alveo U280: 2\u00d7")
    assert "gain" in (cell.get_attribute("class") or "")
    cell.click()
    assert "2x faster than a GPU" in page.inner_text(".plot-words")
    assert page.locator(".cell", has_text="runs").count() == 1


# time


def test_time_slider_and_growth(show: Callable[..., Page]) -> None:
    page = show(*many_results())
    assert page.locator(".histogram rect").count() > 2
    before = shown(page)[0]
    # Every size that it goes through, written down as it is reached: on a slow machine it is over before one looks.
    page.evaluate("""() => {
        window.sizes = [];
        const note = () => sizes.push(kgExplorer.shown()[0]);
        new MutationObserver(note).observe(document.querySelector(".range"), {childList: true, subtree: true});
    }""")
    page.click("text=Watch it grow")
    page.wait_for_selector("text=▶ Watch it grow")
    until(page, lambda: shown(page)[0] == before)
    sizes = page.evaluate("sizes")
    assert sizes == sorted(sizes)
    assert sizes[0] < before
    assert len(set(sizes)) > 2


# share


def test_permalink_brings_the_exact_view_back(page: Page, show: Callable[..., Page]) -> None:
    find(page, "ViTA")
    page.locator(".checks li", has_text="Metric").first.locator("input").uncheck()
    page.locator("canvas").focus()
    for key in ("+", "+", "ArrowLeft"):
        page.keyboard.press(key)
    settle(page, 600)
    there = page.evaluate("location.hash")
    again = show(VIT, BERT, hash=there)
    settle(again)
    until(page, lambda: heading(again) == "ViTA")
    assert shown(again) == shown(page)
    place = "kgExplorer.screen('dataset/imagenet')"
    assert page.evaluate(place) == pytest.approx(again.evaluate(place), abs=4)


def test_permalink_of_a_path_shows_the_path(show: Callable[..., Page]) -> None:
    page = show(VIT, BERT, hash="#path=architecture%2Fvita|hardware%2Fgpu")
    assert page.locator(".path .hop").count() == len(page.locator(".path > li").all()) - 1 > 0


def test_permalink_to_a_gone_node_says_so(show: Callable[..., Page]) -> None:
    page = show(VIT, hash="#node=hardware/gone-board&focus=method/gone-too&edge=a%20b%20c")
    assert "does not have" in page.inner_text(".toast")
    assert shown(page)[0] > 0


def save(page: Page, what: str, folder: Path) -> Path:
    page.click(".menu summary")
    with page.expect_download() as download:
        page.click(f".menu li:has-text('{what}') button")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_save_the_view_in_every_format(show: Callable[..., Page], tmp_path: Path) -> None:
    page = show(VIT, BERT, HOSTILE)
    n, m = shown(page)
    svg = save(page, "SVG", tmp_path).read_text(encoding="utf-8")
    import xml.etree.ElementTree as ElementTree

    marks = list(ElementTree.fromstring(svg).iter())
    assert sum(1 for e in marks if e.tag.endswith(("polygon", "circle"))) == n
    assert not any(e.tag.endswith("script") for e in marks)
    assert save(page, "PNG", tmp_path).read_bytes().startswith(b"\x89PNG")
    network = networkx.read_graphml(save(page, "GraphML", tmp_path), force_multigraph=True)
    assert (network.number_of_nodes(), network.number_of_edges()) == (n, m)
    assert network.nodes["architecture/vita"]["label"] == "ViTA"
    rows = list(csv.DictReader(save(page, "CSV", tmp_path).open(encoding="utf-8", newline="")))
    assert ("ViTA", "runs_on", "Alveo U280") in {(r["source"], r["relation"], r["target"]) for r in rows}
    triples = rdflib.Graph().parse(save(page, "Turtle", tmp_path))
    said = tuple(rdflib.URIRef(BASE + part) for part in ("architecture/vita", "ontology#runsOn", "hardware/alveo-u280"))
    assert said in triples
    # The saved picture opens elsewhere.
    other = page.context.new_page()
    other.goto((tmp_path / next(p.name for p in tmp_path.iterdir() if p.suffix == ".svg")).as_uri())
    assert other.evaluate("document.querySelectorAll('text').length") > 3


# everyone

AXE = EXPLORER / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize(
    "hash",
    ["", "#node=architecture/vita", "#tab=results", "#tab=hardware",
     "#tab=compare&compare=architecture/vita|architecture/membert", "#tab=table", "#tab=table&rows=relations"],
)  # fmt: skip
def test_axe_finds_no_violation(show: Callable[..., Page], hash: str) -> None:
    if not AXE.exists():
        lacking("axe-core (npm ci in kg/export/explorer)")
    page = show(VIT, BERT, hash=hash)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    for theme in ("light", "dark"):
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
        assert [(theme, v["id"], [n["html"][:160] for n in v["nodes"][:4]]) for v in found["violations"]] == []
        page.click("[aria-label='Light or dark']")


def test_keyboard_alone_is_enough(page: Page) -> None:
    page.keyboard.press("Tab")
    until(page, lambda: page.evaluate("document.activeElement.textContent") == "Skip to the content")
    page.keyboard.press("Enter")
    until(page, lambda: page.evaluate("document.activeElement.tagName") == "CANVAS")
    settle(page)
    before = page.evaluate("kgExplorer.screen('architecture/vita')")
    page.keyboard.press("ArrowRight")
    until(page, lambda: page.evaluate("kgExplorer.screen('architecture/vita')") != before)
    page.keyboard.press("Enter")
    page.wait_for_selector(".side .kind")
    page.keyboard.press("Escape")
    until(page, lambda: page.evaluate("kgExplorer.view().node") == "")
    for key, tab_name in zip("12345", ("map", "results", "hardware", "compare", "table"), strict=True):
        page.keyboard.press(key)
        until(page, lambda tab_name=tab_name: page.evaluate("kgExplorer.view().tab") == tab_name)
    page.keyboard.press("?")
    until(page, lambda: page.is_visible("dialog"))
    page.keyboard.press("Escape")
    until(page, lambda: not page.is_visible("dialog"))


def test_the_table_twin_has_all_that_the_map_has(page: Page) -> None:
    n, m = shown(page)
    tab(page, "Table")
    rows = page.locator(".sheet tbody tr")
    until(page, lambda: rows.count() == n)
    page.click(".sheet button:has-text('Edges')")
    until(page, lambda: rows.count() == m)
    page.locator(".sheet input").fill("membert")
    until(page, lambda: 0 < rows.count() < m)
    assert page.evaluate("document.activeElement.type") == "search"


def test_narrow_windows_and_both_directions(show: Callable[..., Page]) -> None:
    page = show(VIT, BERT, HOSTILE)
    page.set_viewport_size({"width": 360, "height": 720})
    for hash in ("#", "#tab=results", "#tab=hardware", "#tab=table", "#node=architecture/vita"):
        page.evaluate("h => { location.hash = h }", hash)
        settle(page, 200)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.evaluate("location.hash = '#'")
    page.click(".rail-toggle")
    until(page, lambda: page.is_visible(".rail"))
    page.click(".rail-toggle")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    find(page, "מעבד")
    until(page, lambda: heading(page) == "מעבד עברי")


def test_reduced_motion_moves_at_once(show: Callable[..., Page]) -> None:
    page = show(VIT, BERT)
    page.emulate_media(reduced_motion="reduce")
    find(page, "ViTA")
    before = page.evaluate("kgExplorer.screen('architecture/vita')")
    settle(page, 400)
    assert page.evaluate("kgExplorer.screen('architecture/vita')") == before


# hostile and extreme data


def test_no_data_of_a_paper_is_run(show: Callable[..., Page]) -> None:
    page = show(HOSTILE, VIT)
    for text in ("<script>", "NPU", "מעבד", "😀"):
        find(page, text)
        settle(page, 60)
        assert page.evaluate("window.hacked") is None
    find(page, "<script>window")
    assert page.locator(".side a[href^='javascript']").count() == 0
    assert page.locator(".side img, .side b, .side script").count() == 0
    for name in ("Results", "Hardware", "Compare", "Table"):
        tab(page, name)
    assert page.evaluate("window.hacked") is None


def test_empty_graph_and_one_node(show: Callable[..., Page], write_page: Callable[..., Path], tmp_path: Path) -> None:
    from kg.export.html import render

    blocks = json.loads(page_block(show(VIT)))
    empty = {**blocks, "title": "Empty", "communities": []}
    for part in ("nodes", "edges", "claims", "results"):
        empty[part] = {k: {} if isinstance(v, dict) else [] for k, v in blocks[part].items()}
    none = {"sentences": {"paper": [], "start": [], "text": []}, "claims": [], "results": []}
    (tmp_path / "empty.html").write_text(render(empty, none), encoding="utf-8")
    page = show(file=tmp_path / "empty.html")
    assert "empty" in page.inner_text(".side")
    for name in ("Results", "Hardware", "Compare", "Table"):
        tab(page, name)
        until(page, lambda: page.inner_text(".empty") != "")
    one = {
        **empty,
        "nodes": {k: v[:1] if isinstance(v, list) else {} for k, v in blocks["nodes"].items()},
        "communities": ["Others"],
    }
    one["nodes"]["community"] = [0]
    (tmp_path / "one.html").write_text(render(one, none), encoding="utf-8")
    page = show(file=tmp_path / "one.html")
    settle(page)
    x, y = page.evaluate("kgExplorer.screen('{}')".format(blocks["nodes"]["id"][0]))
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + x, box["y"] + y)
    until(page, lambda: page.locator(".side h2").count() and heading(page) == blocks["nodes"]["name"][0])


def test_the_picture_shows_every_type_and_is_the_same_every_time(show: Callable[..., Page]) -> None:
    pictures = []
    for _ in range(2):
        page = show(VIT, BERT)
        settle(page)
        pictures.append(page.evaluate("document.querySelector('.stage canvas').toDataURL()"))
    assert pictures[0] == pictures[1]
    colours = page.evaluate("""() => {
        const c = document.querySelector('.stage canvas');
        const data = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
        const two = b => b.toString(16).padStart(2, '0');
        const hex = v => '#' + [v & 255, v >> 8 & 255, v >> 16 & 255].map(two).join('');
        return [...new Set(data)].map(hex);
    }""")
    look = (EXPLORER / "src" / "look.ts").read_text(encoding="utf-8")
    for type in ("Hardware", "Architecture", "Dataset", "Metric", "Paper"):
        light = re.search(rf'{type}: {{ light: "(#\w+)"', look)
        assert light
        assert light[1] in colours, type


def test_large_graphs_open_and_move(show: Callable[..., Page], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "benchmarks"))
    sys.modules.pop("explorer", None)
    from explorer import blocks

    graph, evidence, _ = blocks(5_000, 15_000)
    (tmp_path / "large.html").write_text(html.render(graph, evidence), encoding="utf-8")
    page = show(file=tmp_path / "large.html")
    assert shown(page)[0] == 5_000
    settle(page)
    node = page.evaluate("JSON.parse(document.querySelector('#kg-graph').textContent).nodes.id[0]")
    x, y = page.evaluate("id => kgExplorer.screen(id)", node)
    frames = page.evaluate("kgExplorer.frames()")
    page.mouse.move(640, 400)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(640 + i * 2, 400 + i)
    page.mouse.up()
    until(page, lambda: page.evaluate("id => kgExplorer.screen(id)", node) == pytest.approx([x + 118, y + 59], abs=5))
    settle(page)
    assert page.evaluate("kgExplorer.frames()") > frames


# the file


def test_the_page_is_one_file_with_a_strict_policy(write_page: Callable[..., Path]) -> None:
    text = write_page(VIT, BERT).read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    without_data = re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.S)
    assert len(without_data.encode()) < 4_000_000
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", without_data)
    assert "/node_modules/" not in without_data


def test_the_same_graph_gives_the_same_bytes(tiny_graph: KnowledgeGraph, built: None) -> None:
    assert html.page(tiny_graph) == html.page(tiny_graph)


def test_blocks_hold_the_graph(tiny_graph: KnowledgeGraph) -> None:
    block, evidence = html.blocks(tiny_graph)
    nodes, edges = block["nodes"], block["edges"]
    assert len({len(nodes[k]) for k in ("id", "name", "type", "x", "y", "community", "papers", "date", "class")}) == 1
    assert nodes["id"][:2] == ["paper/bert-in-memory", "paper/vit-on-fpga"]
    assert len(edges["source"]) == sum(1 for _ in tiny_graph.edges())
    assert block["claims"]["edge"] == sorted(block["claims"]["edge"])
    texts = {f.paper.title: f.paper.text for f in tiny_graph.findings()}
    s = evidence["sentences"]
    for paper, start, text in zip(s["paper"], s["start"], s["text"], strict=True):
        whole = texts[nodes["name"][paper]]
        assert whole[start : start + len(text)] == text
    assert len(evidence["claims"]) == len(block["claims"]["edge"])
    assert len(evidence["results"]) == len(block["results"]["id"]) == 2


def test_a_missing_build_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    html._assets.cache_clear()
    monkeypatch.setattr(html, "__file__", str(tmp_path / "html.py"))
    with pytest.raises(KgError, match="make assets"):
        html.render({"title": ""}, {})
    html._assets.cache_clear()


# the small view


def test_view_of_one_thing_is_offline_and_draws(tiny_graph: KnowledgeGraph, browser: Browser, tmp_path: Path) -> None:
    view = tiny_graph.view("ViTA")
    assert view.name == "ViTA"
    assert "https://cdn" not in view.html
    assert not re.search(r"""(?:src|href)=["']https?:""", view.html)
    assert "srcdoc=" in view._repr_html_()
    noise: list[str] = []
    page = browser.new_context(offline=True).new_page()
    page.on("console", lambda m: noise.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: noise.append(str(e)))
    page.on("request", lambda r: noise.append(r.url) if not r.url.startswith("file:") else None)
    page.goto(view.write(tmp_path / "v.html").as_uri())
    page.wait_for_selector("canvas")
    assert page.evaluate("Object.keys(network.body.nodes).length") > 3
    assert page.evaluate("network.physics.physicsEnabled") is False
    assert noise == []
    page.context.close()


def test_view_of_hostile_data_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    source = tmp_path / "h.jsonl"
    hostile = make_findings(
        'href="javascript:x" <script>window.hacked=1</script>', "It runs on GPU.", ["Hardware targets GPU"]
    )
    source.write_text(json.dumps(hostile.to_json()), encoding="utf-8")
    with kg.build([source], tmp_path / "h.kg") as graph:
        page = browser.new_page()
        page.goto(graph.view("GPU").write(tmp_path / "h.html").as_uri())
        page.wait_for_selector("canvas")
        assert page.evaluate("window.hacked") is None
        assert "popup" not in graph.view("GPU").html.split("</style>")[-1]
        page.close()


def test_view_of_nothing_suggests(tiny_graph: KnowledgeGraph) -> None:
    with pytest.raises(UnknownName, match="ViTA"):
        tiny_graph.view("ViTAA")


def test_explore_and_export_from_the_command_line(tiny_graph: KnowledgeGraph, built: None, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from kg.cli import cli

    run: Any = CliRunner().invoke
    out = tmp_path / "page.html"
    done = run(cli, ["explore", str(tiny_graph.path), "-o", str(out), "--no-open"])
    assert done.exit_code == 0, done.output
    assert 'id="kg-graph"' in out.read_text(encoding="utf-8")
    done = run(cli, ["explore", str(tiny_graph.path), "-o", str(out), "--no-open", "--view", "ViTA"])
    assert done.exit_code == 0, done.output
    assert "vis-network" in out.read_text(encoding="utf-8")
