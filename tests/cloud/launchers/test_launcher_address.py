"""The setting that says how workers are launched."""

import traceback

import pytest
from django.core.exceptions import ImproperlyConfigured

from valhub.cloud.launchers.address import EC2Address, LocalAddress, read_launcher

TEMPLATE = "ec2://?region=us-east-2&launch_template=lt-0123"


def test_nothing_is_launched_unless_it_is_said() -> None:
    assert read_launcher("") is None
    assert read_launcher("local") == LocalAddress()


def test_a_template_and_a_region_are_enough() -> None:
    given = read_launcher(TEMPLATE)
    assert isinstance(given, EC2Address)
    assert (given.region, given.launch_template, given.workers) == ("us-east-2", "lt-0123", 1)
    assert not given.spot


def test_lists_are_separated_by_commas() -> None:
    given = read_launcher(f"{TEMPLATE}&subnet=subnet-a,subnet-b&security_group=sg-1&spot=yes")
    assert isinstance(given, EC2Address)
    assert given.subnets == ("subnet-a", "subnet-b")
    assert (given.security_groups, given.spot) == (("sg-1",), True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ec3://?region=x", "is neither local nor"),
        ("ec2://key:secret@host?region=x", "without credentials"),
        ("ec2://[?region=x", "without credentials"),
        ("ec2://?launch_template=lt-1", "names no region"),
        ("ec2://?region=us-east-2", "must have one of launch_template= and ami="),
        (f"{TEMPLATE}&ami=ami-1", "must have one of launch_template= and ami="),
        ("ec2://?region=us-east-2&ami=ami-1", "both instance_type= and instance_profile="),
        (f"{TEMPLATE}&key_name=mine", "has no option 'key_name'"),
        (f"{TEMPLATE}&spot=true", "spot='true'; set it to yes or no"),
        (f"{TEMPLATE}&workers=0", "workers='0'; set it to a number"),
        (f"{TEMPLATE}&workers=1000", "workers='1000'; set it to a number"),
        (f"{TEMPLATE}&workers={'9' * 400}", "…'; set it to a number"),
        (f"{TEMPLATE}&endpoint=http://key:secret@host", "without a user or a password"),
        (f"{TEMPLATE}&command=/bin/sh%0a", "set it to a plain absolute path"),
        (f"{TEMPLATE}&command=/bin/sh -c reboot", "set it to a plain absolute path"),
    ],
)
def test_a_wrong_address_is_told_with_the_mend(text: str, told: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=told) as refused:
        read_launcher(text)
    assert "secret" not in "".join(traceback.format_exception(refused.value))
