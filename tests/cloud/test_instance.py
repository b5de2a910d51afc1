"""What an instance reads of itself, from a real server that speaks IMDSv2."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from error_codes import coded
from services.metadata import InstanceMetadata, running_metadata
from valhub.cloud.instance import InstanceUnknown, ThisInstance


@pytest.fixture
def metadata() -> Iterator[InstanceMetadata]:
    with running_metadata("i-0123456789abcdef0", {"analysis_pk": "42"}) as running:
        yield running


def test_an_instance_reads_its_id_and_its_analysis(metadata: InstanceMetadata) -> None:
    instance = ThisInstance(metadata.url)
    assert (instance.id(), instance.analysis_pk()) == ("i-0123456789abcdef0", 42)
    assert (len(metadata.tokens), metadata.refused) == (1, 0)


def test_the_stand_in_answers_nobody_without_a_token(metadata: InstanceMetadata) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(f"{metadata.url}/latest/meta-data/instance-id", timeout=60)
    refused.value.close()


def test_the_endpoint_is_the_one_that_aws_own_libraries_use(
    metadata: InstanceMetadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"{metadata.url}/")
    assert ThisInstance().analysis_pk() == 42


def test_a_token_that_ran_out_is_renewed(metadata: InstanceMetadata) -> None:
    instance = ThisInstance(metadata.url)
    instance.id()
    metadata.tokens.clear()
    assert instance.id() == "i-0123456789abcdef0"
    assert metadata.refused == 1


@pytest.mark.parametrize("tag", [None, "", "forty-two", "-1", "4.2"])
def test_a_tag_that_names_no_analysis_is_told_with_the_mend(
    metadata: InstanceMetadata, tag: str | None
) -> None:
    metadata.entries.pop("tags/instance/analysis_pk")
    if tag is not None:
        metadata.entries["tags/instance/analysis_pk"] = tag
    with pytest.raises(
        InstanceUnknown,
        check=coded("no-analysis-tag"),
        match=f"{tag or 'missing'}.*InstanceMetadataTags=enabled",
    ):
        ThisInstance(metadata.url).analysis_pk()


def test_a_machine_without_the_service_is_told_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(
        InstanceUnknown,
        check=coded("instance-unknown"),
        match=f"No instance metadata .* at http://127.0.0.1:{port}",
    ):
        ThisInstance(f"http://127.0.0.1:{port}").id()


def test_an_endpoint_that_is_no_address_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "file:///etc/passwd")
    with pytest.raises(
        InstanceUnknown, check=coded("instance-unknown"), match="AWS_EC2_METADATA_SERVICE_ENDPOINT"
    ):
        ThisInstance()


def test_an_interruption_is_told_once_it_is_announced(metadata: InstanceMetadata) -> None:
    instance = ThisInstance(metadata.url)
    assert instance.interruption() is None
    metadata.interrupt()
    assert instance.interruption() == "terminate at 2031-01-01T12:00:00Z"


def test_an_interruption_nobody_can_read_is_one_all_the_same(metadata: InstanceMetadata) -> None:
    metadata.entries["spot/instance-action"] = "?"
    assert ThisInstance(metadata.url).interruption() == "taken away"
