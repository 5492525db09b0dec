"""The parts of Grafana's SDK that dashboards are built of.

The SDK warns at import that it prefers the v2 format. The classic one is meant: Grafana 13.0 refuses v2 files when they
are provisioned (grafana/grafana#127928), and 12 does not know them.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.variants import Dataquery
    from grafana_foundation_sdk.models import common, dashboard, stat, statetimeline, table, timeseries, units

__all__ = [
    "Dataquery",
    "JSONEncoder",
    "common",
    "dashboard",
    "stat",
    "statetimeline",
    "table",
    "timeseries",
    "units",
]
