"""The EDF Tempo tariff: day colours and prices. Filled by the Tempo issue."""
