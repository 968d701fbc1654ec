"""What nodes, edges and units are called in RDF: one table each, in agreement with `schema/kg.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kg.schema import BASE

#: Namespace of the terms; the same whatever the base of the data, so that shapes and queries stay valid.
ONTOLOGY = BASE + "ontology#"

#: Prefixes of the vocabularies that are written.
PREFIXES: Mapping[str, str] = {
    "kg": ONTOLOGY,
    "bibo": "http://purl.org/ontology/bibo/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "fabio": "http://purl.org/spar/fabio/",
    "fair4ml": "https://w3id.org/fair4ml#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "mls": "http://www.w3.org/ns/mls#",
    "oa": "http://www.w3.org/ns/oa#",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "unit": "http://qudt.org/vocab/unit/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

#: Kinds of nodes: the first part of their ids. Each is a prefix of the data where the syntax has prefixes.
KINDS = (
    "architecture", "attestation", "author", "claim", "dataset", "evidence", "hardware", "method", "metric",
    "paper", "position", "quote", "result", "task", "venue",
)  # fmt: skip

#: Classes that a node of each type is given, ours first, then what it is in other vocabularies.
CLASSES: Mapping[str, tuple[str, ...]] = {
    "Paper": ("kg:Paper", "schema:ScholarlyArticle", "fabio:ResearchPaper"),
    "Author": ("kg:Author", "schema:Person", "foaf:Person"),
    "Venue": ("kg:Venue", "bibo:Collection"),
    "Architecture": ("kg:Architecture", "mls:Model", "fair4ml:MLModel", "skos:Concept"),
    "Method": ("kg:Method", "mls:Algorithm", "skos:Concept"),
    "Task": ("kg:Task", "mls:Task", "skos:Concept"),
    "Dataset": ("kg:Dataset", "schema:Dataset", "mls:Dataset", "dcat:Dataset", "skos:Concept"),
    "Metric": ("kg:Metric", "mls:EvaluationMeasure", "skos:Concept"),
    "Hardware": ("kg:Hardware", "skos:Concept"),
    "Result": ("kg:Result", "mls:ModelEvaluation", "qudt:QuantityValue"),
    "Claim": ("kg:Claim", "rdf:Statement"),
    "Attestation": ("kg:Attestation", "oa:Annotation"),
    "Evidence": ("kg:Evidence", "oa:SpecificResource"),
}

#: Edge types and the property that each is in RDF.
PREDICATES: Mapping[str, str] = {
    "introduces": "kg:introduces",
    "evaluates_on": "kg:evaluatesOn",
    "targets": "kg:targets",
    "addresses": "kg:addresses",
    "measures": "kg:measures",
    "compares_with": "kg:comparesWith",
    "uses": "kg:uses",
    "mentions": "kg:mentions",
    "variant_of": "kg:variantOf",
    "applied_to": "kg:appliedTo",
    "evaluated_on": "kg:evaluatedOn",
    "runs_on": "kg:runsOn",
    "outperforms": "kg:outperforms",
    "part_of": "kg:partOf",
    "author": "dct:creator",
    "venue": "dct:isPartOf",
    "broader": "skos:broader",
}

#: Subclasses of Hardware and what they are subclasses of.
HARDWARE_CLASSES: Mapping[str, str] = {
    "Processor": "Hardware", "CPU": "Processor", "GPU": "Processor", "DSP": "Processor",
    "Microcontroller": "Processor", "Accelerator": "Hardware", "FPGA": "Accelerator", "ASIC": "Accelerator",
    "TPU": "Accelerator", "NPU": "Accelerator", "CGRA": "Accelerator", "Neuromorphic": "Accelerator",
    "Photonic": "Accelerator", "Quantum": "Accelerator", "VPU": "Accelerator", "DPU": "Accelerator",
    "ProcessInMemory": "Accelerator", "MemoryTechnology": "Hardware", "ComputeUnit": "Hardware",
    "Interconnect": "Hardware", "SoC": "Hardware", "Sensor": "Hardware", "ManufacturingProcess": "Hardware",
    "Board": "Hardware", "EdgeDevice": "Hardware", "System": "Hardware",
}  # fmt: skip

#: Facts of the lexicon about hardware that become properties.
HARDWARE_FACTS: Mapping[str, str] = {
    "vendor": "kg:vendor",
    "generation": "kg:generation",
    "process": "kg:processNode",
    "memory": "kg:memory",
    "bandwidth": "kg:memoryBandwidth",
    "power": "kg:power",
    "clock": "kg:clock",
    "precision": "kg:precision",
    "peak": "kg:peakPerformance",
    "year": "kg:releaseYear",
}

#: Outside ids that have an IRI of their own; all others become dct:identifier "scheme:value".
OUTSIDE: Mapping[str, str] = {
    "wikidata": "http://www.wikidata.org/entity/{}",
    "lpwc": "https://linkedpaperswithcode.com/{}",
    "cso": "https://cso.kmi.open.ac.uk/topics/{}",
    "orkg": "http://orkg.org/orkg/resource/{}",
    "openalex": "https://openalex.org/{}",
    "semopenalex": "https://semopenalex.org/{}",
    "dbpedia": "http://dbpedia.org/resource/{}",
    "huggingface": "https://huggingface.co/{}",
    "orcid": "https://orcid.org/{}",
}

#: Units that QUDT has; every other one is minted in the data, with its symbol.
UNITS: Mapping[str, str] = {
    "%": "PERCENT", "x": "UNITLESS", "": "UNITLESS",
    "ps": "PicoSEC", "ns": "NanoSEC", "us": "MicroSEC", "µs": "MicroSEC", "μs": "MicroSEC", "ms": "MilliSEC",
    "s": "SEC", "sec": "SEC", "seconds": "SEC", "min": "MIN", "minutes": "MIN", "h": "HR", "hours": "HR",
    "days": "DAY", "uW": "MicroW", "µW": "MicroW", "mW": "MilliW", "W": "W", "kW": "KiloW", "MW": "MegaW",
    "uJ": "MicroJ", "µJ": "MicroJ", "mJ": "MilliJ", "J": "J", "kJ": "KiloJ", "MJ": "MegaJ", "Wh": "W-HR",
    "kWh": "KiloW-HR", "Hz": "HZ", "kHz": "KiloHZ", "MHz": "MegaHZ", "GHz": "GigaHZ", "dB": "DeciB",
    "bit": "BIT", "bits": "BIT", "bytes": "BYTE", "B": "BYTE", "kB": "KiloBYTE", "KB": "KiloBYTE",
    "MB": "MegaBYTE", "GB": "GigaBYTE", "TB": "TeraBYTE", "PB": "PetaBYTE", "mm2": "MilliM2", "mm²": "MilliM2",
    "FPS": "FRAME-PER-SEC", "fps": "FRAME-PER-SEC", "nm": "NanoM", "mm": "MilliM", "cm": "CentiM", "m": "M",
    "g": "GM", "kg": "KiloGM", "°C": "DEG_C", "V": "V", "mV": "MilliV", "A": "A", "mA": "MilliA",
    "nJ": "NanoJ", "pJ": "PicoJ", "nW": "NanoW", "um": "MicroM", "µm": "MicroM", "um2": "MicroM2", "weeks": "WK",
    "months": "MO", "years": "YR", "MB/s": "MegaBYTE-PER-SEC", "GB/s": "GigaBYTE-PER-SEC",
    "Mbps": "MegaBIT-PER-SEC", "Gbps": "GigaBIT-PER-SEC", "GFLOPS": "GigaFLOPS", "TFLOPS": "TeraFLOPS",
}  # fmt: skip


def hardware_class(name: str) -> str | None:
    """Give the class of the ontology that a lexicon's class fact names.

    >>> hardware_class("FPGA"), hardware_class("process in memory"), hardware_class("teapot")
    ('FPGA', 'ProcessInMemory', None)
    """
    return _FOLDED.get(re.sub(r"[^a-z]", "", name.casefold()))


#: Other words for the classes.
_ALSO = {
    "pim": "ProcessInMemory", "processinginmemory": "ProcessInMemory", "computeinmemory": "ProcessInMemory",
    "memory": "MemoryTechnology", "unit": "ComputeUnit", "edge": "EdgeDevice", "phone": "EdgeDevice",
    "mobile": "EdgeDevice", "mobiledevice": "EdgeDevice", "aiaccelerator": "Accelerator",
    "hardwareaccelerator": "Accelerator", "gpucluster": "System", "process": "ManufacturingProcess",
    "mcu": "Microcontroller", "chip": "ASIC",
    "server": "System", "cluster": "System", "supercomputer": "System", "network": "Interconnect", "module": "Board",
}  # fmt: skip
_FOLDED = {**_ALSO, **{c.casefold(): c for c in HARDWARE_CLASSES}}
