// Sorting, filtering, the theme and copying. Pages say everything without it.
(function () {
  "use strict";

  // Before the page is drawn, so that it does not flash in the other theme. Storage can be forbidden.
  var root = document.documentElement;
  function stored() { try { return localStorage.getItem("vitrine-theme"); } catch (e) { return null; } }
  function store(value) { try { localStorage.setItem("vitrine-theme", value); } catch (e) { /* Lasts for this page only. */ } }
  var chosen = stored();
  if (chosen === "light" || chosen === "dark") { root.dataset.theme = chosen; }

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function setUpTheme() {
    var button = document.querySelector("button.theme");
    if (!button) { return; }
    function label() { button.textContent = isDark() ? "Light theme" : "Dark theme"; }
    button.hidden = false;
    label();
    button.addEventListener("click", function () {
      root.dataset.theme = isDark() ? "light" : "dark";
      store(root.dataset.theme);
      label();
    });
  }

  function setUpCards() {
    var form = document.querySelector("form[data-controls]");
    var list = document.querySelector("[data-cards]");
    if (!form || !list) { return; }
    var count = form.querySelector("[data-count]");
    var cards = Array.prototype.map.call(list.children, function (element) {
      var top = element.querySelector(".card-top");
      return { element: element, unit: Number(element.dataset.unit), dead: "dead" in element.dataset, fits: true, text: top ? top.textContent.toLowerCase() : "" };
    });
    var order = "unit";
    form.hidden = false;

    // The choice is in the address, so that it can be sent to somebody.
    var wanted = new URLSearchParams(location.hash.slice(1));
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!field.name || !wanted.has(field.name)) { return; }
      if (field.type === "checkbox") { field.checked = true; } else { field.value = wanted.get(field.name); }
      if (field.tagName === "SELECT" && field.selectedIndex < 0) { field.selectedIndex = 0; }
    });

    function amount(card, key) {
      var value = card.element.dataset[key];
      return value === "" ? -Infinity : Number(value);
    }

    function apply() {
      var key = form.elements.sort.value;
      var query = form.elements.q.value.trim().toLowerCase();
      var alive = form.elements.alive && form.elements.alive.checked;
      // Moving thousands of cards is slow: only when the order changes.
      if (key !== order) {
        order = key;
        var fragment = document.createDocumentFragment();
        cards.slice().sort(function (a, b) {
          if (key !== "unit") {
            var x = amount(a, key), y = amount(b, key);
            if (x !== y) { return x < y ? 1 : -1; }
          }
          return a.unit - b.unit;
        }).forEach(function (card) { fragment.appendChild(card.element); });
        list.appendChild(fragment);
      }
      var shown = 0;
      cards.forEach(function (card) {
        var fits = (!query || card.text.indexOf(query) >= 0 || String(card.unit) === query) && !(alive && card.dead);
        if (card.fits !== fits) { card.element.hidden = !fits; }
        card.fits = fits;
        if (fits) { shown += 1; }
      });
      count.textContent = shown === cards.length ? "" : shown + " of " + cards.length + " units";
    }

    function remember() {
      var choice = new URLSearchParams();
      if (form.elements.sort.value !== "unit") { choice.set("sort", form.elements.sort.value); }
      if (form.elements.q.value.trim()) { choice.set("q", form.elements.q.value.trim()); }
      if (form.elements.alive && form.elements.alive.checked) { choice.set("alive", "1"); }
      try { history.replaceState(null, "", "#" + choice.toString()); } catch (e) { /* Some browsers refuse on file addresses. */ }
    }

    form.addEventListener("input", function () { apply(); remember(); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  }

  function setUpCopying() {
    if (!navigator.clipboard) { return; }
    document.querySelectorAll("pre[data-copy]").forEach(function (block) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy the " + block.dataset.copy);
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(block.textContent).then(function () {
          button.textContent = "Copied";
          setTimeout(function () { button.textContent = "Copy"; }, 2000);
        }, function () { button.textContent = "Copying is not allowed here"; });
      });
      block.after(button);
    });
  }

  // Line-ups: pictures are picked, then the answers tell how many of them were right.
  function setUpLineUps() {
    var bar = document.querySelector("[data-line-up]");
    var questions = Array.prototype.map.call(document.querySelectorAll("[data-answer]"), function (element, place) {
      return {
        number: place + 1, subject: element.dataset.subject, answer: element.dataset.answer.split(" "), isOpen: false,
        boxes: Array.prototype.slice.call(element.querySelectorAll("input[type=checkbox]")),
        details: element.querySelector("details"), result: element.querySelector("[data-result]")
      };
    });

    function picked(question) {
      return question.boxes.filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
    }

    function right(question) {
      return picked(question).filter(function (letter) { return question.answer.indexOf(letter) >= 0; }).length;
    }

    function tell() {
      if (!bar) { return; }
      var answered = questions.filter(function (question) { return question.isOpen && picked(question).length; });
      if (!answered.length) { return; }
      function sum(count) { return answered.reduce(function (total, question) { return total + count(question); }, 0); }
      bar.querySelector("[data-score]").textContent = sum(right) + " of " + sum(function (question) { return question.answer.length; }) +
        " right in " + answered.length + (answered.length === 1 ? " line-up" : " line-ups") + " answered.";
      var results = document.querySelector("[data-results]");
      results.hidden = false;
      results.querySelector("code").textContent = "line-up,unit,picked,exciting,right\n" + answered.map(function (question) {
        var subject = question.subject;
        if (/[",\n]/.test(subject)) { subject = '"' + subject.replace(/"/g, '""') + '"'; }
        return [question.number, subject, picked(question).join(" "), question.answer.join(" "), right(question)].join(",");
      }).join("\n");
    }

    function open(question) {
      if (question.isOpen) { return; }
      question.isOpen = true;
      question.boxes.forEach(function (box) {
        box.disabled = true;
        var excites = question.answer.indexOf(box.value) >= 0;
        if (!excites && !box.checked) { return; }
        var tag = document.createElement("span");
        tag.className = excites ? "tag is-right" : "tag";
        tag.textContent = excites ? "excites it" : "does not";
        box.parentNode.appendChild(tag);
      });
      question.result.textContent = picked(question).length
        ? right(question) + " of " + question.answer.length + " right" : "You picked none.";
      tell();
    }

    questions.forEach(function (question) {
      question.boxes.forEach(function (box) {
        // A browser may remember what was ticked before.
        box.checked = false;
        box.addEventListener("change", function () {
          var count = picked(question).length;
          if (count > question.answer.length) {
            box.checked = false;
            question.result.textContent = question.answer.length + " are picked: take one back first.";
          } else {
            question.result.textContent = count + " of " + question.answer.length + " picked";
          }
        });
      });
      question.details.addEventListener("toggle", function () { if (question.details.open) { open(question); } });
    });
    if (!bar) { return; }
    bar.hidden = false;
    bar.querySelector("[data-show-answers]").addEventListener("click", function () {
      questions.forEach(function (question) { question.details.open = true; });
    });
  }

  // The arrow keys turn the pages of units and classes, unless they are needed where the focus is.
  function setUpTurning() {
    document.addEventListener("keydown", function (event) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) { return; }
      var relation = event.key === "ArrowLeft" ? "prev" : event.key === "ArrowRight" ? "next" : "";
      if (!relation || event.target.closest("input, select, textarea, [tabindex='0']")) { return; }
      var link = document.querySelector("a[rel=" + relation + "]");
      if (link) { link.click(); }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    setUpTheme();
    setUpCards();
    setUpCopying();
    setUpLineUps();
    setUpTurning();
  });
})();
