// Opens letters to read out, and records their calls, without leaving the page, so that nothing typed in
// other lines is lost. After a recorded call the next letter opens; after the last one, the page of the rest.
{
  const LINE = "section[id^=call-]", recorded = document.getElementById("recorded");

  async function asked(address, body) {
    const text = fetch(address, body && { method: "POST", body }).then((answer) => answer.text());
    return new DOMParser().parseFromString(await text.catch(() => ""), "text/html");
  }

  // The words have the focus, and the telephone number above them stays in sight.
  function show(line) {
    const error = line.querySelector(".govuk-error-message"), to = error || line.querySelector("[data-line]");
    if (to) to.tabIndex = -1;
    to?.focus({ preventScroll: !error });
    if (!error) line.scrollIntoView();
  }

  function put(line, page) {
    const found = page.getElementById(line.id);
    if (!found) return false;
    line.replaceWith(found);
    show(found);
    return true;
  }

  // A call in vain holds for the other letters to this person too: they wait, and stay open if they are.
  function done(line, said, body) {
    const lines = [...document.querySelectorAll(LINE)], at = lines.indexOf(line), { person } = line.dataset;
    const same = lines.filter((one) => "vain" in said.dataset && one.dataset.person === person);
    recorded.innerHTML = said.innerHTML;
    while (line.children.length > 2) line.lastChild.remove(); // what stays is who was called
    line.append(...said.childNodes);
    for (const one of same.filter((one) => one !== line)) {
      one.querySelector("a[data-line]")?.parentNode.remove();
      one.children[2]?.replaceWith(line.lastElementChild.cloneNode(true));
    }
    const rest = [...lines.slice(at), ...lines.slice(0, at)].filter((one) => !same.includes(one));
    const next = rest.find((one) => one.querySelector("[data-line]"));
    if (next) {
      show(next);
      next.querySelector("a[data-line]")?.click();
    } else if (!document.querySelector(`${LINE} form`)) {
      location = `?done=${body.get("outcome")}&call=${body.get("telling")}`;
    }
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest(`${LINE} a[data-line]`);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!put(link.closest(LINE), await asked(link.href))) location = link.href;
  });

  document.addEventListener("change", ({ target }) => {
    if (target.value === "call_back") target.form.querySelector("details").open = true;
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target, line = form.closest(LINE);
    if (!line || event.submitter?.name) return;
    event.preventDefault();
    if (form.ariaBusy) return;
    const body = new URLSearchParams(new FormData(form)), told = form.querySelector("[data-unsent]");
    form.ariaBusy = "true";
    const page = await asked(form.action, body), said = page.getElementById("recorded");
    form.ariaBusy = null;
    if (said?.hasChildNodes()) return done(line, said, body);
    if (!put(line, page)) {
      told.textContent = `${page.querySelector("h1")?.textContent ?? ""} ${told.dataset.unsent}`;
    }
    const typed = document.getElementById(line.id)?.querySelector("[name=note]");
    typed?.dispatchEvent(new Event("input", { bubbles: true })); // nothing was sent, so it stays a draft
  });
}
