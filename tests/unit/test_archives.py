"""Archives of every kind: each member is read once under a safe name, or is named as a fault."""

import io
import os
import random
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from loader.errors import BadFileError, CantWriteError, LoaderError
from loader.find import tar_archive
from loader.find.data_files import DataFile, describe
from loader.find.opener import Opener
from loader.find.spool import HEAD
from tests.formats import packed
from tests.formats.packed import COMPRESSED, tarred, zipped

HEADER = b"timestamp,value\n"


def day(number: int, rows: int = 20) -> bytes:
    """One hr.csv of its own content."""
    lines = (f"2024-01-{number:02d} 00:00:{row:02d},{60 + number}\n" for row in range(rows))
    return HEADER + "".join(lines).encode()


def large(number: int) -> bytes:
    """One that is longer than its head and does not compress to nothing."""
    choice = random.Random(number)
    rows = (f"2024-01-{number:02d} 00:00:00,{choice.random()}\n" for _ in range(8 * HEAD // 40))
    return HEADER + "".join(rows).encode()


class Contents(dict[str, "bytes | LoaderError"]):
    """What was read, by name; ``skipped`` has what was counted and not read."""

    skipped: dict[str, str]


def read_all(path: Path) -> Contents:
    """Everything in a file, an archive or archives in it."""
    contents = Contents()
    contents.skipped = {}
    with Opener(path.parent) as opener:
        for file in _files(opener, describe(path, Path(path.name)), contents):
            try:
                with opener.open(file) as opened:
                    contents[file.name] = b"".join(iter(lambda: opened.stream.read(4 << 20), b""))
            except LoaderError as error:
                contents[file.name] = error
    return contents


def _files(opener: Opener, file: DataFile, contents: Contents) -> Iterator[DataFile]:
    try:
        listing = opener.members(file)
    except LoaderError as error:
        contents[file.name] = error
        return
    if listing is None:
        yield file
        return
    contents.skipped |= {skipped.name: kind for skipped, kind in listing.skipped}
    for fault in listing.faults:
        contents |= dict.fromkeys(fault.names, fault.error)
    for member in listing.files:
        yield from _files(opener, member, contents)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a"


def read(path: Path, content: bytes) -> Contents:
    path.write_bytes(content)
    found = read_all(path)
    assert [file.name for file in path.parent.iterdir()] == ["a"], "something was left behind"
    return found


# --- Names ---------------------------------------------------------------------------------------


NAMES = ["x", "x", "./y", "../../z", "/etc/z", "C:\\w\\v", "w/v"]
CALLED = ["a/x", "a/x#2", "a/y", "a/z", "a/etc/z", "a/w/v", "a/w/v#2"]


@pytest.mark.parametrize("pack", [zipped, *(tarred,) * 4], ids=["zip", *COMPRESSED])
def test_no_member_disappears_whatever_it_is_called(
    path: Path, pack: object, request: pytest.FixtureRequest
) -> None:
    members = [(name, day(number)) for number, name in enumerate(NAMES, start=1)]
    kind = request.node.callspec.id
    content = zipped(members) if kind == "zip" else tarred(members, kind)

    found = read(path, content)

    assert found == {name: day(number) for number, name in enumerate(CALLED, start=1)}


def test_names_that_are_not_utf8_are_escaped(path: Path) -> None:
    found = read(path, packed.name_that_is_not_utf8(day(1), day(2)))
    assert found == {"a/caf\\xe9\\xe9.csv": day(1), "a/day.csv": day(2)}
    assert set(read(path, tarred([("caf\udce9.csv", day(1))]))) == {"a/caf\\xe9.csv"}


def test_a_very_long_name_is_shortened_and_its_folders_are_kept(path: Path) -> None:
    name = f"participant_id=P1/{'x' * 5000}/day.csv"
    path.write_bytes(zipped([(name, day(1)), (name.replace("day", "dax"), day(2))]))
    with Opener() as opener:
        listing = opener.members(describe(path, Path("a")))
    assert listing is not None
    assert len({file.name for file in listing.files}) == 2
    for file in listing.files:
        assert len(file.name.encode()) < 500
        assert file.folders == ["a", "participant_id=P1", "x" * 5000]


def test_what_is_hidden_or_unfinished_is_counted(path: Path) -> None:
    names = [".x.csv", "__MACOSX/._x.csv", "b/.git/x", "x.csv.part", "x.csv"]
    members = [(name, day(1)) for name in names]
    for content in (zipped(members), tarred(members)):
        found = read(path, content)
        assert set(found) == {"a/x.csv"}
        assert set(found.skipped) == {f"a/{name}" for name in names[:-1]}


def test_links_and_devices_in_a_tar_are_counted(path: Path) -> None:
    content = tarred(
        [
            ("day.csv", day(1)),
            packed.link("soft", "day.csv"),
            packed.link("hard", "day.csv", tarfile.LNKTYPE),
            packed.link("pipe", "", tarfile.FIFOTYPE),
            packed.link("device", "", tarfile.CHRTYPE),
            (".hidden/day.csv", day(2)),
            packed.link("shown.csv", ".hidden/day.csv", tarfile.LNKTYPE),
        ],
        "tar.gz",
    )
    found = read(path, content)
    # What only the link shows is read through it.
    assert found == {"a/day.csv": day(1), "a/shown.csv": day(2)}
    assert set(found.skipped) == {"a/soft", "a/hard", "a/pipe", "a/device", "a/.hidden/day.csv"}


# --- Archives in archives ------------------------------------------------------------------------


@pytest.mark.parametrize("inner", ["zip", *COMPRESSED])
@pytest.mark.parametrize("outer", ["zip", "tar", "tar.gz"])
def test_an_archive_in_an_archive(path: Path, outer: str, inner: str) -> None:
    def pack(kind: str, members: list[packed.Member]) -> bytes:
        return zipped(members) if kind == "zip" else tarred(members, kind)

    parts = [(f"part-{n}", pack(inner, [("x", large(n)), ("y", day(n))])) for n in (1, 2)]
    found = read(path, pack(outer, [*parts, ("part-1/x", day(9))]))
    assert found == {
        **{f"a/part-{n}/x": large(n) for n in (2,)},
        **{f"a/part-{n}/y": day(n) for n in (2,)},
        "a/part-1#2/x": large(1),
        "a/part-1#2/y": day(1),
        "a/part-1/x": day(9),
    }


def test_an_archive_too_deep_is_a_fault_that_names_it(path: Path) -> None:
    content = day(1)
    for name in ("day.csv", "4.zip", "3.zip", "2.zip"):
        content = zipped([(name, content), ("beside.csv", day(2))])
    found = read(path, content)
    fault = found.pop("a/2.zip/3.zip/4.zip")
    assert isinstance(fault, BadFileError)
    assert "a/2.zip/3.zip/4.zip is nested in 3 other archives" in fault.what
    assert found == {f"a/{folder}beside.csv": day(2) for folder in ("", "2.zip/", "2.zip/3.zip/")}


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_a_single_compressed_file_in_an_archive(path: Path, kind: str) -> None:
    compressed = COMPRESSED[f"tar.{kind}"](large(1))
    for content in (zipped([("x", compressed)]), tarred([("x", compressed)])):
        assert read(path, content) == {"a/x": large(1)}
    assert read(path, compressed) == {"a": large(1)}


# --- Damage --------------------------------------------------------------------------------------


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("share", [0.001, 0.05, 0.5])
def test_a_damaged_member_of_a_zip_is_its_own_fault(path: Path, method: int, share: float) -> None:
    bad = bytearray(zipped([("bad", large(1))], method))
    whole = zipped([("bad", large(1)), ("good", day(2))], method)
    length = len(bad) - 100
    start = 40 + int(share * length)
    found = read(path, whole[:start] + b"\xa5" * 30 + whole[start + 30 :])
    assert found["a/good"] == day(2)
    fault = found["a/bad"]
    assert isinstance(fault, BadFileError), fault
    assert fault.what.startswith("a/bad is damaged: ")
    assert "\n" not in str(fault)


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("cut", [0.3, 0.7, 0.999])
def test_a_cut_tar_is_a_fault_as_a_whole(path: Path, kind: str, cut: float) -> None:
    content = tarred([("x", large(1)), ("y", large(2))], kind)
    found = read(path, content[: int(len(content) * cut)])
    (fault,) = found.values()
    assert isinstance(fault, BadFileError), fault
    assert fault.what.startswith("a is damaged: ")


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tar.xz"])
def test_a_damaged_compressed_tar_is_a_fault(path: Path, kind: str) -> None:
    content = tarred([("x", large(1)), ("y", large(2))], kind)
    (fault,) = read(path, packed.damaged(content)).values()
    assert isinstance(fault, BadFileError), fault


def test_a_tar_with_a_damaged_header_does_not_end_there_unsaid(path: Path) -> None:
    content = bytearray(tarred([("x", day(1)), ("y", day(2)), ("z", day(3))]))
    header = content.index(b"y\0\0")
    content[header + 148 : header + 150] = b"77"
    (fault,) = read(path, bytes(content)).values()
    assert isinstance(fault, BadFileError)
    assert "a header can't be read" in fault.what


def test_a_header_that_would_fill_the_memory_is_a_fault(path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 10 << 30
    (fault,) = read(
        path, tarred([("x", day(1))])[:1024] + info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)
    ).values()
    assert isinstance(fault, BadFileError)
    assert "a header of 10,737,418,240 bytes" in fault.what


def test_tars_that_were_joined_are_read_to_their_end(path: Path) -> None:
    content = tarred([("x", day(1))]) + tarred([("y", day(2)), ("x", day(3))])
    assert read(path, content) == {"a/x": day(1), "a/y": day(2), "a/x#2": day(3)}


def test_a_member_may_not_hold_more_than_it_declares(path: Path) -> None:
    content = large(1)
    for size in (10, HEAD, len(content) - 1):
        (fault,) = read(path, packed.declared(content, size)).values()
        assert isinstance(fault, BadFileError), size
    (fault,) = read(path, packed.declared(content, len(content) + 5, None)).values()
    assert isinstance(fault, BadFileError)
    assert "declares" in fault.what


def test_a_method_that_is_not_known_is_named(path: Path) -> None:
    (fault,) = read(path, packed.of_method(large(1), 9)).values()
    assert isinstance(fault, BadFileError)
    assert "deflate64" in fault.what


def test_encrypted_members_are_one_fault_and_the_others_are_read(path: Path) -> None:
    members = [(name, day(n)) for n, name in enumerate(("x", "y", "z"), start=1)]
    found = read(path, packed.encrypted(members, ["x", "z"]))
    assert found.pop("a/y") == day(2)
    faults = {id(fault): fault for fault in found.values()}
    (fault,) = faults.values()
    assert isinstance(fault, BadFileError)
    assert fault.what == "a/x and 1 more in this archive are encrypted"


@pytest.mark.parametrize("seed", [*range(40), 1304])
def test_whatever_is_damaged_is_read_right_or_is_a_fault(path: Path, seed: int) -> None:
    """Bytes changed anywhere in an archive: never an exception, never another content."""
    choice = random.Random(seed)
    good = {"a/x": large(1), "a/y": day(2), "a/in/z": large(3)}
    inner = zipped([("z", large(3))]) if seed % 2 else tarred([("z", large(3))], "tar.gz")
    members = [("x", large(1)), ("y", day(2)), ("in", inner)]
    kind = choice.choice(["zip", "zip", "zip lzma", "zip bz2", "tar.gz", "tar.bz2", "tar.xz"])
    method = {"zip lzma": zipfile.ZIP_LZMA, "zip bz2": zipfile.ZIP_BZIP2}.get(
        kind, zipfile.ZIP_DEFLATED
    )
    content = bytearray(zipped(members, method) if "zip" in kind else tarred(members, kind))
    place = choice.choice([choice.randrange(len(content)), len(content) - choice.randrange(1, 300)])
    for at in range(place, min(place + choice.choice([1, 4, 40]), len(content))):
        content[at] = choice.randrange(256)

    found = read(path, bytes(content))

    texts = set(good.values())
    for content_found in found.values():
        if isinstance(content_found, bytes):
            assert content_found in texts or not content_found.startswith(HEADER), kind
        else:
            assert isinstance(content_found, BadFileError), kind


# --- Cost ----------------------------------------------------------------------------------------


def test_a_compressed_tar_is_read_once_however_many_members_are_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    really = tar_archive.open_tar

    def counted(stream: BinaryIO) -> tarfile.TarFile:
        opened.append(stream)
        return really(stream)

    monkeypatch.setattr(tar_archive, "open_tar", counted)
    members = [(f"{n % 7}/{n}.csv", day(n % 28 + 1) if n % 10 else large(n)) for n in range(100)]
    path.write_bytes(tarred(members, "tar.gz"))

    found = read_all(path)

    assert found == {f"a/{name}": content for name, content in members}
    assert len(opened) == 1


def test_of_a_member_that_is_of_no_use_only_the_head_is_kept(path: Path) -> None:
    photo = b"\xff\xd8\xff" + os.urandom(4 << 20)
    path.write_bytes(tarred([("photo.jpg", photo), ("day.csv", day(1))], "tar.gz"))
    with Opener() as opener:
        listing = opener.members(describe(path, Path("a")))
        assert listing is not None
        (_, tar) = opener._archives[0]
        assert tar._spool._end < 2 * HEAD  # type: ignore[attr-defined]
        # But if somebody wants it, it is all there.
        for file in listing.files:
            with opener.open(file) as opened:
                whole = opened.stream.read()
            assert whole == (photo if "photo" in file.name else day(1))


def test_a_full_disk_is_no_fault_of_the_archive(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(tarred([("x", large(1))], "tar.gz"))

    def full(**wanted: object) -> io.FileIO:
        return io.FileIO("/dev/full", "r+")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with Opener(path.parent) as opener, pytest.raises(CantWriteError, match="is full") as raised:
        opener.members(describe(path, Path("a")))
    assert "SCRATCH_DIR" in raised.value.hint


def test_an_archive_replaced_after_it_was_listed_is_not_read_as_the_old_one(path: Path) -> None:
    path.write_bytes(zipped([("x", day(1))]))
    with Opener() as opener:
        listing = opener.members(describe(path, Path("a")))
    assert listing is not None
    path.write_bytes(zipped([("x", day(2))]))
    with (
        Opener() as opener,
        pytest.raises(BadFileError, match="a/x changed while it was read"),
        opener.open(listing.files[0]),
    ):
        pass
