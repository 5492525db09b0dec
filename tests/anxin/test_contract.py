"""The committed contract documents are what the types give, and accept what we send."""

from __future__ import annotations

from anxin import contract
from anxin.vocabulary import ObservationKind


def test_the_documents_are_up_to_date() -> None:
    assert contract.main(["--check"]) == 0


def test_a_stale_document_is_found(tmp_path: object) -> None:
    assert contract.main(["--check", "--folder", str(tmp_path)]) == 1


def test_every_observation_kind_is_documented() -> None:
    columns = contract.message_schema()["$defs"]["Observations"]["properties"]["values"]["properties"]
    assert set(columns) == set(ObservationKind)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = contract.asyncapi()

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            return [v for k, v in node.items() if k == "$ref"] + [r for v in node.values() for r in references(v)]
        return [r for v in node for r in references(v)] if isinstance(node, list) else []

    for reference in references(document):
        place: object = document
        for key in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict)
            place = place[key]
