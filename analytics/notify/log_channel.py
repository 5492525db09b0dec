"""The channel that only writes a log line: for small homes, demonstrations and fault finding. Reaches nobody."""

from __future__ import annotations

from analytics.notify.channel import Answer, Message, Result
from anxin.log import Log

_log = Log("notify")


class LogChannel:
    """One line a person. Always there: the log is part of the answer to "who was told?"."""

    name = "log"
    personal = True
    reaches_people = False
    personal_data = "none"

    def send(self, message: Message) -> Result:
        alert = message.body["alert"]
        _log.info("told", recipient=message.recipient, alert_id=alert["id"], kind=alert["kind"], key=message.key)
        return Result(Answer.DELIVERED)
