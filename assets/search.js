// The search field: units by number, layer, classes; pages by name; notes by words. A combobox with a list (ARIA Authoring Practices): the focus stays in the field, the arrow keys choose, Enter opens, Escape closes.
(function () {
  "use strict";

  var SHOWN = 24;

  // Without accents and capitals.
  function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }

  // How well `name` fits the word: whole, beginning, beginning of a later word, within; 0 not at all.
  function quality(name, word) {
    var place = name.indexOf(word);
    if (place < 0) { return 0; }
    if (place === 0) { return name.length === word.length ? 8 : 4; }
    return name.search(new RegExp("[^\\p{L}\\p{N}]" + word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "u")) >= 0 ? 3 : 1;
  }

  // Everything that fits all words of `text`, best first: `{total, found: [{kind, ...}]}`.
  function finder(index) {
    var classes = index.classes.map(plain);
    var layers = index.layers.map(layer => plain(layer.name));
    var templates = index.templates.map(layer => plain(layer.name));
    var notes = index.notes.map(note => plain(note.name + " " + note.words));
    var links = Array.prototype.map.call(document.querySelectorAll(".site-header nav a"), link => {
      return { kind: "page", name: link.textContent, href: link.href };
    });

    return text => {
      var words = plain(text).split(/[\s:#/,·]+/).filter(Boolean).slice(0, 8);
      var found = [], total = 0, phrase = words.join(" ");
      if (!words.length) { return { total: 0, found: found }; }
      var ofClass = words.map(word => classes.map(name => quality(name, word)));
      var ofLayer = words.map(word => layers.map(name => quality(name, word)));
      var numbers = words.map(word => /^\d+$/.test(word) ? Number(word) : -1);
      function isKind(kind) { return words.map(word => kind === word || kind + "s" === word); }
      var count = words.length, worst = 0, ofKind;

      // Sorting keeps the order of what is equally good.
      function best() {
        found.sort((a, b) => b.score - a.score).splice(SHOWN);
        if (found.length === SHOWN) { worst = found[SHOWN - 1].score; }
      }

      // `make` makes the entry, if it can be among the best.
      function add(score, make) {
        total += 1;
        if (score <= worst) { return; }
        var entry = make();
        entry.score = score;
        found.push(entry);
        if (found.length >= 8 * SHOWN) { best(); }
      }

      // A name alone; in front of units of the same quality.
      function byName(kind, name, qualities, entry) {
        var kinds = isKind(kind), score = 0;
        for (var i = 0; i < count; i += 1) {
          var own = qualities[i] || (kinds[i] ? 1 : 0);
          if (!own) { return; }
          score += own;
        }
        add(10 * score / count + (name === phrase ? 60 : 5), () => entry);
      }

      // What has a number, a layer and, in `top` from `from` on, classes that it responds to.
      function numbered(kind, number, ofLayer, top, from, layer, folder) {
        var score = 0;
        for (var i = 0; i < count; i += 1) {
          var own = numbers[i] === number ? 7 : ofKind[i] ? 1 : numbers[i] < 0 ? ofLayer[i] : 0;
          for (var k = 0; k < 3; k += 1) {
            var owner = top[from + k];
            if (owner === undefined || owner < 0) { break; }
            var here = ofClass[i][owner] * (1 - k / 4);
            if (here > own) { own = here; }
          }
          if (!own) { return; }
          score += own;
        }
        add(10 * score / count, () => {
          return {
            kind: kind, name: kind + " " + number, href: vitrine.site + layer.folder + folder + number + "/index.html", layer: layer.name,
            isDead: kind === "unit" && layer.dead.indexOf(number) >= 0,
            classes: top.slice(from, from + 3).filter(index => index >= 0)
          };
        });
      }

      links.forEach(link => {
        var name = plain(link.name);
        byName("page", name, words.map(word => quality(name, word)), { kind: "page", name: link.name, href: link.href });
      });
      index.notes.forEach((note, place) => {
        byName("note", notes[place], words.map(word => quality(notes[place], word)),
          { kind: note.kind || "note", name: note.name, note: note.words.slice(0, 80), href: vitrine.site + note.href });
      });
      for (var c = 0; c < index.classPages; c += 1) {
        byName("class", classes[c], ofClass.map((all, i) => numbers[i] === c ? 7 : all[c]),
          { kind: "class", name: index.classes[c], href: vitrine.site + "classes/" + c + "/index.html" });
      }
      index.layers.forEach((layer, place) => {
        var own = ofLayer.map(all => all[place]);
        byName("layer", layers[place], own, { kind: "layer", name: layer.name, note: layer.count + " units", href: vitrine.site + layer.folder + "/index.html" });
        ofKind = isKind("concept");
        layer.concepts.forEach((number, at) => { numbered("concept", number, own, layer.conceptTop, 3 * at, layer, "/concepts/"); });
        ofKind = isKind("unit");
        for (var at = 0; at < layer.count; at += 1) {
          numbered("unit", layer.units ? layer.units[at] : at, own, layer.top, 3 * at, layer, "/");
        }
      });
      index.templates.forEach((layer, place) => {
        var own = words.map(word => quality(templates[place], word));
        ofKind = isKind(layer.noun);
        layer.numbers.forEach((number, at) => { numbered(layer.noun, number, own, [layer.owner[at]], 0, layer, "/"); });
      });
      best();
      return { total: total, found: found };
    };
  }

  vitrine.search = (field, index) => {
    var list = document.getElementById("search-found"), status = document.querySelector("[data-search-status]");
    var find = finder(index), options = [], active = -1;

    function close() {
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      choose(-1);
    }

    function choose(place) {
      if (options[active]) { options[active].removeAttribute("aria-selected"); }
      active = place;
      if (place < 0) { field.removeAttribute("aria-activedescendant"); return; }
      options[place].setAttribute("aria-selected", "true");
      options[place].scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", options[place].id);
    }

    function option(entry, place) {
      var item = vitrine.element("li"), note = entry.note || "";
      item.id = "found-" + place;
      item.setAttribute("role", "option");
      item.dataset.href = entry.href;
      item.append(vitrine.element("span", "found-name", entry.name));
      if (entry.layer) {
        note = entry.layer + (entry.isDead ? " · dead" : "") + (entry.classes.length
          ? " · " + entry.classes.map(number => index.classes[number]).join(", ") : "");
      } else if (entry.kind !== "page") {
        note = entry.kind + (note ? " · " + note : "");
      }
      if (note) { item.append(" ", vitrine.element("span", "found-note", note)); }
      return item;
    }

    function update() {
      choose(-1);
      if (!field.value.trim()) {
        close();
        options = [];
        status.textContent = "";
        return;
      }
      var result = find(field.value);
      options = result.found.map(option);
      list.replaceChildren.apply(list, options);
      if (!options.length) {
        var none = vitrine.element("li", "found-note", "Nothing found");
        none.setAttribute("role", "option");
        list.append(none);
      }
      list.hidden = false;
      list.scrollTop = 0;
      field.setAttribute("aria-expanded", "true");
      status.textContent = !result.total ? "Nothing found"
        : result.total + " found" + (result.total > options.length ? ", the best " + options.length + " listed" : "");
    }

    field.addEventListener("input", update);
    field.addEventListener("focus", () => { if (field.value.trim() && list.hidden) { update(); } });
    field.addEventListener("blur", close);
    field.addEventListener("keydown", event => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) { update(); }
        if (!options.length) { return; }
        var step = event.key === "ArrowDown" ? 1 : -1;
        choose(active < 0 ? (step > 0 ? 0 : options.length - 1) : (active + step + options.length) % options.length);
      } else if (event.key === "Enter" && options.length && !list.hidden && !event.isComposing) {
        event.preventDefault();
        location.href = options[Math.max(active, 0)].dataset.href;
      } else if (event.key === "Escape") {
        if (list.hidden) { field.value = ""; }
        close();
        event.preventDefault();
      }
    });
    // Before the field loses the focus, which would close the list under the pointer.
    list.addEventListener("mousedown", event => { event.preventDefault(); });
    list.addEventListener("click", event => {
      var item = event.target.closest("[data-href]");
      if (!item) { return; }
      if (event.ctrlKey || event.metaKey) { window.open(item.dataset.href); } else { location.href = item.dataset.href; }
    });
    if (field.value.trim()) { update(); }
  };
})();
