"""What can go wrong when somebody sets the simulator up."""


class SimulatorError(Exception):
    """Base of this package. The message is one line for the person at the keyboard."""


class SettingWrong(SimulatorError):
    """An option, a profile name or an address that cannot be used."""


class FaultsWrong(SimulatorError):
    """A faults file that cannot be used; the message names the key."""


class AddressTaken(SimulatorError):
    """A UDP address and port that somebody else holds."""
