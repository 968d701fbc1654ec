"""Corrections as the resolver applies them: to the sense of a single name, and to identities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kg.corrections import Correction, Corrections
from kg.resolve.corpus import Identity
from kg.resolve.forms import light
from kg.resolve.known import Known, known
from kg.resolve.senses import Sense, own_key
from kg.schema import TYPES, Entry, Lexicon
from kg.types import digest, key


class Rules:
    """The corrections of one build, and which of them met a name."""

    def __init__(self, corrections: Corrections | None, lexicon: Lexicon) -> None:
        self.items = tuple(corrections or ())
        self.known: Known = known(_extended(lexicon, [c.entry for c in self.items if c.entry]))
        self.used: set[Correction] = set()
        self.names: dict[Identity, str] = {}
        self.types: dict[Identity, str] = {}
        self._to: dict[Identity, tuple[Identity, Correction]] = {}
        self._local: dict[str, list[Correction]] = {}
        for c in self.items:
            if c.kind in ("split", "reject"):
                self._local.setdefault(light(c.names[0]), []).append(c)
            elif c.kind == "merge":
                self._merge(c)
            elif c.kind == "retype":
                self._retype(c)
        for c in self.items:
            if c.kind == "rename":
                for ident in self.identities(c.names[0], c.type):
                    self.names[self._final(ident)] = c.to

    def identities(self, name: str, type: str | None) -> list[Identity]:
        """Give what a name in a correction stands for."""
        types = (type,) if type else TYPES
        found = [Identity(m.entry.type, m.entry.name) for t in types for m in self.known.find(name, t)]
        own = [Identity("", own_key(name, t)) for t in types]
        return list(dict.fromkeys(found + own))

    def _merge(self, c: Correction) -> None:
        first = self.identities(c.names[0], c.type)
        others = [i for n in c.names[1:] for i in self.identities(n, c.type)]
        target = next((i for i in (*first, *others) if i.type), first[0])
        for ident in (*first, *others):
            if ident != target:
                self._to[ident] = (target, c)
        if not (target.type and key(target.key) == key(c.names[0])):
            self.names[target] = c.names[0]

    def _retype(self, c: Correction) -> None:
        known_as = self.known.find(c.names[0], c.to)
        target = (
            Identity(known_as[0].entry.type, known_as[0].entry.name)
            if known_as
            else Identity("", own_key(c.names[0], c.to), f"as {c.to}")
        )
        if not target.type:
            self.types[target] = c.to
            self.names.setdefault(target, c.names[0])
        for ident in self.identities(c.names[0], c.type):
            if ident != target:
                self._to[ident] = (target, c)

    def _final(self, ident: Identity) -> Identity:
        return self._to[ident][0] if ident in self._to else ident

    def sense(self, sense: Sense) -> Sense | None:
        """Apply what is said about single names; None when the name is rejected."""
        folded = {light(f) for f, _, _ in sense.forms} | {light(sense.name)}
        for form in folded:
            for c in self._local.get(form, ()):
                if c.type not in (None, sense.type) or (c.papers and sense.paper not in c.papers):
                    continue
                if c.kind == "split" and not c.papers and len(folded) > 1:
                    continue
                self.used.add(c)
                if c.kind == "reject":
                    return None
                scope = digest(*sorted(c.papers), length=8) if c.papers else ""
                own = own_key(c.names[0], sense.type)
                sense = replace(sense, key=own, entry=None, asks="", defines=(), scope=scope)
        return sense

    def identity(self, ident: Identity) -> Identity:
        """Apply what is said about identities."""
        seen = {ident}
        while ident in self._to:
            ident, c = self._to[ident]
            self.used.add(c)
            if ident in seen:
                break
            seen.add(ident)
        return ident

    def unused(self, met: Iterable[Identity]) -> tuple[str, ...]:
        """Report the corrections that met no name; `met` are the identities of the corpus."""
        met = set(met)
        for c in self.items:
            if c.kind == "add" and c.entry is not None and Identity(c.entry.type, c.entry.name) in met:
                self.used.add(c)
            if c.kind == "rename" and {self._final(i) for i in self.identities(c.names[0], c.type)} & met:
                self.used.add(c)
        return tuple(f"correction met nothing: {c}" for c in self.items if c not in self.used)


def _extended(lexicon: Lexicon, added: list[Entry]) -> Lexicon:
    if not added:
        return lexicon
    names = {(e.type, e.name) for e in added}
    forms: dict[str, tuple[Entry, ...]] = dict(lexicon.by_form)
    for e in added:
        for form in (e.name, *e.aliases):
            forms[key(form)] = (*forms.get(key(form), ()), e)
    kept = tuple(e for e in lexicon.entries if (e.type, e.name) not in names)
    return Lexicon((*kept, *added), forms)
