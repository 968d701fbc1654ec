"""Readers: every format reads the same paper equal, and says where a broken record is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import BrokenRecord, EncodingError, InputError, MissingFile, UnknownFormat, UnknownName
from kg.findings import findings_to_json, paper_to_json
from kg.read import FORMATS, READERS, Record, format_of, read_path, reader_for
from kg.read.identity import deduplicate, merge, same_paper, same_paper_keys
from kg.read.listing import is_prose
from kg.types import Evidence, Findings, Link, Mention, Paper, Relation, key, paper_id

SHARED = Path(__file__).parents[2] / "shared"

TITLE = "Fast Attention: 50% Fewer Reads on an FPGA"
ABSTRACT = (
    "Reading memory is slow. We present Fast Attention, which keeps the 10 hottest rows of a Transformer on "
    "chip. On an FPGA it is 2.5x faster than a GPU & needs 50% of its energy, as Müller's measurements show. "
    "Accuracy on ImageNet falls by 0.1 points only."
)
PLAIN = Paper(paper_id(TITLE), TITLE, ABSTRACT)


def paper(title: str = "A Study of Things", abstract: str = "", **fields: object) -> Paper:
    ids = fields.get("ids", {})
    return Paper(str(fields.pop("id", "") or paper_id(title, ids)), title, abstract, **fields)  # type: ignore[arg-type]


def findings(of: Paper) -> Findings:
    """Findings that name the first word of the title."""
    word = of.title.split()[0]
    link = Link(word, "Method", "introduces", (Mention(word, 0, len(word)),))
    other = replace(link, name="Other", type="Task", role="addresses")
    return Findings(of, (link, other), (Relation(word, "applied_to", "Other", of.quote(0, len(word))),))


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path) -> list[Record]:
    return list(read_path(path))


def titles(records: Iterable[Record]) -> list[str]:
    return [r.title for r in records if isinstance(r, Paper)]


def broken(records: Iterable[Record]) -> list[tuple[int | None, str]]:
    return [(r.line, r.what) for r in records if isinstance(r, BrokenRecord)]


# One paper, every format

LATEX = ABSTRACT.replace("2.5x", r"2.5x").replace("&", r"\&").replace("ü", r"{\"u}")

SAME = {
    "paper.jsonl": json.dumps({"title": TITLE, "abstract": ABSTRACT}),
    "wrapped.jsonl": json.dumps({"title": f" {TITLE}\n", "summary": ABSTRACT.replace(" We", "\n  We")}),
    "list.json": json.dumps([{"title": TITLE, "abstract": ABSTRACT}], indent=1),
    "inside.jsonl": json.dumps({"paper": {"title": TITLE, "abstract": ABSTRACT}}),
    "paper.bib": f"@article{{k, title={{{TITLE.replace('FPGA', '{FPGA}')}}},\n abstract = {{{LATEX}}}}}",
    "quoted.bib": f'@Article{{k, Title="{TITLE}", Abstract = "{ABSTRACT}"}}',
    "blank.txt": f"new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nbyAK and the research community\n\n"
    f"Mar 12\n\n{TITLE}\n\n{ABSTRACT}\n\n  • 6 authors\n·\nSep 28 3\n",
    "glued.txt": f"Get trending papers in your email inbox once a day!\nGet trending papers in your email inbox!\n"
    f"Subscribe{TITLE}\n{ABSTRACT}\n",
    "page": f"{TITLE}\n{ABSTRACT}\n",
    "marked.jsonl": b"\xef\xbb\xbf" + json.dumps({"title": TITLE, "abstract": ABSTRACT}, ensure_ascii=False).encode(),
    "wide.txt": f"{TITLE}\r\n\r\n{ABSTRACT}\r\n".encode("utf-16"),
}


@pytest.mark.parametrize("name", SAME)
def test_same_paper_reads_equal_from_every_format(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, SAME[name])
    assert read(path) == [replace(PLAIN, source=name)]


FULL = Paper(
    "arxiv-2101.00001",
    "Attention for Everyone",
    "We study attention.",
    ("Ada Lovelace", "Aäron van den Oord"),
    "2021-03",
    "NeurIPS",
    {"arxiv": "2101.00001", "doi": "10.1000/abc"},
    "https://example.org/a",
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.bib",
            "@string{n = {NeurIPS}}\n@inproceedings{x, title={Attention for Everyone}, year=2021, month=mar,"
            r" author={Lovelace, Ada and van den Oord, A{\"a}ron}, abstract={We study attention.}, booktitle=n,"
            " doi={https://doi.org/10.1000/ABC}, eprint={2101.00001v2}, archivePrefix={arXiv},"
            " url={https://example.org/a}}",
        ),
        (
            "a.jsonl",
            '{"title": "Attention for Everyone", "abstract": "We study attention.", "date": "2021-03", "DOI": '
            '"doi:10.1000/abc", "arxiv_id": "arXiv:2101.00001v1", "authors": [{"name": "Ada Lovelace"}, '
            '"Aäron van den Oord"], "journal": "NeurIPS", "url": "https://example.org/a"}',
        ),
        ("b.jsonl", json.dumps(paper_to_json(FULL))),
    ],
)
def test_metadata_reads_equal(tmp_path: Path, name: str, text: str) -> None:
    assert read(write(tmp_path, name, text)) == [replace(FULL, source=name)]


# JSON lines


def test_findings_and_annotations_skip_extraction(tmp_path: Path) -> None:
    said = findings(PLAIN)
    gold = {"id": "p1", "title": "ViT on FPGA", "abstract": "", "entities": [
        {"name": "FPGA", "type": "Hardware", "role": "targets", "mentions": ["FPGA"]}]}  # fmt: skip
    path = write(tmp_path, "f.jsonl", f"{json.dumps(findings_to_json(said))}\n\n{json.dumps(gold)}\n")
    first, second = read(path)
    assert first == said
    assert isinstance(second, Findings)
    assert second.links[0].mentions == (Mention("FPGA", 7, 11),)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"title": "cut of', "not JSON at column 11"),
        ("[1, 2]", "a record is a JSON object, not list"),
        ('"text"', "a record is a JSON object, not str"),
        ('{"abstract": ""}', "no title"),
        ('{"title": 5}', "no title"),
        ('{"title": "a", "abstract": 5}', "no title"),
        ('{"title": "a", "ids": "x"}', '"ids" must be an object'),
        ('{"title": "a", "url": 5}', "not a paper"),
        ('{"title": "a\\ud800"}', "half of a surrogate pair"),
        ('{"title": "a", "year": NaN}', "NaN is no number"),
        ("[" * 100_000, "not usable JSON"),
        ('{"title": "a", "entities": [{"name": "b", "type": "Task", "mentions": ["b"]}]}', "mention 'b' is not in"),
        ('{"title": "a", "entities": [{"name": "a", "type": "Thing", "mentions": ["a"]}]}', "unknown type 'Thing'"),
    ],
)
def test_broken_line_is_named_and_the_others_are_read(tmp_path: Path, line: str, says: str) -> None:
    path = write(tmp_path, "p.jsonl", f'{{"title": "One"}}\n{line}\n{{"title": "Two"}}\n')
    records = read(path)
    assert titles(records) == ["One", "Two"]
    [(number, what)] = broken(records)
    assert number == 2
    assert says in what


def test_bad_bytes_in_one_line_break_only_that_line(tmp_path: Path) -> None:
    records = read(write(tmp_path, "p.jsonl", b'{"title": "One"}\n{"title": "Caf\xe9"}\n{"title": "Two"}'))
    assert titles(records) == ["One", "Two"]
    assert broken(records) == [(2, "byte 0xe9 is not UTF-8")]


def test_list_names_the_broken_record(tmp_path: Path) -> None:
    records = read(write(tmp_path, "p.json", '[\n{"title": "One"},\n{"year": 1},\n{"title": "Two"}]'))
    assert titles(records) == ["One", "Two"]
    assert broken(records) == [(None, "record 2 of the list: no title")]


# BibTeX


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("journal={arXiv preprint arXiv:1706.03762}", {"ids": {"arxiv": "1706.03762"}}),
        ("journal={CoRR}, volume={abs/1706.03762}", {"ids": {"arxiv": "1706.03762"}}),
        ("eprint={1706.03762}, eprinttype={arxiv}", {"ids": {"arxiv": "1706.03762"}}),
        ("doi={10.48550/arXiv.1706.03762}", {"ids": {"arxiv": "1706.03762", "doi": "10.48550/arxiv.1706.03762"}}),
        ("url={https://arxiv.org/abs/1706.03762v5}", {"ids": {"arxiv": "1706.03762"}}),
        ("eprint={12345}, eprinttype={pubmed}", {"ids": {}}),
        ("year=2017", {"date": "2017"}),
        ("year={2017}, month={June}", {"date": "2017-06"}),
        ("year={2017}, month=6", {"date": "2017-06"}),
        ("date={2017-06-12}", {"date": "2017-06-12"}),
        ("year={to appear}", {"date": None}),
        ("author={Vaswani, Ashish and Jones, Jr., Llion and others}",
         {"authors": ("Ashish Vaswani", "Llion Jones Jr.")}),
        (r"author={L{\'e}on Bottou and {DeepMind Team}}", {"authors": ("Léon Bottou", "DeepMind Team")}),
        (r"abstract={$1.6\times$ at~5\,ms -- \emph{fast}}", {"abstract": "1.6\xd7 at 5 ms \u2013 fast"}),
        ("abstract={from 3% to 5% better}", {"abstract": "from 3% to 5% better"}),
        ("abstract={costs $5, snake_case & C# <3}", {"abstract": "costs $5, snake_case & C# <3"}),
        (r"abstract={$\mathcal{O}(n^2)$ and $\alpha$-entmax}", {"abstract": "O(n^2) and \u03b1-entmax"}),
        ("title={x}, title={y}", {"title": "T"}),
    ],
)  # fmt: skip
def test_bibtex_field(tmp_path: Path, fields: str, expected: dict[str, object]) -> None:
    [record] = read(write(tmp_path, "r.bib", f"@article{{k, title={{T}}, {fields}}}"))
    assert isinstance(record, Paper)
    assert {name: getattr(record, name) for name in expected} == expected


def test_bibtex_broken_entries_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    text = (
        "@comment{made by hand}\n@article{a, title={One}}\n@article{b, title={No end, year=2000\n\n"
        "@article{c, title={Two}}\n@misc{d, year=2000}\n@proceedings{p, title={ISCA}, year=2017}\n"
        "@inproceedings{a, title={Same key}, crossref={p}}\n@article{nocomma title={x}}\n"
    )
    records = read(write(tmp_path, "r.bib", text))
    assert titles(records) == ["One", "Two", "Same key"]
    assert [n for n, _ in broken(records)] == [3, 6, 9]
    last = [r for r in records if isinstance(r, Paper)][-1]
    assert (last.venue, last.date) == ("ISCA", "2017")


# Listings


def test_listing_keeps_exact_days_only(tmp_path: Path) -> None:
    footers = ["May 4, 2022 1", "Sep 28", "Jun 17, 2024", "Apr 29 1"]
    body = "".join(f"Title {n}\n\n{ABSTRACT}\n\n  • 1 authors\n·\n{f}\n\n" for n, f in enumerate(footers))
    records = read(write(tmp_path, "l.txt", "Get trending papers in your email inbox!\n\nSubscribe\n\n" + body))
    assert titles(records) == ["Title 0", "Title 1", "Title 2", "Title 3"]
    assert [r.date for r in records if isinstance(r, Paper)] == ["2022-05-04", None, "2024-06-17", None]


def test_listing_says_what_it_cannot_pair(tmp_path: Path) -> None:
    text = f"Get trending papers\nSubscribeOne\n{ABSTRACT}\n{ABSTRACT}\nLonely\nTwo\n{ABSTRACT}\n"
    records = read(write(tmp_path, "l.txt", text))
    assert titles(records) == ["One", "Two"]
    assert [n for n, _ in broken(records)] == [4, 5]


def test_listing_joins_paragraphs_that_blank_lines_part(tmp_path: Path) -> None:
    [record] = read(write(tmp_path, "l.txt", f"Daily\n\n{ABSTRACT}\n\n{ABSTRACT}\n"))
    assert isinstance(record, Paper)
    assert record.abstract == f"{ABSTRACT} {ABSTRACT}"


@pytest.mark.parametrize(
    "title",
    ["Pay Attention to MLPs", "Is it enough? A Study", "Mr. DETR: Routes", "X ... without RNNs or ....", "A. B. C."],
)
def test_titles_are_no_prose(title: str) -> None:
    assert not is_prose(title)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the saved pages are not here")
def test_saved_pages_lose_and_invent_nothing() -> None:
    records = [r for f in sorted((SHARED / "corpus").glob("*.txt")) for r in read_path(f)]
    assert not broken(records)
    assert len(records) == 562
    found = {key(t): r for t, r in zip(titles(records), records, strict=True)}
    assert len(found) == 474
    for line in (SHARED / "gold" / "seeds_dev.jsonl").open(encoding="utf-8"):
        gold = json.loads(line)
        record = found[key(gold["title"])]
        assert isinstance(record, Paper)
        assert (record.title, record.abstract) == (gold["title"], gold["abstract"])
    assert len(list(deduplicate(records))) == 474


@pytest.mark.skipif(not SHARED.is_dir(), reason="the annotated papers are not here")
@pytest.mark.parametrize(("name", "papers"), [("seeds_dev", 303), ("hardware_dev", 122), ("ml_dev", 268)])
def test_annotations_read_as_findings(name: str, papers: int) -> None:
    records = read(SHARED / "gold" / f"{name}.jsonl")
    assert not broken(records)
    assert sum(isinstance(r, Findings) for r in records) == papers


# Choosing a reader


def test_every_format_has_its_reader() -> None:
    assert set(READERS) >= set(FORMATS)
    for name in FORMATS:
        assert callable(READERS[name])


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("a.BIB", "", "bibtex"),
        ("a.json", "", "jsonl"),
        ("a.txt", '{"title": "x"}\n', "jsonl"),
        ("a", "% refs\n@article{a, title={x}}", "bibtex"),
        ("a.txt", "new\n\nGet trending papers in your email inbox!\n", "listing"),
        ("a.md", f"{TITLE}\n\n{ABSTRACT}\n", "listing"),
    ],
)
def test_format_by_suffix_then_by_content(tmp_path: Path, name: str, text: str, format: str) -> None:
    path = write(tmp_path, name, text)
    assert format_of(path) == format
    assert reader_for(path) is READERS[format]


@pytest.mark.parametrize(
    ("name", "text", "error", "says"),
    [
        ("a.pdf", b"%PDF-1.4 \x00", UnknownFormat, "bibtex (.bib .bibtex)"),
        ("notes.txt", b"Some notes.\nNothing else.\n", UnknownFormat, "notes.txt: no reader knows"),
        ("empty.txt", b"", UnknownFormat, "the file is empty"),
        ("a.bib", b"@article{a,\n title={Caf\xe9}}", EncodingError, "a.bib:2: byte 0xe9 is not UTF-8"),
        ("a.bib", "@a{b}".encode("utf-16-le"), EncodingError, "UTF-16 without a mark"),
        ("a.bib", b"\xff\xfe@\x00a", EncodingError, "cut or damaged utf-16"),
    ],
)
def test_unreadable_files_say_why(tmp_path: Path, name: str, text: bytes, error: type[InputError], says: str) -> None:
    with pytest.raises(error) as raised:
        read(write(tmp_path, name, text))
    assert says in str(raised.value)


def test_missing_file_and_wrong_name(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no such file or folder"):
        read(tmp_path / "nowhere.bib")
    with pytest.raises(MissingFile):
        format_of(tmp_path / "nowhere.pdf")
    with pytest.raises(UnknownName, match="did you mean bibtex"):
        list(read_path(write(tmp_path, "a.x", "x"), format="bibtext"))


def test_folder_is_walked_in_order_past_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path, "b.jsonl", '{"title": "Two"}')
    write(tmp_path, "a.jsonl", '{"title": "One"}')
    write(tmp_path, ".hidden.jsonl", '{"title": "Hidden"}')
    (tmp_path / "my.kg").mkdir()
    write(tmp_path / "my.kg", "facts.db", "x")
    write(tmp_path, "c.pdf", "")
    write(tmp_path / "in", "d.bib", "@article{a, title={Three}}")
    records = read(tmp_path)
    assert titles(records) == ["One", "Two", "Three"]
    assert [r.where for r in records if isinstance(r, BrokenRecord)] == [tmp_path / "c.pdf"]
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no files"):
        read(tmp_path / "none")


# One paper, many copies

ARXIV = {"arxiv": "1706.03762"}
COPIES: list[Record] = [
    paper("Attention Is All You Need", "Long abstract."),
    paper("Attention is all you need", date="2017-06", ids=ARXIV, authors=("A. Vaswani",)),
    paper("Attention Is All You Need.", "Long abstract.", venue="NeurIPS", authors=("Vaswani, Ashish",)),
    paper("Attention Is All You Need", ids={"arxiv": "1706.03762v5", "doi": "10.1/x"}, date="2017"),
]


def test_copies_become_one_paper_in_any_order() -> None:
    [whole] = deduplicate(COPIES)
    assert isinstance(whole, Paper)
    assert whole.id == "arxiv-1706.03762"
    assert whole.abstract == "Long abstract."
    assert (whole.date, whole.venue) == ("2017-06", "NeurIPS")
    assert dict(whole.ids)["doi"] == "10.1/x"
    for order in itertools.permutations(COPIES):
        assert list(deduplicate(order)) == [whole]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ({"ids": {"arxiv": "1"}}, {"ids": {"arxiv": "2"}}, False),
        ({"ids": {"doi": "10.1/a"}}, {"ids": {"doi": "10.1/b"}}, False),
        ({"ids": {"doi": "10.1/a"}, "abstract": "Equal."}, {"ids": {"doi": "10.1/b"}, "abstract": "Equal"}, True),
        ({"ids": {"doi": "10.1/a"}}, {"ids": {"arxiv": "2"}}, True),
        ({"authors": ("Ada King",)}, {"authors": ("King, A.",)}, True),
        ({"authors": ("Ada King",)}, {"authors": ("Bob Lee",)}, False),
        ({"authors": ("Ada King",)}, {}, True),
        ({"title": "Editorial", "abstract": "One."}, {"title": "Editorial", "abstract": "Two."}, False),
        ({"title": "Editorial", "abstract": "One."}, {"title": "Editorial"}, True),
    ],
)
def test_same_title_is_not_always_the_same_paper(a: dict[str, str], b: dict[str, str], same: bool) -> None:
    x, y = paper(**a), paper(**b)
    assert same_paper(x, y) == same_paper(y, x) == same
    assert len(list(deduplicate([x, y]))) == len(list(deduplicate([y, x]))) == (1 if same else 2)


def test_merged_record_meets_its_copies_again() -> None:
    whole = merge([c for c in COPIES if isinstance(c, Paper)])
    assert isinstance(whole, Paper)
    assert set(same_paper_keys(whole)) == {
        "arxiv:1706.03762", "doi:10.1/x", "title:attentionisallyouneed"}  # fmt: skip
    assert list(deduplicate([whole, *COPIES])) == [whole]


def test_papers_without_a_title_are_not_one() -> None:
    a, b = paper("", "One abstract.", id="a"), paper("", "Another abstract.", id="b")
    assert list(deduplicate([b, a])) == [a, b]


def test_findings_win_over_plain_copies_and_keep_their_text() -> None:
    said = findings(paper("Fast Things on Chips", "Short.", id="p7"))
    copy = paper("Fast things on chips", "A longer abstract than that.", ids=ARXIV)
    for order in ([said, copy], [copy, said]):
        [record] = deduplicate(order)
        assert isinstance(record, Findings)
        assert (record.paper.id, record.paper.abstract, record.paper.ids) == ("p7", "Short.", ARXIV)
        assert record.links == said.links


def test_two_papers_of_one_id_are_told_apart() -> None:
    a, b = findings(paper("First Thing Ever", id="1")), findings(paper("Second Thing Ever", id="1"))
    one, two = deduplicate([a, b])
    assert list(deduplicate([b, a])) == [one, two]
    assert isinstance(two, Findings)
    assert one == a
    assert two.paper.id.startswith("1-")
    assert isinstance(two.relations[0].evidence, Evidence)
    assert two.relations[0].evidence.paper == two.paper.id


def test_broken_records_pass_through() -> None:
    bad = BrokenRecord("no title")
    assert list(deduplicate([bad, paper()])) == [bad, paper()]


PAPERS = st.builds(
    lambda title, abstract, arxiv, doi, authors, id: paper(
        title, abstract, id=id, authors=authors, ids={k: v for k, v in (("arxiv", arxiv), ("doi", doi)) if v}
    ),
    title=st.sampled_from(["Fast Things on Chips", "Fast things on chips.", "Slow Things on Chips", "Editorial"]),
    abstract=st.sampled_from(["", "One.", "Two."]),
    arxiv=st.sampled_from(["", "", "2101.00001", "2101.00002"]),
    doi=st.sampled_from(["", "", "10.1/a", "10.1/b"]),
    authors=st.sampled_from([(), ("Ada King",), ("King, A.", "Bob Lee"), ("Eve Moss",)]),
    id=st.sampled_from(["", "", "p1"]),
)


@settings(max_examples=150, deadline=None)
@given(records=st.lists(PAPERS, max_size=7), shuffle=st.randoms(use_true_random=False))
def test_order_of_files_never_matters(records: list[Paper], shuffle: Random) -> None:
    found = list(deduplicate(records))
    ids = [r.id for r in found if isinstance(r, Paper)]
    assert ids == sorted(set(ids))
    again = records.copy()
    shuffle.shuffle(again)
    assert list(deduplicate(again)) == found


# Anything may come in a file


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["f.bib", "f.jsonl", "f.txt"]),
    cut=st.integers(0, 400),
    junk=st.one_of(st.binary(max_size=12), st.sampled_from([b"{", b"}", b'"', b"@", b"\\begin{x}", b"$", b"%", b"["])),
)
def test_damaged_files_yield_records_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, cut: int, junk: bytes
) -> None:
    source = {"f.bib": "paper.bib", "f.jsonl": "paper.jsonl", "f.txt": "glued.txt"}[name]
    whole = str(SAME[source]).encode()
    path = write(tmp_path_factory.mktemp("junk"), name, whole[:cut] + junk + whole[cut + len(junk) :])
    with suppress(InputError):
        records = read(path)
        assert all(isinstance(r, Paper | Findings | BrokenRecord) for r in records)
        assert all(r.title.strip() or r.abstract.strip() for r in records if isinstance(r, Paper))
