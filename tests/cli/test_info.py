from vitreous.io import Table, write_star


def test_what_files_hold(run, map_file, structure_file):
    outcome = run("info", map_file("map.mrc"), structure_file())
    assert outcome.status == 0 and outcome.err == ""
    assert "map.mrc: map" in outcome.out and "8 × 8 × 8" in outcome.out and "2 Å" in outcome.out
    assert "pair.pdb: structure" in outcome.out


def test_warnings_do_not_change_the_status(run, map_file, tmp_path):
    path = map_file("bare.mrc")
    data = bytearray(path.read_bytes())
    data[40:52] = bytes(12)  # the cell's lengths
    path.write_bytes(data)
    write_star(
        tmp_path / "p.star", {"": Table({"rlnImageName": ["1@absent.mrcs"], "rlnAngleRot": [0.0]}, source="test")}
    )
    outcome = run("info", path, tmp_path / "p.star")
    assert outcome.status == 0
    assert "  warning: no pixel size" in outcome.out and "absent.mrcs" in outcome.out


def test_the_others_are_described_before_it_fails(run, map_file, tmp_path):
    broken = tmp_path / "broken.mrc"
    broken.write_bytes(map_file("a.mrc").read_bytes()[:1500])
    outcome = run("info", broken, tmp_path / "a.mrc")
    assert outcome.status == 2
    assert "a.mrc: map" in outcome.out
    assert outcome.err.startswith(f"error: {broken}") and "hint: " in outcome.err and "Traceback" not in outcome.err


def test_what_cannot_be_read(refused, tmp_path):
    for name, content in (
        ("empty.mrc", b""),
        ("empty.star", b""),
        ("text.pdb", b"no structure\n" * 50),
        ("binary.cif", bytes(range(256)) * 20),
        ("binary.dat", bytes(range(256)) * 20),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert str(path) in refused("info", path)
    assert "absent" in refused("info", tmp_path / "absent.mrc")
    assert "nothing to describe" in refused("info")


def test_system(run):
    outcome = run("info", "--system")
    assert outcome.status == 0
    for word in ("software", "jaxlib", "machine", "memory", "devices", "backend"):
        assert word in outcome.out
