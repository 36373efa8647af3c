// Sorting, filtering and grouping of all units of a layer. The choice is in the address; without one the page stays as it was written.
(function () {
  "use strict";

  var form = document.querySelector("form[data-controls]");
  var written = document.querySelector("[data-cards]");
  if (!form || !written) { return; }
  var element = vitrine.element;
  var perPage = Number(form.dataset.perPage);
  var turning = written.parentNode.querySelector(".turning");
  var count = form.querySelector("[data-count]");
  var list = element("ul", written.className), pages = element("nav", "turning");
  list.tabIndex = -1;
  list.hidden = pages.hidden = true;
  pages.setAttribute("aria-label", "Pages of the selection");
  written.after(list, pages);
  var columns = { selectivity: "selective", activity: "active" };

  // What the address says, as far as this layer has it.
  function chosen() {
    var choice = new URLSearchParams(location.hash.slice(1));
    function option(name, otherwise) {
      var field = form.elements[name], value = choice.get(name);
      return field && Array.from(field.options).some(option => option.value === value) ? value : otherwise;
    }
    return {
      sort: option("sort", "unit"), group: option("group", ""), q: choice.get("q") || "", alive: choice.has("alive") && Boolean(form.elements.alive),
      page: Math.max(1, parseInt(choice.get("page"), 10) || 1)
    };
  }

  function address(choice, page) {
    var text = new URLSearchParams();
    if (choice.sort !== "unit") { text.set("sort", choice.sort); }
    if (choice.group) { text.set("group", choice.group); }
    if (choice.q) { text.set("q", choice.q); }
    if (choice.alive) { text.set("alive", "1"); }
    if (page > 1) { text.set("page", page); }
    return "#" + text.toString();
  }

  // The class that the unit responds to most.
  function name(data, place) { return data.classes[data.top[place][0]]; }

  // Places of the units that fit, in order.
  function selected(data, choice) {
    var query = choice.q.trim().toLowerCase(), number = /^(unit )?\d+$/.test(query) ? Number(query.replace("unit ", "")) : -1;
    var fits = data.classes.map(name => name.toLowerCase().indexOf(query) >= 0);
    var places = [];
    data.unit.forEach((unit, place) => {
      if (choice.alive && data.active[place] === 0) { return; }
      var isNamed = data.name && data.name[place].toLowerCase().includes(query);
      if (query && unit !== number && !isNamed && !data.top[place].some(index => fits[index])) { return; }
      places.push(place);
    });
    var column = choice.sort !== "unit" && data[columns[choice.sort] || choice.sort];
    function amount(place) { return column[place] === null ? -Infinity : column[place]; }
    return places.sort((a, b) => {
      if (choice.group && data.top[a][0] !== data.top[b][0]) {
        var first = name(data, a) || "\uFFFF", second = name(data, b) || "\uFFFF";
        return first === second ? data.top[a][0] - data.top[b][0] : first < second ? -1 : 1;
      }
      if (column) {
        var x = amount(a), y = amount(b);
        if (x !== y) { return x < y ? 1 : -1; }
      }
      return data.unit[a] - data.unit[b];
    });
  }

  function bar(share) {
    var space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "bar");
    svg.setAttribute("width", 48);
    svg.setAttribute("height", 6);
    svg.setAttribute("aria-hidden", "true");
    if (share > 0) {
      var part = document.createElementNS(space, "rect");
      part.setAttribute("width", Math.max(1, Math.min(share, 1) * 48));
      part.setAttribute("height", 6);
      svg.appendChild(part);
    }
    return svg;
  }

  function mark(share, text) {
    var result = element("span", "mark");
    result.append(bar(share), text);
    return result;
  }

  function card(data, place) {
    var item = element("li"), link = element("a", "card"), picture = data.picture[place], isDead = data.active[place] === 0;
    var folder = vitrine.site + data.folder + "/" + data.unit[place] + "/";
    link.href = folder + "index.html";
    if (picture) {
      var image = element("img", data.size[2] ? "pixelated" : "");
      image.alt = "";
      image.width = data.size[0];
      image.height = data.size[1];
      image.loading = "lazy";
      image.decoding = "async";
      image.src = picture === 1 ? folder + "prototype.png" : vitrine.site + picture;
      link.append(image);
    } else {
      link.append(element("span", "no-picture"));
    }
    var name = element("span", "card-name", "unit " + data.unit[place]);
    if (picture && picture !== 1) { name.append(" ", element("span", "tag", "real image")); }
    if (isDead) { name.append(" ", element("span", "tag", "dead")); }
    link.append(name);
    if (data.name) { link.append(element("span", "card-top", data.name[place])); }
    var top = data.top[place].map(index => data.classes[index]).join(", ");
    if (top) { link.append(element("span", "card-top", top)); }
    link.append(mark(data.active[place], " active " + data.activeText[place]));
    if (data.selectiveText[place] !== null) { link.append(mark(data.selective[place], " selective " + data.selectiveText[place])); }
    if (data.judgedText && data.judgedText[place]) { link.append(mark(data.judged[place], " line-up " + data.judgedText[place])); }
    item.append(link);
    return item;
  }

  function showPages(choice, total, page) {
    function entry(number, relation, text) {
      var item = element("li"), link = element("a", "", text);
      link.href = address(choice, number);
      link.rel = relation;
      item.append(link);
      return item;
    }
    var entries = element("ul");
    if (page > 1) { entries.append(entry(page - 1, "prev", "← previous")); }
    entries.append(element("li", "", "page " + page + " of " + total));
    if (page < total) { entries.append(entry(page + 1, "next", "next →")); }
    pages.replaceChildren(entries);
    pages.hidden = total < 2;
  }

  function show(isTurned) {
    var choice = chosen();
    function swap(isAny) {
      list.hidden = !isAny;
      written.hidden = isAny;
      if (turning) { turning.hidden = isAny; }
    }
    if (address(choice, choice.page) === "#") {
      swap(false);
      pages.hidden = true;
      count.textContent = "";
      list.replaceChildren();
      return;
    }
    vitrine.load(form.dataset.controls, data => {
      // Typed on while the data came: the last word counts.
      if (address(choice, choice.page) !== address(chosen(), chosen().page)) { return; }
      var places = selected(data, choice), total = Math.max(1, Math.ceil(places.length / perPage)), page = Math.min(choice.page, total);
      var first = (page - 1) * perPage, part = places.slice(first, first + perPage), group = null, cards = [];
      swap(true);
      part.forEach(place => {
        if (choice.group && data.top[place][0] !== group) {
          group = data.top[place][0];
          var head = element("li", "group");
          head.append(element("h3", "", name(data, place) || "no class"));
          cards.push(head);
        }
        cards.push(card(data, place));
      });
      list.replaceChildren.apply(list, cards);
      showPages(choice, total, page);
      var all = data.unit.length, number = value => value.toLocaleString("en");
      count.textContent = (places.length === all ? "All " : number(places.length) + " of ") + number(all) + " units" +
        (total > 1 ? ", " + number(first + 1) + " to " + number(first + part.length) + " shown" : "");
      if (isTurned) {
        document.getElementById("units").scrollIntoView();
        list.focus({ preventScroll: true });
      }
    });
  }

  function fill() {
    var choice = chosen();
    ["sort", "group", "q"].forEach(name => { if (form.elements[name]) { form.elements[name].value = choice[name]; } });
    if (form.elements.alive) { form.elements.alive.checked = choice.alive; }
  }

  form.addEventListener("input", () => {
    var choice = {
      sort: form.elements.sort.value, group: form.elements.group ? form.elements.group.value : "", q: form.elements.q.value.trim(),
      alive: Boolean(form.elements.alive && form.elements.alive.checked)
    };
    try { history.replaceState(null, "", address(choice, 1)); } catch (e) { location.hash = address(choice, 1); }
    show(false);
  });
  form.addEventListener("submit", event => { event.preventDefault(); });
  addEventListener("hashchange", () => {
    // A link to a heading is no choice.
    if (location.hash && location.hash.indexOf("=") < 0) { return; }
    fill();
    show(true);
  });
  fill();
  show(false);
})();
