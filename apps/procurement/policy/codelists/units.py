"""Units of measure: UN/ECE recommendation 20, and packages of recommendation 21 with an X before
their codes, with the decimals a quantity may have (reference 2a).
"""

from pathlib import Path

FOLDER = Path(__file__).parent
COUNTED, MEASURED, LARGE = 0, 3, 6
COUNTS = {
    "C62": "one",
    "EA": "each",
    "H87": "piece",
    "PR": "pair",
    "SET": "set",
    "KT": "kit",
    "NAR": "number of articles",
    "NMP": "number of packs",
    "NPT": "number of parts",
    "P5": "five pack",
    "TP": "ten pack",
    "LEF": "leaf",
    "PD": "pad",
    "RM": "ream",
    "SX": "shipment",
    "IE": "person",
    "HEA": "head",
    "D63": "book",
    "U2": "tablet",
    "E53": "test",
    "E54": "trip",
    "E55": "use",
}
LARGE_MEASURES = {
    "TNE": "tonne",
    "KTN": "kilotonne",
    "KMT": "kilometre",
    "MWH": "megawatt hour",
    "GWH": "gigawatt hour",
}
MEASURES = {
    "ANN": "year",
    "CEN": "hundred",
    "CMQ": "cubic centimetre",
    "CMT": "centimetre",
    "DAY": "day",
    "DZN": "dozen",
    "E48": "service unit",
    "E49": "working day",
    "E51": "job",
    "FOT": "foot",
    "GLL": "gallon (US)",
    "GRM": "gram",
    "GRO": "gross",
    "HLT": "hectolitre",
    "HUR": "hour",
    "INH": "inch",
    "KGM": "kilogram",
    "KWH": "kilowatt hour",
    "LBR": "pound",
    "LH": "labour hour",
    "LM": "linear metre",
    "LS": "lump sum",
    "LTR": "litre",
    "MGM": "milligram",
    "MIL": "thousand",
    "MIN": "minute",
    "MLT": "millilitre",
    "MMT": "millimetre",
    "MON": "month",
    "MTK": "square metre",
    "MTQ": "cubic metre",
    "MTR": "metre",
    "ONZ": "ounce",
    "P1": "percent",
    "SEC": "second",
    "WEE": "week",
    "YRD": "yard",
    "ZZ": "mutually defined",
}
NAMES = {**COUNTS, **LARGE_MEASURES, **MEASURES}


def _codes(name: str) -> list[str]:
    lines = (FOLDER / name).read_text(encoding="ascii").splitlines()
    return [code for line in lines if not line.startswith("#") for code in line.split()]


def _decimals(code: str) -> int:
    if code in COUNTS:
        return COUNTED
    return LARGE if code in LARGE_MEASURES else MEASURED


UNITS: dict[str, int] = {
    **{code: _decimals(code) for code in _codes("units.txt")},
    **{f"X{code}": COUNTED for code in _codes("packages.txt")},
}


def unit_decimals(code: str) -> int | None:
    """How many decimals a quantity in the unit may have; None when there is no such unit."""
    return UNITS.get(code)
