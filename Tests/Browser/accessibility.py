"""axe-core over the page as it is at the moment."""
from axe_playwright_python.sync_playwright import Axe

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


def check(page, where, report):
    # axe reads style sheets, which browsers refuse on pages from disk.
    if page.url.startswith("file:"):
        return
    result = Axe().run(page, options=RULES).response
    for violation in result["violations"]:
        for node in violation["nodes"][:3]:
            report.expect(False, f"{where}: {violation['id']}: {node['html'][:160]}")
    report.checks += len(result["passes"])
