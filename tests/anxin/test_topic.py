"""The topic grammar: what is written is read again, everything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin import topic
from anxin.topic import LaneKey, LinkTopic, MessageTopic, TopicError
from anxin.vocabulary import Lane

levels = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)
keys = st.builds(LaneKey, levels, levels.filter(lambda g: g != "committed"), st.sampled_from(Lane), levels)


@given(keys, st.integers(1, 10**17))
def test_what_is_written_is_read(key: LaneKey, seq: int) -> None:
    assert topic.parse(topic.message(key, seq)) == MessageTopic(key, seq)
    assert topic.parse_committed(topic.committed(key)) == key
    assert topic.parse(topic.link(key.facility, key.gateway)) == LinkTopic(key.facility, key.gateway)


@given(st.text(max_size=80))
def test_any_text_is_a_topic_or_an_error(text: str) -> None:
    try:
        topic.parse(text)
    except TopicError:
        return
    assert text.startswith(topic.ROOT)


@pytest.mark.parametrize(
    "wrong",
    [
        "anxin/v1/home/gw/urgent/e/0",
        "anxin/v1/home/gw/urgent/e/01",
        "anxin/v1/home/gw/slow/e/1",
        "anxin/v1/home/g w/urgent/e/1",
        "anxin/v1/Home/gw/urgent/e/1",
        "anxin/v1/home/gw/committed/urgent/e",
        "anxin/v2/home/gw/urgent/e/1",
        "anxin/v1/home/gw/urgent/e/1/2",
    ],
)
def test_wrong_topics_are_refused(wrong: str) -> None:
    with pytest.raises(TopicError):
        topic.parse(wrong)
