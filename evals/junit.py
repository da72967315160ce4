"""The results of an evaluation as JUnit XML, which CI servers read: a test case a scenario."""

import re
from pathlib import Path
from xml.etree import ElementTree

from usermind.evals.results import JUNIT, Results, Verdict, write_whole

_INVALID = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Results) -> bytes:
    """Return results as XML: failed, broken (error) and unjudged (skipped) cases say why."""
    counts = results.counts
    root = ElementTree.Element("testsuites", name="usermind eval")
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=_text(results.model or "offline"),
        tests=str(len(results.verdicts)),
        failures=str(counts["failed"]),
        errors=str(counts["error"]),
        skipped=str(counts["unjudged"]),
        time=f"{sum(run.cost.seconds for run in results.runs):.3f}",
        timestamp=results.started.isoformat(timespec="seconds"),
    )
    for verdict in results.verdicts:
        _case(suite, verdict, results)
    ElementTree.indent(root)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _case(suite: ElementTree.Element, verdict: Verdict, results: Results) -> None:
    runs = [run for run in results.runs if run.scenario == verdict.scenario]
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_text(Path(verdict.file).name.split(".")[0]),
        name=_text(verdict.scenario),
        file=_text(verdict.file),
        time=f"{sum(run.cost.seconds for run in runs):.3f}",
    )
    tag = {"failed": "failure", "error": "error", "unjudged": "skipped"}.get(verdict.outcome)
    if tag is not None:
        ElementTree.SubElement(case, tag, message=_text(verdict.why))


def _text(text: str) -> str:
    """Return text without characters that XML has no way to write."""
    return _INVALID.sub("\ufffd", text)


def save_junit(results: Results, folder: Path) -> Path:
    """Write `junit.xml` into a folder; return where it is."""
    path = folder / JUNIT
    write_whole(path, junit(results))
    return path
