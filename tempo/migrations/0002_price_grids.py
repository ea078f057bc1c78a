"""The price grids since February 2023 [c EUR/kWh, all taxes included], and what contracts cost.

Published by the Commission de régulation de l'énergie (options Base, HP/HC and Tempo of the
regulated tariff) and EDF.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations

PRICES = {  # blue HC, HP; white HC, HP; red HC, HP
    date(2023, 2, 1): ("9.70", "12.49", "11.40", "15.08", "12.16", "67.12"),
    date(2023, 8, 1): ("10.56", "13.69", "12.46", "16.54", "13.28", "73.24"),
    date(2024, 2, 1): ("12.96", "16.09", "14.86", "18.94", "15.68", "75.62"),
    date(2024, 11, 1): ("12.96", "16.09", "14.86", "18.94", "15.68", "75.62"),
    date(2025, 2, 1): ("12.88", "15.52", "14.47", "17.92", "15.18", "65.86"),
    date(2025, 8, 1): ("12.32", "14.94", "13.91", "17.30", "14.60", "64.68"),
    date(2026, 2, 1): ("13.25", "16.12", "14.99", "18.71", "15.75", "70.60"),
    date(2026, 8, 1): ("13.56", "16.54", "15.36", "19.21", "16.15", "72.95"),
}
POWERS = (6, 9, 12, 15, 18, 24, 30, 36)
SUBSCRIPTIONS = {  # EUR a month by power [kVA]; 24 kVA is offered since August 2026
    date(2023, 2, 1): ("12.28", "15.33", "18.78", "21.27", "23.98", None, "36.06", "41.90"),
    date(2023, 8, 1): ("12.80", "16.00", "19.29", "22.30", "25.29", None, "38.13", "44.28"),
    date(2024, 2, 1): ("12.96", "16.16", "19.44", "22.45", "25.44", None, "38.29", "44.42"),
    date(2024, 11, 1): ("13.03", "16.25", "19.56", "22.45", "25.60", None, "38.53", "44.71"),
    date(2025, 2, 1): ("13.97", "17.45", "20.96", "24.23", "27.50", None, "41.27", "48.45"),
    date(2025, 8, 1): ("15.50", "19.49", "23.38", "27.01", "30.79", None, "46.31", "54.43"),
    date(2026, 2, 1): ("15.59", "19.38", "23.07", "26.47", "30.04", None, "44.73", "52.42"),
    date(2026, 8, 1): ("15.80", "19.70", "23.50", "27.01", "30.69", "38.21", "45.82", "53.76"),
}
COLUMNS = ("blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp")


def fill(apps, _schema_editor):
    grid_model = apps.get_model("tempo", "PriceGrid")
    subscription_model = apps.get_model("tempo", "Subscription")
    for starts_on, prices in PRICES.items():
        values = {name: Decimal(price) for name, price in zip(COLUMNS, prices, strict=True)}
        grid = grid_model.objects.create(
            starts_on=starts_on, source="CRE, Option Tempo du tarif réglementé", **values
        )
        subscription_model.objects.bulk_create(
            subscription_model(grid=grid, power_kva=power, eur_a_month=Decimal(eur))
            for power, eur in zip(POWERS, SUBSCRIPTIONS[starts_on], strict=True)
            if eur is not None
        )


class Migration(migrations.Migration):
    dependencies = [("tempo", "0001_tempo")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
