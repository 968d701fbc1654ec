"""`kg train`: a model of one's own from annotated files."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("gold", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder to write the model to.")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the annotations.")
@click.option(
    "--finish", type=click.IntRange(0), help="Passes over GOLD alone at the end, averaged, where there is --more."
)
@click.option("--last", type=click.IntRange(1), help="Average the weights over the ends of so many last passes.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Learning rate of the encoder; the heads' is five times that.",
)
@click.option(
    "--dropout", type=click.FloatRange(0, 1, max_open=True), help="Share of the encoder's values that chance drops."
)
@click.option(
    "--hidden", type=click.FloatRange(0, 1, max_open=True), help="Share of the word pieces that chance hides."
)
@click.option("--seed", default=0, show_default=True, help="Seed of all that is drawn by chance.")
@click.option(
    "--start", metavar="MODEL", help='Encoder to begin from: a model, a file of --adapt, or "minilm"; default: shipped.'
)
@click.option("--go-on", is_flag=True, help="Begin with all that START has learned: it has the same labels.")
@click.option("--layers", type=click.IntRange(1), help="Keep so many of the encoder's layers: smaller and faster.")
@click.option("--heads", type=click.IntRange(1), help="With --go-on: keep so many attention heads in all; faster.")
@click.option("--inner", type=click.IntRange(1), help="With --go-on: keep so many inner units in every layer; faster.")
@click.option(
    "--wordwise", type=click.IntRange(0), help="Layer from which on only each word's first piece goes on; 0: none."
)
@click.option(
    "--more",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Further annotations with the same labels, trained on but never held out.",
)
@click.option(
    "--tune-on",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Further annotations, by others, that thresholds are chosen on; never trained on.",
)
@click.option(
    "--texts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Plain papers: the texts of annotations that come without, and what a --teacher reads.",
)
@click.option(
    "--teacher", type=click.Path(path_type=Path), help="Model with the same labels, to learn from what it reads first."
)
@click.option(
    "--helper",
    "helpers",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Other annotations that train the encoder only; each file or folder of files is a label set of its own.",
)
@click.option("--hints/--no-hints", default=True, show_default=True, help="Let it look at the names the rules know.")
@click.option("--held-out", default=0.1, show_default=True, help="Share of the texts that thresholds are chosen on.")
@click.option("--refit/--no-refit", default=True, show_default=True, help="Train again on all texts at the end.")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1), help="CPU cores to train with.")
@click.option(
    "--adapt",
    is_flag=True,
    help="Adapt the encoder to plain texts instead: GOLD are JSON lines with title and abstract, or text.",
)
def train(
    gold: tuple[Path, ...],
    out: Path,
    epochs: int | None,
    finish: int | None,
    last: int | None,
    rate: float | None,
    dropout: float | None,
    hidden: float | None,
    seed: int,
    start: str | None,
    go_on: bool,
    layers: int | None,
    heads: int | None,
    inner: int | None,
    wordwise: int | None,
    more: tuple[Path, ...],
    tune_on: tuple[Path, ...],
    texts: tuple[Path, ...],
    teacher: Path | None,
    helpers: tuple[Path, ...],
    hints: bool,
    held_out: float,
    refit: bool,
    threads: int,
    adapt: bool,
) -> None:
    """Train a model on annotated papers or on plain spans with any labels.

    GOLD are JSON lines: papers ("title", "abstract", "entities", "relations", "results"), or texts ("text",
    "entities" with "start", "end", "label"). Use the model with `kg extract --model OUT`.
    """
    import logging

    from kg import train as library

    library.needs_torch()
    from kg.train.fit import Recipe

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if adapt:
        library.adapt_files(gold, out, epochs=epochs or 1, seed=seed, threads=threads)
        return
    usual = Recipe()
    recipe = Recipe(
        seed=seed,
        epochs=epochs or usual.epochs,
        finish=finish or usual.finish,
        rate=rate or usual.rate,
        head_rate=5 * rate if rate else usual.head_rate,
        last=last or usual.last,
        dropout=usual.dropout if dropout is None else dropout,
        hidden=usual.hidden if hidden is None else hidden,
    )
    sets = {p.stem: sorted(p.glob("*.jsonl")) if p.is_dir() else [p] for p in helpers}
    library.train(
        gold, out, recipe=recipe, more=more, texts=texts, helpers=sets, start=start, go_on=go_on, layers=layers,
        heads=heads, inner=inner, wordwise=wordwise, teacher=teacher, tune_on=tune_on, hints=hints,
        held_out=held_out, refit=refit, threads=threads,
    )  # fmt: skip
    click.echo(f"wrote {out}")
