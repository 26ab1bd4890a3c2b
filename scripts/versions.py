"""Write versions.cfg, buildout's pins, from constraints.txt, pip's pins.

"make constraints" runs it; with --check it writes nothing and exits 1 when
versions.cfg is out of date.
"""

from pathlib import Path
import re
import sys


ROOT = Path(__file__).resolve().parent.parent
HEADER = (
    "# Made from constraints.txt by scripts/versions.py: do not edit.\n[versions]\n"
)
# buildout gives these two, in this spelling, a minimum that would win over our pin.
SPELLINGS = {"zc-buildout": "zc.buildout", "zc-recipe-egg": "zc.recipe.egg"}
PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)")


def versions(constraints: str) -> str:
    lines = [HEADER]
    for line in constraints.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        pin = PIN.fullmatch(line)
        if pin is None:
            sys.exit(f"constraints.txt: not a pin of the form name==version: {line}")
        lines.append(f"{SPELLINGS.get(pin[1], pin[1])} = {pin[2]}\n")
    return "".join(lines)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    text = versions((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    target = ROOT / "versions.cfg"
    if not arguments:
        target.write_text(text, encoding="utf-8")
    elif not target.exists() or target.read_text(encoding="utf-8") != text:
        print('versions.cfg is out of date: run "make constraints"', file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
