from concurrent.futures import ThreadPoolExecutor

from usermind.models import Ledger, LedgerEntry


def test_totals_are_kept_by_purpose() -> None:
    ledger = Ledger()
    ledger.record(LedgerEntry("reflect", "m", "ok", 0.5, 100, 20, 64))
    ledger.record(LedgerEntry("reflect", "m", "timeout", 2.0))
    ledger.record(LedgerEntry("embed", "e", "ok", 0.1))
    totals = ledger.totals()
    assert list(totals) == ["embed", "reflect"]
    reflect = totals["reflect"]
    assert (reflect.calls, reflect.failed, reflect.seconds) == (2, 1, 2.5)
    assert (reflect.prompt_tokens, reflect.completion_tokens, reflect.cached_tokens) == (
        100,
        20,
        64,
    )
    assert ledger.total().calls == 3


def test_old_entries_leave_and_still_count() -> None:
    ledger = Ledger(keep=2)
    for i in range(5):
        ledger.record(LedgerEntry("turn", f"m{i}", "ok", 1.0, prompt_tokens=1))
    assert [entry.model for entry in ledger.entries] == ["m3", "m4"]
    assert ledger.totals()["turn"].prompt_tokens == 5


def test_threads_lose_no_entry() -> None:
    ledger = Ledger(keep=10)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(400):
            pool.submit(ledger.record, LedgerEntry("turn", "m", "ok", 0.25))
    assert ledger.total().calls == 400
    assert ledger.total().seconds == 100.0


def test_clear_forgets_everything() -> None:
    ledger = Ledger()
    ledger.record(LedgerEntry("turn", "m", "ok", 1.0))
    ledger.clear()
    assert not ledger.entries
    assert not ledger.totals()
