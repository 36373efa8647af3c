// Line-ups: pictures are picked, then the answers tell how many of them were right.
(function () {
  "use strict";
  var bar = document.querySelector("[data-line-up]");
  var questions = Array.prototype.map.call(document.querySelectorAll("[data-answer]"), (element, place) => {
    return {
      number: place + 1, subject: element.dataset.subject, answer: element.dataset.answer.split(" "), isOpen: false,
      boxes: Array.prototype.slice.call(element.querySelectorAll("input[type=checkbox]")),
      details: element.querySelector("details"), result: element.querySelector("[data-result]")
    };
  });

  function picked(question) {
    return question.boxes.filter(box => box.checked).map(box => box.value);
  }

  function right(question) {
    return picked(question).filter(letter => question.answer.indexOf(letter) >= 0).length;
  }

  function tell() {
    if (!bar) { return; }
    var answered = questions.filter(question => question.isOpen && picked(question).length);
    if (!answered.length) { return; }
    function sum(count) { return answered.reduce((total, question) => total + count(question), 0); }
    bar.querySelector("[data-score]").textContent = sum(right) + " of " + sum(question => question.answer.length) +
      " right in " + answered.length + (answered.length === 1 ? " line-up" : " line-ups") + " answered.";
    var results = document.querySelector("[data-results]");
    results.hidden = false;
    results.querySelector("code").textContent = "line-up,unit,picked,exciting,right\n" + answered.map(question => {
      var subject = question.subject;
      if (/[",\n]/.test(subject)) { subject = '"' + subject.replace(/"/g, '""') + '"'; }
      return [question.number, subject, picked(question).join(" "), question.answer.join(" "), right(question)].join(",");
    }).join("\n");
  }

  function open(question) {
    if (question.isOpen) { return; }
    question.isOpen = true;
    question.boxes.forEach(box => {
      box.disabled = true;
      var excites = question.answer.indexOf(box.value) >= 0;
      if (!excites && !box.checked) { return; }
      var tag = document.createElement("span");
      tag.className = excites ? "tag is-right" : "tag";
      tag.textContent = excites ? "activates it" : "does not";
      box.parentNode.appendChild(tag);
    });
    question.result.textContent = picked(question).length
      ? right(question) + " of " + question.answer.length + " right" : "You picked none.";
    tell();
  }

  questions.forEach(question => {
    question.boxes.forEach(box => {
      // A browser may remember what was ticked before.
      box.checked = false;
      box.addEventListener("change", () => {
        var count = picked(question).length;
        if (count > question.answer.length) {
          box.checked = false;
          question.result.textContent = question.answer.length + " are picked: take one back first.";
        } else {
          question.result.textContent = count + " of " + question.answer.length + " picked";
        }
      });
    });
    question.details.addEventListener("toggle", () => { if (question.details.open) { open(question); } });
  });
  if (!bar) { return; }
  bar.hidden = false;
  bar.querySelector("[data-show-answers]").addEventListener("click", () => {
    questions.forEach(question => { question.details.open = true; });
  });
})();
