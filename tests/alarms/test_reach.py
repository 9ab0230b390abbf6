"""Who is warned of: those on duty whose phone makes no sound for what is urgent."""

from dataclasses import replace
from datetime import time

from chalicelib.alarms.reach import Ringing
from chalicelib.kernel.caller import Role
from chalicelib.notify.addresses import AddressBook, Habits, Wishes
from chalicelib.notify.model import Address, Channel, Quiet
from chalicelib.registry.people import Person
from chalicelib.rota.outlook import Trouble
from chalicelib.rota.service import Rota
from tests.builders import Town
from tests.rota.builders import Office, at, day_team, night_team

X, NOW = "xinghe", at("01-15 12:00")
LI, WANG, ZHAO = (Person(n, X, n, Role.VOLUNTEER, "+8613800000001") for n in ("li", "wang", "zhao"))
PUSH = Address(Channel.WEB_PUSH, "web_push", "https://push.example/1")


def test_where_nothing_is_set_nothing_rings() -> None:
    town = Town()
    reach = Ringing(town.registry_store, AddressBook(town.on.deadlines))
    assert reach.silent(X, [LI]) is None


def test_whose_phone_stays_silent_and_why() -> None:
    town = Town()
    book = AddressBook(town.on.deadlines)
    book.put_habits(X, Habits(voice="aliyun_voice", voice_secret="shouwang/xinghe/voice"))
    book.put_wishes(X, "li", Wishes(quiet=Quiet(time(0), time(23))))
    by_sms = {1: ((Channel.SMS,), (Channel.WEB_PUSH,))}
    book.put_wishes(X, "wang", Wishes(steps=by_sms))
    book.put_wishes(X, "zhao", Wishes(steps=by_sms, addresses=(PUSH,)))
    found = Ringing(town.registry_store, book).silent(X, [LI, WANG, ZHAO])
    assert found == {"wang": Trouble.APP_ONLY, "zhao": Trouble.NOT_RUNG}


def test_the_outlook_warns_of_them_and_of_a_community_in_which_nothing_rings() -> None:
    office, town = Office(), Town()
    office.staff(day_team("li"), night_team("wang"), now=NOW, confirm_minutes=0)
    book = AddressBook(town.on.deadlines)
    rota = Rota(office.store, office.registry, office.people, reach=Ringing(office.registry, book))

    def told() -> list[tuple[str, str]]:
        return [(w.trouble, w.person) for w in rota.warnings(X, now=NOW) if w.trouble is not Trouble.GAP]

    assert told() == [(Trouble.NOTHING_RINGS, "")]
    book.put_habits(X, Habits(voice="aliyun_voice", voice_secret="s"))
    book.put_wishes(X, "wang", Wishes(steps={1: ((Channel.SMS,),)}))
    assert told() == [(Trouble.APP_ONLY, "wang")]
    book.put_wishes(X, "wang", replace(book.wishes(X, "wang"), steps={}))
    assert told() == []
