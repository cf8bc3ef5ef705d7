"""The master key: as it is set, or made once for the data folder, whoever starts first."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from klantbeeld.settings import Settings, SettingsError, load, master_key
from klantbeeld.token_key import token_key

SET = base64.b64encode(bytes(32)).decode()


def settings_in(folder: Path, **values: str) -> Settings:
    given = {f"KLANTBEELD_{name}": value for name, value in values.items()}
    return load({"KLANTBEELD_DATA_DIR": str(folder / "data"), **given}, folder)


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    made = master_key(settings)
    assert len(made) == 32
    assert master_key(settings) == made
    assert [file.name for file in settings.data_dir.iterdir()] == ["master.key"]
    assert stat.S_IMODE((settings.data_dir / "master.key").stat().st_mode) == 0o600


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(master_key, [settings] * 32))
    assert len(keys) == 1
    assert [file.name for file in settings.data_dir.iterdir()] == ["master.key"]


def test_a_key_that_is_set_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, MASTER_KEY=SET)
    assert master_key(settings) == bytes(32)
    assert not settings.data_dir.exists()


@pytest.mark.parametrize(
    ("content", "mode", "code"), [("", 0o600, "bad_master_key"), (SET, 0o644, "exposed_master_key")]
)
def test_a_damaged_or_exposed_key_is_refused_and_kept(
    tmp_path: Path, content: str, mode: int, code: str
) -> None:
    settings = settings_in(tmp_path)
    settings.data_dir.mkdir()
    (settings.data_dir / "master.key").write_text(content)
    (settings.data_dir / "master.key").chmod(mode)
    with pytest.raises(SettingsError) as refused:
        master_key(settings)
    assert refused.value.code == code
    assert (settings.data_dir / "master.key").read_text() == content


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.data_dir.write_text("")
    with pytest.raises(SettingsError) as refused:
        master_key(settings)
    assert refused.value.code == "bad_data_dir"


def test_the_token_key_follows_from_the_master_key_unless_it_is_set(tmp_path: Path) -> None:
    derived = token_key(settings_in(tmp_path, MASTER_KEY=SET))
    assert derived == token_key(settings_in(tmp_path, MASTER_KEY=SET))
    assert derived != bytes(32)
    own = "a token key of at least 32 bytes"
    assert token_key(settings_in(tmp_path, MASTER_KEY=SET, TOKEN_KEY=own)) == own.encode()
