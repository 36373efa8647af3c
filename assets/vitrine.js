// The theme, search, copying, enlarging and turning of pages. What only some pages need is in scripts of its own.
(function () {
  "use strict";

  // Before the page is drawn, so that it does not flash in the other theme. Storage can be forbidden.
  var root = document.documentElement;
  function stored(key) { try { return localStorage.getItem(key); } catch (e) { return null; } }
  function store(key, value) { try { localStorage.setItem(key, value); } catch (e) { /* Lasts for this page only. */ } }
  var chosen = stored("vitrine-theme");
  if (chosen === "light" || chosen === "dark") { root.dataset.theme = chosen; }
  root.dataset.scripted = "";

  // Browsers fetch nothing from disk: data come as scripts that hand them over.
  var site = new URL("../", document.currentScript.src).href;
  var scripts = {}, data = {};
  window.vitrine = {
    site: site,
    // Loads a script of the site, once, and calls `done` with the data that it handed over under its path.
    load: (path, done) => {
      var script = scripts[path];
      if (!script) {
        script = scripts[path] = { waiting: [], isHere: false };
        var element = document.createElement("script");
        element.src = site + path;
        element.onload = () => {
          script.isHere = true;
          script.waiting.forEach(wait => { wait(data[path]); });
        };
        element.onerror = () => { delete scripts[path]; };
        document.head.appendChild(element);
      }
      if (script.isHere) { done(data[path]); } else { script.waiting.push(done); }
    },
    receive: (path, content) => { data[path] = content; },
    element: (name, className, text) => {
      var element = document.createElement(name);
      if (className) { element.className = className; }
      if (text !== undefined) { element.textContent = text; }
      return element;
    }
  };

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function setUpTheme() {
    var button = document.querySelector("button.theme");
    if (!button) { return; }
    function label() { button.textContent = isDark() ? "Light theme" : "Dark theme"; }
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      store("vitrine-theme", root.dataset.theme);
      label();
    });
  }

  function setUpSearch() {
    var field = document.querySelector("[data-search]");
    if (!field) { return; }
    field.addEventListener("focus", () => {
      vitrine.load("assets/search.js", () => { vitrine.load("search.js", index => { vitrine.search(field, index); }); });
    }, { once: true });
    // A shortcut of one letter must be possible to switch off, report by report.
    var key = "vitrine-shortcut " + site, isOn = stored(key) !== "off";
    var button = document.querySelector("[data-shortcut]");
    if (button) {
      button.setAttribute("aria-checked", isOn);
      button.addEventListener("click", () => {
        isOn = !isOn;
        button.setAttribute("aria-checked", isOn);
        store(key, isOn ? "on" : "off");
      });
    }
    document.addEventListener("keydown", event => {
      if (event.key !== "/" || !isOn || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) { return; }
      if (event.target.closest("input, select, textarea, dialog")) { return; }
      event.preventDefault();
      field.focus();
      field.select();
    });
  }

  function setUpCopying() {
    if (!navigator.clipboard) { return; }
    document.querySelectorAll("pre[data-copy]").forEach(block => {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy the " + block.dataset.copy);
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(block.textContent).then(() => {
          button.textContent = "Copied";
          setTimeout(() => { button.textContent = "Copy"; }, 2000);
        }, () => { button.textContent = "Copying is not allowed here"; });
      });
      block.after(button);
    });
  }

  // The arrow keys turn the pages of units, classes and parts, unless they are needed where the focus is.
  function setUpTurning() {
    document.addEventListener("keydown", event => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) { return; }
      var relation = event.key === "ArrowLeft" ? "prev" : event.key === "ArrowRight" ? "next" : "";
      if (!relation || event.target.closest("input, select, textarea, dialog, [tabindex='0']")) { return; }
      var link = document.querySelector("a[rel=" + relation + "]:not([hidden] a)");
      if (link) { link.click(); }
    });
  }

  // Pictures that lead nowhere are buttons that show them large; Escape closes, and the focus returns to the picture.
  function setUpEnlarging() {
    var pictures = Array.prototype.filter.call(
      document.querySelectorAll(".specimen img, figure.real .view, figure.real .heat-map"),
      picture => (picture.matches("img, svg") || picture.querySelector("img")) && !picture.closest("a, label"));
    if (!pictures.length || !window.HTMLDialogElement) { return; }
    var dialog = vitrine.element("dialog", "lightbox");
    dialog.setAttribute("aria-label", "Picture");
    var frame = vitrine.element("div", "lightbox-picture"), caption = vitrine.element("p", "caption");
    var close = vitrine.element("button", "", "Close");
    close.type = "button";
    close.addEventListener("click", () => { dialog.close(); });
    [frame, caption, close].forEach(part => { dialog.appendChild(part); });
    document.body.appendChild(dialog);
    dialog.addEventListener("click", event => { if (event.target === dialog) { dialog.close(); } });
    var shown = 0;
    dialog.addEventListener("keydown", event => {
      var step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
      if (step && pictures[shown + step]) { show(shown + step); }
    });

    function show(place) {
      shown = place;
      var copy = pictures[place].cloneNode(true), image = copy.matches("img, svg") ? copy : copy.querySelector("img");
      var width = Number(image.getAttribute("width")), height = Number(image.getAttribute("height"));
      var scale = Math.min((innerWidth - 48) / width, (innerHeight - 176) / height);
      // Pixels stay squares: whole factors of what the page shows.
      if (scale > 1 && image.classList.contains("pixelated")) { scale = Math.floor(scale); }
      if (!image.viewBox && image.naturalWidth) { scale = Math.min(scale, 4); }
      image.setAttribute("width", Math.round(width * scale));
      image.setAttribute("height", Math.round(height * scale));
      image.removeAttribute("loading");
      frame.replaceChildren(copy);
      var figure = pictures[place].closest("figure"), text = figure && figure.querySelector("figcaption");
      caption.textContent = text ? text.innerText : image.getAttribute("alt") || "";
    }

    pictures.forEach((picture, place) => {
      var button = vitrine.element("button", "enlarge"), image = picture.matches("img, svg") ? picture : picture.querySelector("img");
      button.type = "button";
      button.setAttribute("aria-label", "Enlarge: " + (image.getAttribute("alt") || image.getAttribute("aria-label") || "picture"));
      picture.before(button);
      button.appendChild(picture);
      button.addEventListener("click", () => {
        show(place);
        dialog.showModal();
      });
    });
  }

  // On paper everything is there: pictures that were not looked at yet, and what is folded.
  function setUpPrinting() {
    var opened = [];
    addEventListener("beforeprint", () => {
      document.querySelectorAll("img[loading=lazy]").forEach(image => { image.loading = "eager"; });
      opened = Array.prototype.slice.call(document.querySelectorAll("details:not([open]):not([data-answer] details)"));
      opened.forEach(details => { details.open = true; });
    });
    addEventListener("afterprint", () => { opened.forEach(details => { details.open = false; }); });
  }

  document.addEventListener("DOMContentLoaded", () => {
    setUpTheme();
    setUpSearch();
    setUpCopying();
    setUpEnlarging();
    setUpTurning();
    setUpPrinting();
    if (document.querySelector("form[data-controls]")) { vitrine.load("assets/cards.js", () => {}); }
    if (document.querySelector("[data-answer]")) { vitrine.load("assets/line-up.js", () => {}); }
  });
})();
