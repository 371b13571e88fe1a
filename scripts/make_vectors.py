"""Makes the vectors by which implementations are held to one another, the same at each run: `tests/vectors/rules/`.

A case stands on the first `below` blocks of its file's chain; `error` is the first rule that its `bytes` break at the
moment `now`, or null; `gives` is what they hash and add up to. The honest version of a block or header that is refused
is the chain's next block; that of a transaction is beside it. `python scripts/make_vectors.py` writes them all.
"""

import json
from pathlib import Path

from vector_cases.blocks import block_files
from vector_cases.encodings import encoding_files
from vector_cases.headers import header_files
from vector_cases.transactions import transaction_files
from vector_cases.values import values

FOLDER = Path(__file__).parent.parent / "tests" / "vectors" / "rules"
VALUES = FOLDER.parent / "values.json"


def vectors() -> dict[str, str]:
    """Give each file's text by its name."""
    files = encoding_files() | header_files() | transaction_files() | block_files()
    return {f"{name}.json": json.dumps(content, indent=1) + "\n" for name, content in files.items()}


def values_text() -> str:
    """Give the text of the file of what is no rule and must agree all the same."""
    return json.dumps(values(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all files, and remove what is none of them."""
    made = vectors()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.iterdir():
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
    VALUES.write_text(values_text(), "utf-8")


if __name__ == "__main__":
    main()
