"""What a person may not do to an alert, said in Chinese and English. The screens show these texts as they are."""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):  # noqa: N818  it is an answer, not a fault
    """An action on an alert that the rules do not allow. Nothing was changed. `code` is a fixed word for programs."""

    code: ClassVar[str] = "refused"
    zh: ClassVar[str] = "不能这样操作。"
    en: ClassVar[str] = "This is not possible."

    def __init__(self) -> None:
        super().__init__(f"{self.code}: {self.en}")

    def text(self, language: str) -> str:
        """Return the sentence in `zh`, or in English for any other language."""
        return self.zh if language == "zh" else self.en


class NoSuchAlert(Refused):
    """The alert does not exist, or is another facility's (which is the same to whoever asks)."""

    code = "no_such_alert"
    zh = "没有这条报警。请刷新列表。"
    en = "There is no such alert. Reload the list."


class NotAllowed(Refused):
    """The account is unknown, inactive, of another facility, or of a role that does not act on alerts."""

    code = "not_allowed"
    zh = "此账号不能处理报警。请用当班护理人员的账号登录。"
    en = "This account cannot act on alerts. Sign in as a nurse or manager of this home."


class AlreadyResolved(Refused):
    code = "already_resolved"
    zh = "这条报警已经结束。"
    en = "This alert is closed already."


class AlreadyTaken(Refused):
    """Somebody else has acknowledged it; she may be relieved by `assign`, and anybody may arrive."""

    code = "already_taken"
    zh = "已有同事接单。要接替请先改派，或直接到场扫码。"
    en = "A colleague has taken it. Reassign it first, or go there and scan the code."


class WrongPlace(Refused):
    """The scanned code is not that of the alert's bed or room."""

    code = "wrong_place"
    zh = "扫到的不是这条报警的床位或房间。请扫报警地点的码。"
    en = "This is not the code of the alert's bed or room. Scan the code at the place of the alert."


class PressFirst(Refused):
    """Nobody pressed the carers' button at the alert's place within the last three minutes."""

    code = "press_first"
    zh = "三分钟内没有收到这个地点的到场按钮。请先按墙上的到场按钮，或扫床位、房间的码。"
    en = "No carers' button was pressed at this place within three minutes. Press it first, or scan the code there."


class ArrivalFirst(Refused):
    """A life-safety alert ends only after somebody stood at the place."""

    code = "arrival_first"
    zh = "请先到场：扫床位或房间的码（或按房间里的到场按钮）之后才能结束这条报警。"
    en = "Somebody must arrive first: scan the code of the bed or room or press the carers' button there."


class OutcomeNeeded(Refused):
    """`self_cleared` is the rule's own word; a person says what she found."""

    code = "outcome_needed"
    zh = "请选择处理结果（属实、误报、测试、已协助、自行缓解、未找到）。"
    en = "Choose what you found: real, false, test, assisted, self-resolved or not found."


class NotShelvable(Refused):
    """Life-safety kinds and a suspected fall are never put aside, and nothing without a reason."""

    code = "not_shelvable"
    zh = "这类报警不能搁置，或未填写原因。危及生命的报警和疑似跌倒永不搁置。"
    en = "This cannot be put aside, or the reason is missing. Life-safety alerts and a suspected fall never can."


class AlreadySigned(Refused):
    code = "already_signed"
    zh = "这次交班已有人签收，或不存在。"
    en = "This hand-over is signed already, or there is none such."


class SignedBySelf(Refused):
    code = "signed_by_self"
    zh = "交班须由接班的同事签收。"
    en = "A hand-over is signed by the colleague who takes over."


class TextNeeded(Refused):
    code = "text_needed"
    zh = "内容不能为空，最多两千字。"
    en = "The text must not be empty, nor longer than 2000 characters."


class NotConfirmed(Refused):
    """Families are told of what somebody saw, never of a suspicion or a fault."""

    code = "not_confirmed"
    zh = "只有已到场确认（属实或已协助）的老人事件才能向家属公布。"
    en = "Only what somebody has confirmed (real, or helped) about a resident can be released to the family."
