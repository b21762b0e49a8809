// Shows the letters of a form before they leave: for a form with nothing to fill in as soon as the page is
// open, or on a list (data-late) while the pointer or the focus is on it; otherwise while somebody types.
// A form is sent from here only with the letters shown that it sends; if they cannot be shown here, the
// server shows them on a page of its own.
document.querySelectorAll("form[data-preview]").forEach((form) => {
  const place = form.querySelector("[data-letters]"), button = form.querySelector("[data-send]");
  let shown = "", timer;

  function said() {
    const typed = new FormData(form);
    typed.delete("shown");
    return new URLSearchParams(typed).toString();
  }

  async function look() {
    const asked = said(), body = new URLSearchParams(asked);
    const answer = await fetch(form.dataset.preview, { method: "POST", body }).catch(() => ({}));
    const text = answer.ok ? await answer.text() : "";
    if (asked !== said()) return look();
    place.innerHTML = text;
    place.classList.toggle("is-above", form.getBoundingClientRect().top > innerHeight / 2);
    shown = text && asked;
    return text;
  }

  if (button) button.textContent = button.dataset.send;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 500);
  });
  const typed = form.querySelector("textarea, input:not([type=hidden])");
  if ("late" in form.dataset) {
    const soon = () => shown === said() || (clearTimeout(timer), timer = setTimeout(look, 200));
    form.addEventListener("pointerenter", soon);
    form.addEventListener("focusin", soon);
    form.addEventListener("pointerleave", () => clearTimeout(timer));
    form.addEventListener("keydown", (event) => event.key === "Escape" && (place.textContent = shown = ""));
  } else if (!typed && [...form.querySelectorAll("select")].every((list) => list.value)) look();

  form.addEventListener("submit", async (event) => {
    if (event.submitter?.name || shown === said()) return;
    event.preventDefault();
    clearTimeout(timer);
    if (!await look() || !place.querySelector("[role=group]")) form.submit();
  });
});
