"""Atoms as a volume by gemmi's DensityCalculatorE: values at voxels' centres, one thread."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import gemmi
    import numpy as np

    shape, voxel_size = tuple(map(int, inputs["shape"])), inputs["pixel_size"]
    sizes = shape[::-1]

    def model_of(count: int) -> gemmi.Model:
        chain, residue = gemmi.Chain("A"), gemmi.Residue()
        for element, position, b_factor in zip(
            inputs["elements"][:count], inputs["positions"][:count], inputs["b_factors"][:count], strict=True
        ):
            atom = gemmi.Atom()
            atom.element, atom.b_iso, atom.occ = gemmi.Element(int(element)), float(b_factor), 1.0
            atom.pos = gemmi.Position(*(float(x) + n // 2 * voxel_size for x, n in zip(position, sizes, strict=True)))
            residue.add_atom(atom)
        chain.add_residue(residue)
        model = gemmi.Model(1)
        model.add_chain(chain)
        return model

    calculator = gemmi.DensityCalculatorE()
    calculator.grid.set_unit_cell(gemmi.UnitCell(*(n * voxel_size for n in sizes), 90, 90, 90))
    calculator.grid.spacegroup = gemmi.SpaceGroup("P 1")
    calculator.grid.set_size(*sizes)
    calculator.d_min = 0.0
    model = model_of(len(inputs["elements"]))

    def job(model=model):
        calculator.put_model_density_on_grid(model)
        return np.array(calculator.grid, copy=False)

    return job, lambda: {"drawn": job(model_of(inputs["proved"])).T.copy()}


contest(prepare)
