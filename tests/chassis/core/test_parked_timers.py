"""A timer that was parked has been due: handled again, it is no earlier, wherever the clock was put meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.service import Service, handles, on_timer
from chassis.store.rows import ParkedStatus
from chassis.unit import Answer, Handled, Parked, TimerUnit
from chassis.work import Work
from tests.chassis.core.toy import Jar, JarForgotten, OpenJar, jar_filled, jar_opened
from tests.harness import Bench


def test_a_parked_timer_is_not_handled_before_it_was_due() -> None:
    fired: list[datetime] = []
    is_broken = [True]

    @handles(OpenJar)
    def open_jar(command: OpenJar, work: Work) -> Answer:
        jar = Jar(shop_id="shop", name=command.name, size=3)
        work.set_timer(JarForgotten(jar.id), due_at=work.now + timedelta(seconds=30))
        return Answer(201, {})

    @on_timer(JarForgotten)
    def forgotten(timer: JarForgotten, work: Work) -> None:
        assert not is_broken[0], "not mended yet"
        fired.append(work.now)

    bench = Bench(Service(name="toy", aggregates=[Jar], commands=[open_jar], reactions=[forgotten], publish=[jar_opened, jar_filled]))
    bench.do(OpenJar("red"))
    began = bench.now
    (due,) = bench.store.due_timers(began + timedelta(minutes=1), 9)
    bench.now = due.due_at
    assert isinstance(bench.commit(TimerUnit(due))[0], Parked)
    is_broken[0] = False
    bench.now = began
    (row,) = bench.store.parked(ParkedStatus.WAITING, 9)
    assert isinstance(bench.replay(row.parked_id), Handled)
    assert fired == [due.due_at]
