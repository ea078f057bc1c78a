"""One tree of errors: what each says, who deals with it, and whether to try again."""

import pickle

import pytest

from batteries.marstek import errors
from batteries.marstek.attempts import Attempt, Outcome
from batteries.marstek.errors import MarstekError

from .scripted import EPOCH

SAMPLES: list[tuple[MarstekError, bool, str]] = [
    (errors.ArgumentInvalid("A power is a whole number."), False, "caller"),
    (errors.DatagramMalformed("It is no JSON text."), True, "gateway"),
    (errors.AnswerMalformed("10.0.0.1:30000", "ES.GetMode", "nothing"), True, "caller"),
    (errors.DeviceUnreachable("10.0.0.1", 30000, "ES.GetMode", 3), True, "caller"),
    (errors.NotSent("10.0.0.1", 30000, "ES.GetMode", 1, "Network is unreachable"), True, "caller"),
    (errors.HearsOnlyBroadcasts("10.0.0.1", 30000, "ES.SetMode", 3), True, "caller"),
    (errors.DeviceRefused("10.0.0.1:30000", "ES.SetMode", -32602, "No", 412), False, "caller"),
    (errors.DeviceRefused("10.0.0.1:30000", "ES.SetMode", -32700, "Parse error"), True, "caller"),
    (errors.DeviceRefused("10.0.0.1:30000", "ES.SetMode", -32000, "Busy"), True, "caller"),
    (errors.MethodMissing("10.0.0.1:30000", "PV.GetStatus", -32601, "No", 424), False, "caller"),
    (errors.WrongDevice("10.0.0.1", 30000, "0" * 11 + "a", "0" * 11 + "b"), False, "caller"),
    (errors.PortUnavailable("0.0.0.0", 30000, "Address already in use"), False, "person"),
    (errors.GatewayClosed(), False, "caller"),
    (errors.DeadlinePassed("10.0.0.1:30000", "ES.GetMode", 12.0), True, "caller"),
    (errors.ModeReadTooSoon("10.0.0.1:30000", 15.0), False, "caller"),
]


@pytest.mark.parametrize(("error", "worth_retry", "handled_by"), SAMPLES)
def test_each_says_who_and_whether_again(
    error: MarstekError, worth_retry: bool, handled_by: str
) -> None:
    assert (error.worth_retry, error.handled_by) == (worth_retry, handled_by)


@pytest.mark.parametrize("error", [sample[0] for sample in SAMPLES])
def test_each_is_one_sentence(error: MarstekError) -> None:
    said = str(error)
    assert said.endswith(".")
    assert "\n" not in said
    assert 10 < len(said) < 160


@pytest.mark.parametrize("error", [sample[0] for sample in SAMPLES])
def test_each_passes_between_processes(error: MarstekError) -> None:
    error.attempts = (Attempt(1, b"{}", EPOCH, Outcome.NO_ANSWER),)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert (type(copy), str(copy)) == (type(error), str(error))
    assert (copy.attempts, copy.worth_retry) == (error.attempts, error.worth_retry)


def test_silence_names_host_port_method_and_attempts() -> None:
    error = errors.DeviceUnreachable("192.168.1.100", 30001, "ES.GetStatus", 1)
    assert str(error).startswith("192.168.1.100:30001 did not answer ES.GetStatus (1 attempt)")


def test_every_error_of_the_tree_is_sampled() -> None:
    def tree(kind: type[MarstekError]) -> set[type[MarstekError]]:
        return {kind}.union(*(tree(child) for child in kind.__subclasses__()))

    assert tree(MarstekError) - {MarstekError} == {type(sample[0]) for sample in SAMPLES}
