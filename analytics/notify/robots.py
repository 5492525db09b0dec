"""The robots in groups of WeCom, DingTalk and Feishu: one message for the home at each ring.

Their addresses hold the key, so they are read from files. All three answer HTTP 200 also when they refuse; the code in
the answer counts. Which codes are worth another try is our judgement of their documentation.
"""

from __future__ import annotations

from urllib.parse import urlencode

from analytics.notify.caller import Caller, judge_code
from analytics.notify.channel import Message, Result
from analytics.notify.signing import dingtalk, feishu
from anxin import channel_settings as settings
from anxin.config import ConfigError, secret_file


class _Robot:
    personal = False
    reaches_people = True

    def __init__(self, name: str, url: str, secret: str | None, personal_data: str) -> None:
        self.name, self.personal_data = name, personal_data
        self._url, self._secret = url, secret or ""
        self._caller = Caller()

    def close(self) -> None:
        self._caller.close()


class WeComRobot(_Robot):
    """https://developer.work.weixin.qq.com/document/path/91770; text at most 2048 bytes."""

    def send(self, message: Message) -> Result:
        text = message.text_with_link.encode()[:2048].decode(errors="ignore")
        reply = self._caller.post_json(self._url, {"msgtype": "text", "text": {"content": text}})
        return judge_code(reply, ["errcode"], ["0"], ["-1", "45009", "45033"])


class DingTalkRobot(_Robot):
    """https://open.dingtalk.com/document/robots/custom-robot-access; signed, at most 20 messages a minute."""

    def send(self, message: Message) -> Result:
        joint = "&" if "?" in self._url else "?"
        url = self._url + joint + urlencode(dingtalk(self._secret, message.sent_at))
        reply = self._caller.post_json(url, {"msgtype": "text", "text": {"content": message.text_with_link}})
        return judge_code(reply, ["errcode"], ["0"], ["-1", "130101", "410100", "660026"])


class FeishuRobot(_Robot):
    """https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot; signed."""

    def send(self, message: Message) -> Result:
        body = {
            **feishu(self._secret, message.sent_at),
            "msg_type": "text",
            "content": {"text": message.text_with_link},
        }
        reply = self._caller.post_json(self._url, body)
        return judge_code(reply, ["code", "StatusCode"], ["0"], ["11232", "11233"])


_KINDS: dict[type, type[_Robot]] = {
    settings.WeCom: WeComRobot,
    settings.DingTalk: DingTalkRobot,
    settings.Feishu: FeishuRobot,
}


def robot(
    one: settings.WeCom | settings.DingTalk | settings.Feishu, name: str, where: str, personal_data: str
) -> WeComRobot | DingTalkRobot | FeishuRobot:
    """Return the robot of a settings' table. where: of the table, for errors. Raises ConfigError."""
    url = secret_file(one.url_file, f"{where}.url_file")
    if not url.startswith(("https://", "http://127.0.0.1")):
        raise ConfigError(f"{where}.url_file: {one.url_file} does not hold an address that begins with https://")
    secret = None if isinstance(one, settings.WeCom) else secret_file(one.secret, f"{where}.secret")
    made = _KINDS[type(one)](name, url, secret, personal_data)
    assert isinstance(made, (WeComRobot, DingTalkRobot, FeishuRobot))
    return made
