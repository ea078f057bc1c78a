"""The local UDP API of Marstek Venus batteries, in plain Python.

`wire` turns requests into bytes and bytes into replies; `values` are what devices say, typed;
`profiles` is what each model and firmware needs; `gateway` owns the sockets and paces, orders and
retries; `discovery` finds devices; `plausibility` and `meter_guard` judge readings; `front` is for
synchronous callers; `errors` is all that can go wrong.
"""
