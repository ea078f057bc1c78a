"""The blocking front: real threads, a real loop, no sleeps."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from batteries.marstek import front as front_module
from batteries.marstek.errors import DeadlinePassed, GatewayClosed
from batteries.marstek.front import Front, GatewayThread

LONG_S = 30.0  # never waited for


def front() -> GatewayThread:
    return GatewayThread(bind_address="127.0.0.1", clock=lambda: datetime.now(UTC))


@pytest.fixture
def thread() -> Iterator[GatewayThread]:
    thread = front()
    thread.start()
    yield thread
    thread.stop()


async def answer(number: int) -> int:
    await asyncio.sleep(0)
    return number


async def never() -> None:
    await asyncio.Event().wait()


async def count(up_to: int) -> AsyncIterator[int]:
    for number in range(up_to):
        await asyncio.sleep(0)
        yield number


async def count_then_fail(up_to: int) -> AsyncIterator[int]:
    async for number in count(up_to):
        yield number
    raise KeyError("the end")


def endless(closed: threading.Event) -> AsyncIterator[int]:
    async def items() -> AsyncIterator[int]:
        try:
            yield 1
            await never()
        finally:
            closed.set()

    return items()


def in_thread(work: Callable[[], object]) -> "tuple[threading.Thread, list[object]]":
    """Run it in a thread; what it returned or raised ends up in the list."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:  # noqa: BLE001  whatever it is, the test looks at it
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_it_is_a_front(thread: GatewayThread) -> None:
    as_front: Front = thread
    assert as_front.call(answer(42), LONG_S) == 42


def test_a_call_raises_what_its_coroutine_raises(thread: GatewayThread) -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        thread.call(fail(), LONG_S)


def test_a_time_out_of_the_coroutine_itself_stays_one(thread: GatewayThread) -> None:
    async def fail() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        thread.call(fail(), LONG_S)


def test_a_call_that_takes_too_long_is_cancelled(thread: GatewayThread) -> None:
    ended = threading.Event()

    async def wait() -> None:
        try:
            await never()
        finally:
            ended.set()

    with pytest.raises(DeadlinePassed):
        thread.call(wait(), 0.01)
    assert ended.wait(LONG_S)


def test_many_threads_call_at_once(thread: GatewayThread) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = pool.map(lambda number: thread.call(answer(number), LONG_S), range(500))
        assert list(results) == list(range(500))


def test_a_stream_hands_items_over_as_they_come(thread: GatewayThread) -> None:
    go_on = threading.Event()

    async def items() -> AsyncIterator[str]:
        yield "first"
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait)
        yield "second"

    stream = thread.stream(items())
    assert next(stream) == "first"  # the second is not there yet
    go_on.set()
    assert list(stream) == ["second"]


def test_a_stream_raises_where_its_source_raised(thread: GatewayThread) -> None:
    stream = thread.stream(count_then_fail(3))
    assert [next(stream) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(KeyError):
        next(stream)


def test_leaving_a_stream_early_ends_its_source(thread: GatewayThread) -> None:
    closed = threading.Event()
    stream = thread.stream(endless(closed))
    assert next(stream) == 1
    stream.close()  # type: ignore[attr-defined]
    assert closed.wait(LONG_S)


def test_streams_run_beside_each_other(thread: GatewayThread) -> None:
    with ThreadPoolExecutor(8) as pool:
        streams = pool.map(lambda _: list(thread.stream(count(50))), range(8))
        assert list(streams) == [list(range(50))] * 8


def test_an_iterator_that_is_no_generator_is_streamed_too(thread: GatewayThread) -> None:
    class Two:
        def __init__(self) -> None:
            self.left = 2

        def __aiter__(self) -> "Two":
            return self

        async def __anext__(self) -> int:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    assert list(thread.stream(Two())) == [1, 0]


def test_stop_ends_a_waiting_call(thread: GatewayThread) -> None:
    started = threading.Event()

    async def wait() -> None:
        started.set()
        await never()

    caller, outcome = in_thread(lambda: thread.call(wait(), LONG_S))
    assert started.wait(LONG_S)
    thread.stop()
    caller.join(LONG_S)
    assert [type(error) for error in outcome] == [GatewayClosed]


def test_stop_ends_a_waiting_stream(thread: GatewayThread) -> None:
    closed, first = threading.Event(), threading.Event()

    def read() -> None:
        for _ in thread.stream(endless(closed)):
            first.set()

    reader, outcome = in_thread(read)
    assert first.wait(LONG_S)
    thread.stop()
    reader.join(LONG_S)
    assert [type(error) for error in outcome] == [GatewayClosed]
    assert closed.is_set()


def test_stop_while_threads_keep_calling_never_hangs() -> None:
    thread = front()
    thread.start()
    begun = threading.Barrier(9)

    def call_until_stopped() -> None:
        begun.wait()
        while True:
            thread.call(answer(1), LONG_S)

    callers = [in_thread(call_until_stopped) for _ in range(8)]
    begun.wait()
    thread.stop()
    for caller, outcome in callers:
        caller.join(LONG_S)
        assert [type(error) for error in outcome] == [GatewayClosed]


def test_stop_does_not_wait_for_what_will_not_end(
    thread: GatewayThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_module, "STOP_S", 0.05)
    started = threading.Event()

    async def stubborn() -> None:
        while True:
            started.set()
            with suppress(asyncio.CancelledError):
                await never()

    caller, outcome = in_thread(lambda: thread.call(stubborn(), LONG_S))
    assert started.wait(LONG_S)
    thread.stop()
    caller.join(LONG_S)
    assert [type(error) for error in outcome] == [GatewayClosed]


def test_stop_is_harmless_twice_and_before_the_start(thread: GatewayThread) -> None:
    front().stop()
    thread.stop()
    thread.stop()


def test_after_stop_nothing_is_taken(thread: GatewayThread) -> None:
    thread.stop()
    with pytest.raises(GatewayClosed):
        thread.call(answer(1), LONG_S)
    with pytest.raises(GatewayClosed):
        next(thread.stream(count(1)))


def test_before_the_start_nothing_is_taken() -> None:
    with pytest.raises(GatewayClosed):
        front().call(answer(1), LONG_S)


def test_the_gateways_own_thread_is_told_to_await(thread: GatewayThread) -> None:
    async def call_back() -> None:
        thread.call(answer(1), LONG_S)

    with pytest.raises(RuntimeError, match="await"):
        thread.call(call_back(), LONG_S)
