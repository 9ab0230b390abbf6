"""Telling one person: once, through what reaches them, and saying so when nothing does."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.notify.courier import Letter, ProviderDownError, UnclearError, UndeliverableError
from chalicelib.notify.delivery import State
from chalicelib.notify.model import Channel, Quiet
from tests.faults import FaultyTable
from tests.notify.people import CrashError, Desk, address, li, urgent

PHONE_ONLY = (address(Channel.VOICE), address(Channel.SMS))
NIGHT = Quiet(time(22), time(7))
THREE_AT_NIGHT = datetime(2026, 1, 15, 19, tzinfo=UTC)
DOWN = ProviderDownError("500")
UNCLEAR = UnclearError("timeout")
REFUSED = UndeliverableError("no such number")


def test_severity_1_rings_and_pushes_at_once() -> None:
    desk = Desk()
    receipt = desk.send()
    assert (len(desk.push.taken), len(desk.voice.taken), len(desk.sms.taken)) == (1, 1, 0)
    assert (receipt.state, receipt.reached) == (State.SENT, True)
    assert receipt.next_at == desk.now + timedelta(seconds=75)


def test_the_same_key_is_sent_once() -> None:
    desk = Desk()
    first = desk.send()
    assert [desk.send(), desk.send()] == [first, first]
    assert (len(desk.push.asked), len(desk.voice.asked)) == (1, 1)


def test_another_key_is_another_message() -> None:
    desk = Desk()
    desk.send()
    desk.send(urgent("m2"))
    assert len(desk.push.taken) == 2


def test_a_provider_that_fails_is_tried_again_then_the_next_channel() -> None:
    desk = Desk()
    desk.voice.says = [DOWN, DOWN]
    receipt = desk.send(to=li(addresses=PHONE_ONLY))
    assert (len(desk.voice.asked), len(desk.sms.taken)) == (2, 1)
    assert receipt.channels == (Channel.SMS,)
    assert desk.log() == [
        "voice trying", "voice failed", "voice trying", "voice failed", "sms trying", "sms sent",
    ]  # fmt: skip


def test_a_provider_that_recovers_gets_its_second_try() -> None:
    desk = Desk()
    desk.voice.says = [DOWN]
    assert desk.send(to=li(addresses=PHONE_ONLY)).channels == (Channel.VOICE,)


def test_lesser_messages_pause_before_the_second_try() -> None:
    desk = Desk()
    desk.sms.says = [DOWN]
    message, to = urgent(severity=2), li(addresses=(address(Channel.SMS),))
    receipt = desk.send(message, to)
    assert (receipt.state, receipt.next_at) == (State.PENDING, desk.now + timedelta(seconds=15))
    desk.wait(seconds=15)
    assert desk.send(message, to).state is State.SENT


def test_a_wrong_address_is_not_tried_twice() -> None:
    desk = Desk()
    desk.voice.says = [REFUSED]
    desk.send(to=li(addresses=PHONE_ONLY))
    assert (len(desk.voice.asked), len(desk.sms.taken)) == (1, 1)


def test_a_phone_that_may_be_ringing_is_not_rung_again() -> None:
    desk = Desk()
    desk.voice.says = [UNCLEAR]
    desk.send(to=li(addresses=PHONE_ONLY))
    assert (len(desk.voice.asked), len(desk.sms.taken)) == (1, 1)


def test_a_provider_that_dedupes_is_asked_again_under_the_same_reference() -> None:
    desk = Desk()
    desk.voice.dedupes, desk.voice.says = True, [UNCLEAR]
    desk.send(to=li(addresses=PHONE_ONLY))
    references = [letter.reference for letter in desk.voice.asked]
    assert len(references) == 2
    assert len(set(references)) == 1


def test_a_call_that_nobody_proves_goes_to_the_next_channel_and_then_the_next_person() -> None:
    desk = Desk()
    desk.send()
    desk.wait(seconds=74)
    assert (desk.send().state, len(desk.sms.asked)) == (State.SENT, 0)
    desk.wait(seconds=1)
    receipt = desk.send()
    assert (receipt.state, len(desk.sms.taken)) == (State.SENT, 1)
    desk.wait(minutes=2)
    receipt = desk.send()
    assert (receipt.state, receipt.reached, receipt.next_at) == (State.UNREACHABLE, False, None)
    assert desk.log()[-3:] == ["sms trying", "sms sent", "sms unproven"]


def test_the_caller_is_told_at_once_when_nothing_works() -> None:
    desk = Desk()
    desk.voice.says, desk.sms.says, desk.push.says = [DOWN] * 2, [DOWN] * 2, [DOWN] * 2
    receipt = desk.send()
    assert (receipt.state, receipt.next_at) == (State.UNREACHABLE, None)
    assert desk.send() == receipt
    assert len(desk.voice.asked) == 2


def test_a_push_alone_does_not_count_while_the_phone_fails_in_severity_1() -> None:
    desk = Desk()
    desk.voice.says, desk.sms.says = [REFUSED], [REFUSED]
    assert desk.send().state is State.UNREACHABLE
    assert len(desk.push.taken) == 1
    desk.voice.says, desk.sms.says = [REFUSED], [REFUSED]
    assert desk.send(urgent("m2", severity=2)).state is State.SENT


def test_someone_without_any_address_is_unreachable_but_a_task_waits_in_the_inbox() -> None:
    desk = Desk()
    assert desk.send(to=li(addresses=())).state is State.UNREACHABLE
    assert desk.send(urgent("m2", severity=3), li(addresses=())).state is State.DELIVERED
    entries, _ = desk.inbox.page("xinghe", "li", limit=10)
    assert {entry.key for entry in entries} == {"m1", "m2"}


def test_a_channel_that_nobody_set_up_is_passed() -> None:
    desk = Desk()
    unknown = replace(address(Channel.VOICE), provider="nobody")
    desk.send(to=li(addresses=(unknown, address(Channel.SMS))))
    assert desk.log()[0] == "voice unconfigured"
    assert len(desk.sms.taken) == 1


def test_each_reads_their_own_language() -> None:
    desk = Desk()
    desk.send(to=li(language="en"))
    desk.send(urgent("m2"), li(language="fr"))
    assert [letter.words.title for letter in desk.push.taken] == ["A neighbour needs you", "有人需要您"]


def test_steps_of_the_message_go_before_the_persons() -> None:
    desk = Desk()
    desk.send(urgent(steps=((Channel.SMS,),)))
    assert (len(desk.push.asked), len(desk.voice.asked), len(desk.sms.taken)) == (0, 0, 1)


def test_every_device_with_push_is_told() -> None:
    desk = Desk()
    desk.send(to=li(addresses=(address(Channel.WEB_PUSH, "a"), address(Channel.WEB_PUSH, "b"))))
    assert len(desk.push.taken) == 2


def test_a_subscription_that_ended_is_forgotten() -> None:
    desk = Desk()
    browser = address(Channel.WEB_PUSH, "browser")
    desk.addresses.add("xinghe", "li", browser)
    desk.push.says = [UndeliverableError("410", gone=True)]
    desk.send()
    assert desk.addresses.wishes("xinghe", "li").addresses == ()


@pytest.mark.parametrize("severity", [2, 3])
def test_quiet_hours_hold_a_message_until_the_morning(severity: int) -> None:
    desk = Desk(now=THREE_AT_NIGHT)
    message, to = urgent(severity=severity), li(quiet=NIGHT)
    receipt = desk.send(message, to)
    seven = datetime(2026, 1, 15, 23, tzinfo=UTC)
    assert (receipt.state, receipt.reached, receipt.next_at) == (State.HELD, False, seven)
    assert desk.inbox.page("xinghe", "li", limit=1)[0][0].key == "m1"
    desk.now = seven
    assert desk.send(message, to).state is State.SENT


def test_quiet_hours_never_hold_severity_1_nor_whoever_is_on_duty() -> None:
    desk = Desk(now=THREE_AT_NIGHT)
    assert desk.send(to=li(quiet=NIGHT)).state is State.SENT
    assert desk.send(urgent("m2", severity=2, on_duty=True), li(quiet=NIGHT)).state is State.SENT


def test_a_phone_is_not_rung_twice_in_a_minute() -> None:
    desk = Desk()
    desk.send()
    receipt = desk.send(urgent("m2", alarm="al-2"))
    assert (len(desk.voice.taken), len(desk.sms.taken)) == (1, 1)
    assert receipt.channels == (Channel.SMS, Channel.WEB_PUSH)
    desk.wait(seconds=60)
    desk.send(urgent("m3", alarm="al-3"))
    assert len(desk.voice.taken) == 2


def test_the_first_of_severity_1_rings_whatever_rang_before() -> None:
    desk = Desk()
    desk.send(urgent("m1", severity=2, steps=((Channel.VOICE,),)))
    desk.wait(seconds=5)
    assert Channel.VOICE in desk.send(urgent("m2")).channels
    assert len(desk.voice.taken) == 2


def test_two_people_on_one_phone_share_its_minute() -> None:
    desk = Desk()
    desk.send(to=li(addresses=PHONE_ONLY))
    desk.send(urgent("m2", person="wang"), li(id="wang", addresses=PHONE_ONLY))
    assert (len(desk.voice.taken), len(desk.sms.taken)) == (1, 1)


def test_sms_in_severity_1_is_never_throttled() -> None:
    desk = Desk()
    for key in ("m1", "m2", "m3"):
        desk.send(urgent(key, steps=((Channel.SMS,),)))
    assert len(desk.sms.taken) == 3


def test_a_lesser_message_waits_for_the_phones_minute_and_the_next_person_is_told() -> None:
    desk, first, second = Desk(), urgent("m1", severity=2), urgent("m2", severity=2)
    to = li(addresses=(address(Channel.SMS),))
    desk.send(first, to)
    desk.wait(seconds=10)
    receipt = desk.send(second, to)
    assert (receipt.state, receipt.goes_on) == (State.HELD, True)
    assert receipt.next_at == desk.now + timedelta(seconds=50)
    desk.wait(seconds=50)
    assert desk.send(second, to).state is State.SENT


def test_a_crash_before_the_provider_was_asked_is_made_good() -> None:
    desk = Desk()
    desk.voice.says = [CrashError()]
    with pytest.raises(CrashError):
        desk.send(to=li(addresses=PHONE_ONLY))
    desk.wait(seconds=9)
    waiting = desk.send(to=li(addresses=PHONE_ONLY))
    assert (waiting.state, waiting.next_at) == (State.PENDING, desk.now + timedelta(seconds=1))
    desk.wait(seconds=1)
    held = desk.send(to=li(addresses=PHONE_ONLY))
    assert (held.goes_on, held.next_at) == (True, desk.now + timedelta(minutes=1)), "it may have rung"
    desk.wait(seconds=60)
    assert desk.send(to=li(addresses=PHONE_ONLY)).state is State.SENT
    assert len(desk.voice.taken) == 1


def test_a_crash_before_the_receipt_repeats_the_try_under_its_reference() -> None:
    table = FaultyTable(MemoryTable(DEADLINES))
    desk = Desk(table=table)
    desk.voice.meanwhile = lambda _: table.down.add("write")
    with pytest.raises(StoreUnavailableError):
        desk.send(to=li(addresses=PHONE_ONLY))
    table.down.clear()
    desk.voice.meanwhile = None
    desk.wait(seconds=10)
    assert desk.send(to=li(addresses=PHONE_ONLY)).state is State.HELD
    desk.wait(seconds=60)
    assert desk.send(to=li(addresses=PHONE_ONLY)).channels == (Channel.VOICE,)
    assert len({letter.reference for letter in desk.voice.asked}) == 1


def test_an_address_on_which_processes_keep_dying_is_given_up() -> None:
    desk = Desk()
    desk.voice.says = [CrashError(), CrashError(), CrashError()]
    for _ in range(3):
        with pytest.raises(CrashError):
            desk.send(to=li(addresses=PHONE_ONLY))
        desk.wait(seconds=10)
        desk.send(to=li(addresses=PHONE_ONLY))
        desk.wait(seconds=60)
    assert desk.send(to=li(addresses=PHONE_ONLY)).channels == (Channel.SMS,)


def test_two_processes_send_one_message_once() -> None:
    desk = Desk()

    def another(_: Letter) -> None:
        desk.voice.meanwhile = None
        desk.send(to=li(addresses=PHONE_ONLY))

    desk.voice.meanwhile = another
    assert desk.send(to=li(addresses=PHONE_ONLY)).state is State.SENT
    assert (len(desk.voice.asked), len(desk.sms.asked)) == (1, 0)


def test_a_report_that_comes_while_the_provider_is_asked_is_kept() -> None:
    desk = Desk()

    def answered(letter: Letter) -> None:
        sent = desk.notices.sent(letter.reference)
        assert sent is not None
        desk.notices.report(sent, delivered=True, what="answered", at=desk.now)

    desk.voice.meanwhile = answered
    receipt = desk.send(to=li(addresses=PHONE_ONLY))
    assert (receipt.state, receipt.next_at) == (State.DELIVERED, None)


def test_a_slow_provider_leaves_the_rest_to_the_next_call() -> None:
    desk = Desk()
    begun = desk.now

    def slow(_: Letter) -> None:
        desk.seconds += 21

    desk.voice.meanwhile = slow
    receipt = desk.send()
    assert (len(desk.voice.taken), len(desk.push.asked)) == (1, 0)
    assert receipt.next_at == begun
    desk.wait(seconds=21)
    desk.seconds = 0
    assert Channel.WEB_PUSH in desk.send().channels


def test_every_way_is_tried_once_before_any_is_tried_again() -> None:
    desk = Desk()
    order: list[str] = []
    desk.voice.says, desk.push.says = [DOWN, DOWN], [DOWN]
    desk.voice.meanwhile = lambda _: order.append("voice")
    desk.push.meanwhile = lambda _: order.append("push")
    desk.sms.meanwhile = lambda _: order.append("sms")
    desk.send()
    assert order == ["voice", "push", "voice", "push", "sms"]


def test_everything_told_about_an_alarm_is_found_with_its_log() -> None:
    desk = Desk()
    desk.send()
    desk.send(urgent("m2", person="wang"), li(id="wang"))
    desk.send(urgent("m3", alarm=""))
    assert [notice.key for notice in desk.notices.of_alarm("xinghe", "al-1")] == ["m1", "m2"]
    assert [notice.key for notice in desk.notices.of_person("xinghe", "li")] == ["m3"]


def test_what_is_stored_tells_nobody_the_words_of_a_call() -> None:
    desk = Desk(table=MemoryTable(DEADLINES))
    desk.send()
    assert isinstance(desk.table, MemoryTable)
    assert all("spoken" not in str(item) for item in desk.table.items())
