"""Every code that needs no values has its sentence, and every sentence its code."""

from odps_bot.input.slack_message.files import FileTrouble
from odps_bot.input.slack_message.reader import Note
from odps_bot.messages.failures import Rerun
from odps_bot.messages.sentences import SENTENCES
from odps_bot.policy.effective_role import Permission
from odps_bot.runs.outcome import MilestoneCode, ReasonCode

#: What is said in MaxCompute's words, or with numbers.
OTHERWISE_SAID = {MilestoneCode.IN_QUEUE, MilestoneCode.STOP_REFUSED, MilestoneCode.ENDED}
WITH_VALUES = {
    ReasonCode.DENIED,
    ReasonCode.ABOVE_CAP,
    ReasonCode.BUDGET_USED_UP,
    ReasonCode.CARD_REFUSED,
    ReasonCode.NO_APPROVER,
    ReasonCode.TASK_FAILED,
    ReasonCode.COMPILE_ERROR,
    ReasonCode.ESTIMATE_FAILED,
}


def test_every_note_and_trouble_of_a_message_has_a_sentence() -> None:
    assert set(Note) <= set(SENTENCES.message_notes)
    assert set(FileTrouble) == set(SENTENCES.file_troubles)


def test_every_permission_and_every_advice_has_its_words() -> None:
    assert set(SENTENCES.permissions) == set(Permission)
    assert set(SENTENCES.try_again) == set(Rerun)


def test_every_milestone_has_a_sentence() -> None:
    assert set(SENTENCES.milestones) == set(MilestoneCode) - OTHERWISE_SAID


def test_every_reason_has_one_sentence() -> None:
    said = [*SENTENCES.reasons, *SENTENCES.refusals, *WITH_VALUES]

    assert sorted(said) == sorted(ReasonCode)
