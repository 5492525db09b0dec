"""The committed JSON is what the code builds, and the files around it agree with it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dashboards.__main__ import DASHBOARDS, GENERATED, main, text
from dashboards.panels import PLUGIN

ROOT = Path(__file__).resolve().parents[2]
PROVISIONING = ROOT / "dashboards" / "provisioning"


def test_the_committed_json_is_up_to_date() -> None:
    assert main(["check"]) == 0
    assert {path.stem for path in GENERATED.glob("*.json")} == {name for name, _ in DASHBOARDS}


def test_building_twice_gives_the_same() -> None:
    for _, build in DASHBOARDS:
        assert text(build()) == text(build())


def test_a_changed_or_missing_file_fails_and_write_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(GENERATED, tmp_path, dirs_exist_ok=True)
    (tmp_path / "ward.json").write_text((tmp_path / "ward.json").read_text().replace("now-6h", "now-7h"))
    assert main(["check", "--folder", str(tmp_path)]) == 1
    assert "ward.json: differs from what the code builds" in capsys.readouterr().err
    (tmp_path / "ward.json").unlink()
    assert main(["check", "--folder", str(tmp_path)]) == 1
    assert main(["write", "--folder", str(tmp_path)]) == 0
    assert main(["check", "--folder", str(tmp_path)]) == 0


def test_every_panel_speaks_chinese_and_english() -> None:
    for _, build in DASHBOARDS:
        for panel in build()["panels"]:
            for words in (panel["title"], panel["description"]):
                assert re.search(r"[\u4e00-\u9fff]", words) and re.search(r"[A-Za-z]{2}", words), words


def test_the_data_source_is_provisioned_as_the_dashboards_expect_it() -> None:
    source = (PROVISIONING / "datasources" / "anxin.yaml").read_text()
    assert f"type: {PLUGIN}\n" in source and "user: anxin_report\n" in source
    inner = source.split("\n    jsonData:", 1)[1]
    assert re.search(r"^      database: \S", inner, re.MULTILINE) and re.search(
        r"^      sslmode: \S", inner, re.MULTILINE
    )
    assert re.search(r"secureJsonData:\n      password: \$\w+\n", source)


def test_compose_mounts_the_dashboards_where_the_provider_looks() -> None:
    provider = (PROVISIONING / "dashboards" / "anxin.yaml").read_text()
    path = re.search(r"^      path: (\S+)$", provider, re.MULTILINE)
    compose = (ROOT / "compose.yaml").read_text()
    assert path and f"./dashboards/generated:{path[1]}:ro" in compose
    assert "./dashboards/provisioning:/etc/grafana/provisioning:ro" in compose
    wanted = set(re.findall(r"\$(ANXIN_\w+)", (PROVISIONING / "datasources" / "anxin.yaml").read_text()))
    assert wanted <= set(re.findall(r"^      (ANXIN_\w+):", compose, re.MULTILINE)) | {"ANXIN_REPORT_PASSWORD"}


@pytest.mark.parametrize("name", [name for name, _ in DASHBOARDS])
def test_every_panel_is_documented(name: str) -> None:
    manual = (ROOT / "docs" / "dashboards.md").read_text()
    for panel in dict(DASHBOARDS)[name]()["panels"]:
        assert panel["title"] in manual
