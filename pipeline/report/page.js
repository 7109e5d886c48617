"use strict";
(() => {
  const root = document.documentElement;
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const whole = new Intl.NumberFormat(root.lang, { maximumFractionDigits: 0, useGrouping: "always" });
  const number = (value) => whole.format(Math.round(value) || 0).replace("-", "\u2212");
  const say = (key, values) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  root.classList.add("js");

  function lookAt(table) {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => ({ row, place, text: plain(row.textContent) }));
    const heads = [...table.tHead.rows[0].cells];
    const paper = Number(table.dataset.step);
    const step = window.matchMedia("(max-width: 760px)").matches ? 10 : paper;
    const find = document.getElementById("find");
    const choices = [...document.querySelectorAll("select[data-filter]")];
    const order = document.getElementById("order");
    const more = document.getElementById("more");
    const shownLine = document.getElementById("shown");
    let sorted = null;
    let limit = step;

    const key = (cell) => (cell.dataset.v === undefined ? cell.textContent.trim() : cell.dataset.v);
    const compared = new Intl.Collator(root.lang, { numeric: true, sensitivity: "base" });

    function inOrder() {
      if (!sorted) return rows.slice().sort((a, b) => a.place - b.place);
      const { column, down } = sorted;
      const numeric = heads[column].dataset.kind === "number";
      const value = ({ row }) => key(row.cells[column]);
      return rows.slice().sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === "" || y === "") return (x === "") - (y === "") || a.place - b.place;
        const difference = numeric ? Number(x) - Number(y) : compared.compare(x, y);
        return (down ? -difference : difference) || a.place - b.place;
      });
    }

    function show() {
      const wanted = plain(find.value).split(/\s+/).filter(Boolean);
      const chosen = choices.filter((choice) => choice.value);
      let matching = 0;
      for (const { row, text } of inOrder()) {
        body.append(row);
        const fits = wanted.every((word) => text.includes(word)) && chosen.every((c) => row.dataset[c.dataset.filter] === c.value);
        matching += fits;
        row.hidden = !fits || matching > limit;
        row.classList.toggle("beyond", matching > paper);
      }
      const shown = Math.min(matching, limit);
      const values = { shown: number(shown), matching: number(matching), all: number(rows.length) };
      shownLine.textContent = matching ? say(matching < rows.length ? "of_all" : "shown", values) : texts.nobody;
      more.hidden = shown >= matching;
      more.textContent = say("more", { count: number(Math.min(step, matching - shown)) });
    }

    function again() {
      limit = step;
      show();
    }

    function sortBy(column, down) {
      sorted = column === null ? null : { column, down };
      heads.forEach((head, at) => {
        if (sorted && at === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      order.value = sorted ? `${column} ${down ? "down" : "up"}` : "";
      again();
    }

    order.add(new Option("–", ""));
    heads.forEach((head, column) => {
      const numeric = head.dataset.kind === "number";
      const button = document.createElement("button");
      button.type = "button";
      button.title = texts.sort_hint;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sortBy(column, sorted && sorted.column === column ? !sorted.down : numeric));
      for (const down of [numeric, !numeric]) {
        order.add(new Option(`${button.textContent} ${down ? "↓" : "↑"}`, `${column} ${down ? "down" : "up"}`));
      }
    });
    order.addEventListener("change", () => {
      const [column, way] = order.value.split(" ");
      sortBy(order.value ? Number(column) : null, way === "down");
    });
    find.addEventListener("input", again);
    choices.forEach((choice) => choice.addEventListener("change", again));
    more.addEventListener("click", () => {
      limit += step;
      show();
    });
    document.getElementById("reset").addEventListener("click", () => {
      find.value = "";
      choices.forEach((choice) => { choice.value = ""; });
      sortBy(null);
      find.focus();
    });
    sortBy(null);
  }

  function recut(data) {
    const { points, chosen, plot } = JSON.parse(data.textContent);
    const slider = document.getElementById("budget");
    const back = document.getElementById("back");
    const here = document.getElementById("here");
    const [most, , top] = points[points.length - 1];
    const figure = (name) => document.getElementById(`recut-${name}`);

    function move() {
      const [customers, spend, profit, saves] = points[slider.value];
      const told = { customers: number(customers), spend: number(spend), profit: number(profit) };
      if (saves !== null) told.saves = number(saves);
      for (const [name, value] of Object.entries(told)) figure(name).textContent = value;
      slider.setAttribute("aria-valuetext", `${told.spend}: ${told.customers} ${texts.customers}, ${told.profit} ${texts.profit}`);
      const x = plot.left + (plot.width * customers) / Math.max(most, 1);
      const y = plot.top + plot.height * (1 - profit / Math.max(top, 1e-9));
      here.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
      const [, paid, earned] = points[chosen];
      const at = Number(slider.value) - chosen;
      const apart = { profit: number(Math.abs(profit - earned)), spend: number(Math.abs(spend - paid)) };
      figure("against").textContent = at === 0 ? texts.at_chosen : say(at > 0 ? "more_profit" : "less_profit", apart);
      back.hidden = at === 0;
    }

    slider.addEventListener("input", move);
    back.addEventListener("click", () => {
      slider.value = chosen;
      move();
      slider.focus();
    });
    slider.value = chosen; // a browser may remember another place
    move();
  }

  const table = document.getElementById("top");
  if (table) lookAt(table);
  const curve = document.getElementById("curve");
  if (curve) recut(curve);
})();
