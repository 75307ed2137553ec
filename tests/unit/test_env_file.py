"""``.env``: what is taken from it, how a value is read, what is refused, how it is written."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from loader.configuration.env_file import (
    exported_mark,
    load_settings,
    read_env_file,
    write_env_file,
)
from loader.configuration.settings import PROJECT, Settings
from loader.configuration.variables import ENV_FILE, EXPORTED, LIBPQ_VARIABLES, OWN_VARIABLES
from loader.errors import SettingsError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def read(file: Path, text: str, **environ: str) -> dict[str, str]:
    file.write_text(text, encoding="utf-8")
    return read_env_file(file, environ)


def loaded(file: Path, text: str, **environ: str) -> dict[str, str]:
    file.write_text(text, encoding="utf-8")
    environ[ENV_FILE] = str(file)
    load_settings(environ)
    del environ[ENV_FILE]
    return environ


# --- What a value is: each case as the reference of docker compose has it ------------------------


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("VAL", "VAL"),
        ('"VAL"', "VAL"),
        ("'VAL'", "VAL"),
        ("VAL # comment", "VAL"),
        ("VAL# not a comment", "VAL# not a comment"),
        ('"VAL # not a comment"', "VAL # not a comment"),
        ('"VAL" # comment', "VAL"),
        ("'$OTHER'", "$OTHER"),
        ("'${OTHER}'", "${OTHER}"),
        ("$OTHER", "other"),
        ("a$OTHER/b", "aother/b"),
        ('"${OTHER}"', "other"),
        ("${EARLIER}", "earlier"),
        ("${NONE:-default}", "default"),
        ("${NONE-default}", "default"),
        ("${OTHER:-default}", "other"),
        ("${EMPTY:-default}", "default"),
        ("$$OTHER", "$OTHER"),
        ("'a\\b'", "a\\b"),
        ("a\\b", "a\\b"),
        ("'pa ss'", "pa ss"),
        ('"it\'s"', "it's"),
        ("x=y", "x=y"),
        ("é ü", "é ü"),
    ],
)
def test_a_value_is_what_compose_reads(file: Path, line: str, value: str) -> None:
    text = f"EARLIER=earlier\nPGPASSWORD={line}\n"
    assert read(file, text, OTHER="other", EMPTY="") == {"PGPASSWORD": value}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("pa$word", "$word in it is not set"),
        ("pa$", "a $ without a variable"),
        ("${NONE:?say so}", "a $ without a variable"),
        ('"a\\nb"', "a backslash in double quotes"),
        ("'it\\'s'", "a backslash can't escape anything"),
        ("#x", "it begins with #"),
        ("a\\$b", "a backslash before a $"),
    ],
)
def test_a_value_that_compose_reads_differently_is_refused(
    file: Path, line: str, reason: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read(file, f"# a comment\n\nPGPASSWORD={line}\n")
    assert str(file) in raised.value.what
    assert "line 3, PGPASSWORD: " in raised.value.what
    assert reason in raised.value.what


def test_what_is_for_compose_alone_is_neither_taken_nor_judged(file: Path) -> None:
    text = "PUID=1000\nPOSTGRES_PASSWORD=pa$word\nFITBIT_LOADER_PASSWORD=x$y\nTZ=Asia/Tokyo\n"
    assert read(file, text + "PATH=/nowhere\nPYTHONPATH=/x\nPGDATA=/x\n") == {}


def test_the_example_is_a_file_without_settings() -> None:
    assert read_env_file(PROJECT / ".env.example", {}) == {}


def test_line_ends_export_and_a_byte_order_mark(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfexport DATA_DIR=/x\r\nFITBIT_PARTICIPANT = P1\r\n")
    assert read_env_file(file, {}) == {"DATA_DIR": "/x", "FITBIT_PARTICIPANT": "P1"}


# --- Faults --------------------------------------------------------------------------------------


def test_every_fault_is_told_at_once(file: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        read(file, "FITBIT_TIMEZON=x\nLOADER_MEM=1\nEMBEDDED_DB_MIROR=\nTZ: UTC\nDATA_DIR='x\n")
    for words in (
        "FITBIT_TIMEZON is not a setting (did you mean FITBIT_TIMEZONE?)",
        "LOADER_MEM is not a setting (did you mean LOADER_MEMORY?)",
        "EMBEDDED_DB_MIROR is not a setting (did you mean EMBEDDED_DB_MIRROR?)",
        "line 4 is not NAME=value",
        "line 5 is not NAME=value",
    ):
        assert words in raised.value.what
    assert str(file) in raised.value.hint
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"DATA_DIR=\xff\xfe", None])
def test_what_is_no_text_is_one_line(file: Path, content: bytes | None) -> None:
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="can't be read"):
        read_env_file(file, {})


def test_a_file_that_is_named_and_missing(file: Path) -> None:
    with pytest.raises(SettingsError, match="is missing"):
        load_settings({ENV_FILE: str(file)})


# --- Who wins ------------------------------------------------------------------------------------


def test_the_environment_wins_and_an_empty_value_is_none(file: Path) -> None:
    text = "DATA_DIR=/file\nSTATE_DIR=/file\nLOG_DIR=\nFITBIT_TIMEZONE=Europe/Berlin\n"
    found = loaded(file, text, DATA_DIR="/environment", STATE_DIR="")
    assert found == {
        "DATA_DIR": "/environment",
        "STATE_DIR": "/file",
        "FITBIT_TIMEZONE": "Europe/Berlin",
    }


def test_folders_are_relative_to_the_file_wherever_a_run_starts(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir("/")
    text = "DATA_DIR=mine/\nSTATE_DIR=./state\nLOG_DIR=~/logs\nSCRATCH_DIR=/scratch\n"
    settings = Settings.from_env(loaded(file, text))
    assert settings.data_dir == tmp_path / "mine"
    assert settings.state_dir == tmp_path / "state"
    assert settings.log_dir == tmp_path / "home" / "logs"
    assert settings.scratch_dir == Path("/scratch")


def test_each_of_our_variables_and_of_libpqs_is_taken(file: Path) -> None:
    names = [name for name in (*OWN_VARIABLES, *LIBPQ_VARIABLES) if name != "PGPASSWORD_FILE"]
    assert loaded(file, "".join(f"{name}=/x\n" for name in names)) == dict.fromkeys(names, "/x")


def test_a_password_is_not_sent_to_another_server(file: Path) -> None:
    text = "PGHOST=one\nPGPORT=6000\nPGPASSWORD=secret\nDATA_DIR=/x\n"
    assert loaded(file, text, PGHOST="two") == {"PGHOST": "two", "DATA_DIR": "/x"}
    assert loaded(file, text, PGHOST="one")["PGPASSWORD"] == "secret"
    assert loaded(file, text, PGDATABASE="x")["PGHOST"] == "one"
    assert loaded(file, "PGPASSWORD=secret\n", PGHOST="two")["PGPASSWORD"] == "secret"
    embedded = {"PGHOST": "h", "PGPORT": "1", "EMBEDDED_DB_EXPORTED": "h:1"}
    assert loaded(file, "PGSSLMODE=require\n", **embedded) == embedded


def test_a_password_file_of_the_file(file: Path) -> None:
    (file.parent / "secret").write_text("s3cret\n")
    assert loaded(file, "PGPASSWORD_FILE=secret\n")["PGPASSWORD"] == "s3cret"


def test_what_activate_exported_is_read_again(file: Path) -> None:
    old = {"FITBIT_TIMEZONE": "Europe/Berlin", "DATA_DIR": "/old", "LOG_DIR": "/old"}
    shell = {**old, EXPORTED: exported_mark(old), "LOG_DIR": "/changed/since"}
    assert loaded(file, "FITBIT_TIMEZONE=Europe/Vienna\nLOG_DIR=/file\n", **shell) == {
        "FITBIT_TIMEZONE": "Europe/Vienna",
        "LOG_DIR": "/changed/since",
    }


# --- Writing -------------------------------------------------------------------------------------


def test_writing_keeps_the_other_lines_and_is_private(file: Path) -> None:
    text = "# mine\n\nDATA_DIR=/old # here\nPUID=7\nexport DATA_DIR='/older'\n# end"
    file.write_text(text)
    file.chmod(0o644)
    write_env_file(file, {"DATA_DIR": "/new", "PGPASSWORD": "a $b#c"})
    assert file.read_text() == "# mine\n\nPUID=7\nDATA_DIR=/new\n# end\nPGPASSWORD='a $b#c'\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == [".env"]
    assert read_env_file(file, {}) == {"DATA_DIR": "/new", "PGPASSWORD": "a $b#c"}


@pytest.mark.parametrize(
    "value", ["x", "a b", "it's", "50%", "a#b", "#", "$x", "\\", "a\\b", "é=ü"]
)
def test_what_is_written_is_what_is_read(file: Path, value: str) -> None:
    try:
        write_env_file(file, {"FITBIT_PARTICIPANT": value})
    except SettingsError:
        assert value == "\\"
        assert not file.exists()
        return
    assert read_env_file(file, {}) == {"FITBIT_PARTICIPANT": value}


def test_a_symlink_stays_one(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept elsewhere"
    target.write_text("PUID=7\n")
    file.symlink_to(target)
    write_env_file(file, {"DATA_DIR": "/new"})
    assert file.is_symlink()
    assert target.read_text() == "PUID=7\nDATA_DIR=/new\n"


# --- Compose -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OWN_VARIABLES)
def test_compose_and_the_example_have_every_setting(name: str) -> None:
    compose, example = (PROJECT / "docker-compose.yml", PROJECT / ".env.example")
    assert f"${{{name}:-" in compose.read_text(), f"add {name} to x-settings in {compose.name}"
    assert f"\n#{name}=" in example.read_text(), f"add #{name}= to {example.name}"


def test_no_test_reads_a_developers_file() -> None:
    assert os.environ[ENV_FILE] == os.devnull


def test_make_env_adds_passwords_to_a_file_of_settings(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(PROJECT / "scripts" / "make_env_file.sh", tmp_path / "scripts")
    shutil.copy(PROJECT / ".env.example", tmp_path)
    (tmp_path / ".env").write_text("# mine\nDATA_DIR=/x\nPUID=7\nPGID=\n")
    command = [tmp_path / "scripts" / "make_env_file.sh"]
    subprocess.run(command, check=True, capture_output=True)
    lines = (tmp_path / ".env").read_text().splitlines()
    assert lines[:3] == ["# mine", "DATA_DIR=/x", "PUID=7"]
    assert [line.split("=")[0] for line in lines[3:]] == [
        "POSTGRES_PASSWORD",
        "FITBIT_LOADER_PASSWORD",
        "FITBIT_READER_PASSWORD",
        "PGID",
    ]
    assert all(line.partition("=")[2] for line in lines[1:])
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    again = subprocess.run(command, check=False, capture_output=True)
    assert again.returncode == 73
    assert (tmp_path / ".env").read_text().splitlines() == lines
    (tmp_path / ".env").unlink()
    subprocess.run(command, check=True, capture_output=True)
    assert read_env_file(tmp_path / ".env", {}) == {}
