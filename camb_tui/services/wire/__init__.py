"""How the client speaks HTTP: values, texts, bodies, answers, retries, transfers. Only `services.client` imports them.

`values`, `texts`, `suffixes` and `answers` know no httpx; `transport`, `bodies`, `fetching` and `streams` do, as parts
of the client. `lean_httpx` loads it.
"""
