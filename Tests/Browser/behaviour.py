"""What pages do when somebody uses them: by keyboard, on paper, from disk."""
import re
import tempfile

import accessibility


def check(browser, address, paths, site, report):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for origin in (address, site.as_uri() + "/"):
        search(page, origin, "unit 1" if "layers/X/N/index.html" in paths else "method", report)
        if "layers/X/index.html" in paths:
            cards(page, origin + paths["layers/X/index.html"], report)
        if "layers/X/N/index.html" in paths:
            enlarged(page, origin + paths["layers/X/N/index.html"], report)
    if "layers/X/N/index.html" in paths:
        turned(page, address, paths, report)
    if "method.html" in paths:
        scrolled(page, address, report)
    printed(page, address, paths, report)
    report.expect(not said, f"the console says {said[:3]}")
    context.close()
    without_scripts(browser, address, paths, report)


def search(page, origin, query, report):
    where = f"search ({origin[:4]})"
    page.goto(origin + "index.html")
    field = page.locator("[data-search]")
    page.keyboard.press("/")
    report.expect(field.evaluate("field => document.activeElement === field"), f"{where}: / does not focus the field")
    page.wait_for_function("window.vitrine.search !== undefined")
    page.keyboard.type(query)
    found = page.locator("#search-found [data-href]")
    found.first.wait_for()
    report.expect(field.get_attribute("aria-expanded") == "true", f"{where}: the field does not say that there is a list")
    report.expect(found.first.locator(".found-name").inner_text().lower() == query, f"{where}: finds {found.first.inner_text()}")
    page.keyboard.press("ArrowDown")
    report.expect(field.get_attribute("aria-activedescendant") == "found-0", f"{where}: the arrow keys choose nothing")
    report.expect(found.first.get_attribute("aria-selected") == "true", f"{where}: the chosen entry is not marked")
    accessibility.check(page, where, report)
    page.keyboard.press("Escape")
    report.expect(page.locator("#search-found").is_hidden(), f"{where}: Escape does not close")
    report.expect(field.evaluate("field => document.activeElement === field"), f"{where}: Escape takes the focus away")
    page.keyboard.press("ArrowDown")
    href = found.first.get_attribute("data-href")
    page.keyboard.press("Enter")
    page.wait_for_url(href, timeout=5000)
    report.expect(page.title() != "" and page.locator("h1").count() == 1, f"{where}: leads to {page.url}")
    # Switched off, and remembered.
    page.locator("[data-shortcut]").click()
    page.goto(origin + "index.html")
    page.keyboard.press("/")
    report.expect(not page.locator("[data-search]").evaluate("field => document.activeElement === field"), f"{where}: / cannot be switched off")
    page.locator("[data-shortcut]").click()


def cards(page, url, report):
    where = f"cards ({url[:4]})"
    page.goto(url)
    shown = "ul[data-cards]:not([hidden]) .card, ul[data-cards][hidden] + ul .card"
    order = [option.get_attribute("value") for option in page.locator("select[name=sort] option").all()]
    page.select_option("select[name=sort]", "largest")
    page.wait_for_selector("ul[data-cards][hidden] + ul .card", state="attached")
    report.expect("sort=largest" in page.url and len(order) > 2, f"{where}: the choice is not in the address: {page.url}")
    first = page.locator(shown).first.get_attribute("href")
    status = page.locator("[data-count]").inner_text()
    report.expect(re.match(r"All [\d,]+ units", status), f"{where}: says {status!r}")
    if page.locator("select[name=group]").count():
        page.select_option("select[name=group]", "class")
        page.wait_for_selector(".cards .group")
    accessibility.check(page, where, report)
    next_page = page.locator(".turning:not([hidden]) a[rel=next]")
    if next_page.count():
        next_page.click()
        page.wait_for_function("location.hash.includes('page=2')")
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("!location.hash.includes('page=')")
    # The same address later, in another window.
    again = page.context.new_page()
    again.goto(url + "#sort=largest")
    again.wait_for_selector("ul[data-cards][hidden] + ul .card", state="attached")
    report.expect(again.locator(shown).first.get_attribute("href") == first, f"{where}: the address does not lead to the same order")
    again.locator("input[name=q]").fill("1")
    again.wait_for_function("document.querySelector('[data-count]').textContent.includes(' of ')")
    again.goto(url)
    report.expect(again.locator("ul[data-cards]").is_visible(), f"{where}: the written page is not there without a choice")
    again.close()


def enlarged(page, url, report):
    where = f"picture ({url[:4]})"
    page.goto(url)
    button = page.locator("button.enlarge").first
    if not button.count():
        return
    button.focus()
    page.keyboard.press("Enter")
    report.expect(page.locator("dialog.lightbox").is_visible(), f"{where}: Enter does not enlarge")
    report.expect(page.locator("dialog.lightbox").evaluate("dialog => dialog.scrollWidth <= innerWidth"), f"{where}: wider than the window")
    accessibility.check(page, where, report)
    page.keyboard.press("Escape")
    report.expect(page.locator("dialog.lightbox").is_hidden(), f"{where}: Escape does not close")
    report.expect(button.evaluate("button => document.activeElement === button"), f"{where}: the focus does not return")


def turned(page, address, paths, report):
    page.goto(address + re.sub(r"/\d+/index", "/1/index", paths["layers/X/N/index.html"]))
    for key, unit in (("ArrowRight", "2"), ("ArrowLeft", "1"), ("ArrowLeft", "0")):
        page.keyboard.press(key)
        try:
            page.wait_for_url(re.compile(f"/{unit}/index.html"), timeout=5000)
        except Exception:
            report.expect(False, f"{key} does not lead to unit {unit} but {page.url}")


def scrolled(page, address, report):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(address + "method.html")
    unreachable = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(element => element.scrollWidth > element.clientWidth + 1
            && /auto|scroll/.test(getComputedStyle(element).overflowX) && element.tabIndex < 0).length""")
    report.expect(unreachable == 0, f"method: {unreachable} boxes scroll that the keyboard does not reach")
    page.set_viewport_size({"width": 1280, "height": 900})


def printed(page, address, paths, report):
    """Pictures on paper are as many as the page has, folded parts among them."""
    for kind in ("layers/X/index.html", "layers/X/N/index.html", "classes/index.html"):
        if kind not in paths:
            continue
        page.goto(address + paths[kind])
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            page.pdf(path=file.name)
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.wait_for_load_state("networkidle")
        late = page.evaluate("[...document.images].filter(image => !image.complete || !image.naturalWidth).length")
        folded = page.evaluate(
            "[...document.querySelectorAll('details')].filter(part => !part.open && !part.closest('[data-answer]')).length")
        report.expect(late == 0, f"print: {late} pictures of {kind} do not load")
        report.expect(folded == 0, f"print: {folded} parts of {kind} stay folded")
        page.emulate_media(media="screen")


def without_scripts(browser, address, paths, report):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address + "index.html")
    report.expect(page.locator(".scripted:visible").count() == 0, "without scripts: controls that do nothing are shown")
    if "layers/X/index.html" in paths:
        # All units through the pages' own links.
        page.goto(address + paths["layers/X/index.html"])
        units, pages = set(), 0
        while True:
            units.update(card.get_attribute("href") for card in page.locator("[data-cards] .card").all())
            pages += 1
            following = page.locator(".turning a[rel=next]")
            if not following.count():
                break
            following.click()
        folder = paths["layers/X/index.html"].rsplit("/", 1)[0]
        report.expect(len(units) > 0 and all(re.search(r"/\d+/index.html$", unit) for unit in units), f"without scripts: {len(units)} units of {folder}")
        print(f"  without scripts: {len(units)} units of {folder} on {pages} pages")
    context.close()
