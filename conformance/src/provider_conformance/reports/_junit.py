"""The report as JUnit XML, which CI systems read."""

from __future__ import annotations

from xml.etree import ElementTree

from provider_conformance.reports._result import Report, Result


def junit(report: Report) -> bytes:
    """Return a test suite with one test case per check.

    Every text of a report is safe for XML, which forbids some characters even escaped.
    """
    suite = ElementTree.Element(
        "testsuite",
        name=f"conformance of {report.provider}",
        tests=str(len(report.results)),
        failures=str(sum(r.status in ("fail", "not-testable") for r in report.results)),
        errors=str(sum(r.status == "error" for r in report.results)),
    )
    for result in report.results:
        _add_case(suite, result)
    ElementTree.indent(suite)
    text = ElementTree.tostring(suite, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _add_case(suite: ElementTree.Element, result: Result) -> None:
    name = f"{result.id} {result.title}"
    case = ElementTree.SubElement(suite, "testcase", classname=result.group, name=name)
    if result.is_red:
        tag = "error" if result.status == "error" else "failure"
        ElementTree.SubElement(case, tag, message=result.status).text = result.message
    elif result.message:
        ElementTree.SubElement(case, "system-out").text = result.message
