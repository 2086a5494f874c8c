"""What a structure file holds, and what in it will bite."""

from pathlib import Path

from vitreous.io import read_structure_summary


def describe_structure(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The kind, facts and warnings of a structure file."""
    summary = read_structure_summary(path)
    chains = ", ".join(chain or "(no name)" for chain in summary.chains)
    facts = [
        ("name", summary.name),
        ("title", summary.title),
        ("models", str(summary.model_count)),
        ("chains", f"{len(summary.chains)}: {chains}"),
        ("atoms", str(summary.atom_count)),
        ("elements", ", ".join(f"{symbol} {count}" for symbol, count in summary.elements.items())),
        ("hydrogens", str(summary.hydrogen_count)),
        ("atoms of waters", str(summary.water_count)),
        ("alternate locations", str(summary.alternate_count)),
        ("assemblies", ", ".join(summary.assemblies) or "none"),
    ]
    kept = [(label, value) for label, value in facts if value]
    return f"structure ({summary.file_format})", kept, list(summary.warnings)
