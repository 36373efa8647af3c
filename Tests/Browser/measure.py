"""Sizes and times of a site's pages, as a table in Markdown."""
import statistics

OBSERVE = """() => {
  window.paints = []; window.shift = 0;
  new PerformanceObserver(list => { for (const entry of list.getEntries()) paints.push(entry.startTime); })
    .observe({type: 'largest-contentful-paint', buffered: true});
  new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value; })
    .observe({type: 'layout-shift', buffered: true});
}"""
FIRST_VIEW = """() => {
  const kinds = {js: 0, css: 0, images: 0, html: performance.getEntriesByType('navigation')[0].encodedBodySize};
  // Pictures further down are loaded late, some of them a little before they are seen: those in the window count.
  const seen = new Set([...document.images].filter(image => image.getBoundingClientRect().top < innerHeight).map(image => image.src));
  for (const entry of performance.getEntriesByType('resource')) {
    const kind = {script: 'js', link: 'css', css: 'css'}[entry.initiatorType] ?? 'images';
    if (kind !== 'images' || entry.initiatorType !== 'img' || seen.has(entry.name)) { kinds[kind] += entry.encodedBodySize; }
  }
  return kinds;
}"""
SEARCH = """async query => {
  const field = document.querySelector('[data-search]'), frame = () => new Promise(requestAnimationFrame);
  // What is typed before the index is there is looked for once it is.
  field.value = 'method';
  field.focus();
  while (!document.querySelector('[data-search-status]').textContent) await frame();
  const times = [];
  for (let length = 1; length <= query.length; length += 1) {
    field.value = query.slice(0, length);
    const begin = performance.now();
    field.dispatchEvent(new Event('input'));
    document.body.offsetHeight;
    times.push(performance.now() - begin);
  }
  return {times, found: document.querySelector('[data-search-status]').textContent};
}"""


def table(browser, address, paths, site):
    """Prints the first view of each kind of page and the time that a search takes."""
    print("| page | HTML kB | CSS | JS | pictures in view | together | largest paint ms | shift | heap MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind, path in paths.items():
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.add_init_script(f"({OBSERVE})()")
        page.goto(address + path, wait_until="networkidle")
        page.wait_for_timeout(100)
        sizes = page.evaluate(FIRST_VIEW)
        paint, shift = page.evaluate("[paints.at(-1) ?? 0, shift]")
        heap = page.evaluate("performance.memory.usedJSHeapSize")
        parts = [sizes[name] / 1000 for name in ("html", "css", "js", "images")]
        print(f"| {kind} | " + " | ".join(f"{part:.0f}" for part in parts) + f" | {sum(parts):.0f} | {paint:.0f} | {shift:.3f} | {heap / 1e6:.1f} |")
        context.close()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    for origin in (address, site.as_uri() + "/"):
        for query in ("unit 17", "layer4 dog", "1"):
            page.goto(origin + "index.html")
            result = page.evaluate(SEARCH, query)
            times = result["times"]
            print(f"search for {query!r} ({origin[:4]}): {max(times):.1f} ms at most, median {statistics.median(times):.1f} ms; {result['found']}")
    context.close()
