"""What an operator sets: where it is read, what is refused, and with which words."""

import base64
from pathlib import Path

import pytest

from klantbeeld.settings import READERS, Settings, SettingsError, load, shown
from tests.guards.checkout import ROOT

KEY = base64.b64encode(bytes(range(32))).decode()
URL = "postgresql://anna:welkom@db.example/kb?sslpassword=welkom"
DATABASE = {"KLANTBEELD_DATABASE_URL": URL, "KLANTBEELD_MASTER_KEY": KEY}


def given(tmp_path: Path, **values: str) -> Settings:
    return load({f"KLANTBEELD_{name}": value for name, value in values.items()}, tmp_path)


def test_with_nothing_set_everything_is_embedded(tmp_path: Path) -> None:
    settings = load({"HOME": "/home/anna"}, tmp_path)
    assert settings.embedded
    assert (settings.region, settings.time_zone, settings.language) == ("NL", "Europe/Amsterdam", "nl")
    assert (settings.topic_prefix, settings.partitions) == ("klantbeeld.", 12)
    assert set(settings.origins.values()) == {"default"}


@pytest.mark.parametrize(
    ("user", "folder"), [(0, "/var/lib/klantbeeld"), (1000, "/home/anna/.local/share/klantbeeld")]
)
def test_the_data_folder_depends_on_who_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, folder: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert load({"HOME": "/home/anna"}, tmp_path).data_dir == Path(folder)


def test_the_environment_goes_before_the_file_and_each_value_knows_its_origin(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KLANTBEELD_REGION=BE\nKLANTBEELD_LANGUAGE=en\nREGION=DE\n")
    settings = given(tmp_path, LANGUAGE="nl")
    assert (settings.region, settings.language) == ("BE", "nl")
    origins = [settings.origins[name] for name in ("REGION", "LANGUAGE", "TIME_ZONE")]
    assert origins == [".env", "environment", "default"]


@pytest.mark.parametrize(
    "line",
    [
        "KLANTBEELD_REGION=BE",
        "export KLANTBEELD_REGION=BE",
        '  KLANTBEELD_REGION = "BE"  # where we are',
        "KLANTBEELD_REGION='BE'",
        "KLANTBEELD_REGION=BE # where we are",
        "\ufeffKLANTBEELD_REGION=BE\r",
        "# a note\n\nnonsense\nKLANTBEELD_REGION=BE",
    ],
)
def test_the_file_is_read_as_people_write_it(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(line, encoding="utf-8", newline="")
    assert load({}, tmp_path).region == "BE"


def test_nothing_in_the_file_is_expanded(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KLANTBEELD_DATA_DIR=/srv/$HOME/`id`")
    assert load({}, tmp_path).data_dir == Path("/srv/$HOME/`id`")


def test_an_empty_value_counts_as_absent(tmp_path: Path) -> None:
    assert given(tmp_path, DATABASE_URL="", REGION="  ").embedded


def test_a_name_that_is_no_setting_is_reported(tmp_path: Path) -> None:
    assert given(tmp_path, DATABSE_URL="x").unknown == ("DATABSE_URL",)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("KAFKA_BOOTSTRAP", "kafka.example:9092", "missing_database_url"),
        ("ELASTICSEARCH_URL", "http://search.example:9200", "missing_database_url"),
        ("DATABASE_URL", "postgresql://db.example/kb", "missing_master_key"),
        ("MASTER_KEY", "short", "bad_master_key"),
        ("MASTER_KEY", base64.b64encode(b"31 bytes are one byte too short").decode(), "bad_master_key"),
        ("TOKEN_KEY", "welkom01", "weak_token_key"),
        ("REGION", "Holland", "bad_region"),
        ("TIME_ZONE", "Europe/Utrecht", "unknown_time_zone"),
        ("TIME_ZONE", "../../etc/passwd", "unknown_time_zone"),
        ("LANGUAGE", "fr", "bad_language"),
        ("PUBLIC_URL", "desk.example.nl", "bad_public_url"),
        ("PUBLIC_URL", "https://[desk", "bad_public_url"),
        ("PARTITIONS", "4096", "bad_partitions"),
        ("PARTITIONS", "many", "bad_partitions"),
        ("TOPIC_PREFIX", "klant beeld", "bad_topic_prefix"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name_and_never_repeated(
    tmp_path: Path, name: str, value: str, code: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        given(tmp_path, **{name: value})
    assert refused.value.code == code
    assert refused.value.mend
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("KAFKA_BOOTSTRAP", "kafka.example", "bad_kafka_bootstrap"),
        ("KAFKA_BOOTSTRAP", "kafka.example:9092,,other:9092", "bad_kafka_bootstrap"),
        ("KAFKA_BOOTSTRAP", "kafka://kafka.example:9092", "bad_kafka_bootstrap"),
        ("ELASTICSEARCH_URL", "search.example:9200", "bad_elasticsearch_url"),
    ],
)
def test_an_address_of_another_form_is_refused(tmp_path: Path, name: str, value: str, code: str) -> None:
    own = {"DATABASE_URL": "postgresql://db.example/kb", "MASTER_KEY": KEY}
    with pytest.raises(SettingsError) as refused:
        given(tmp_path, **own, **{name: value})
    assert refused.value.code == code


def test_several_brokers_stand_with_commas_between(tmp_path: Path) -> None:
    own = {"DATABASE_URL": "postgresql://db.example/kb", "MASTER_KEY": KEY}
    found = given(tmp_path, **own, KAFKA_BOOTSTRAP="one.example:9092, two.example:9093,[::1]:9094")
    assert found.kafka_bootstrap == "one.example:9092,two.example:9093,[::1]:9094"


def test_another_database_scheme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        given(tmp_path, DATABASE_URL="mysql://db.example/kb", MASTER_KEY=KEY)
    assert refused.value.code == "bad_database_url"


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"KLANTBEELD_REGION=\xff")
    with pytest.raises(SettingsError) as refused:
        load({}, tmp_path)
    assert refused.value.code == "unreadable_env_file"


def test_secrets_are_neither_in_the_repr_nor_shown(tmp_path: Path) -> None:
    settings = load({**DATABASE, "KLANTBEELD_TOKEN_KEY": "a token key of at least 32 bytes"}, tmp_path)
    for text in (repr(settings), str(shown(settings))):
        assert "welkom" not in text
        assert KEY not in text
        assert "a token key" not in text
    assert shown(settings)["MASTER_KEY"] == {"value": "(hidden)", "origin": "environment"}
    assert "db.example" in str(shown(settings)["DATABASE_URL"]["value"])


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert not [name for name in READERS if f"`KLANTBEELD_{name}`" not in text]
    assert not [code for code, _ in READERS.values() if f"`{code}`" not in text]
