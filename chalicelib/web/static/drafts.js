// Keeps what an officer types into a form on the server, a moment after each pause and when the page is left,
// and says whether it is kept. Sending the form ends that, unless a script shows something first. It holds
// for forms that come later too.
{
  const timers = new Map();

  function typed(form) {
    const said = new URLSearchParams(new FormData(form));
    said.set("auto", "yes");
    return said;
  }

  function stop(form) {
    clearTimeout(timers.get(form));
    return timers.delete(form);
  }

  async function keep(form) {
    timers.delete(form);
    const answer = await fetch(form.dataset.draft, { method: "POST", body: typed(form) }).catch(() => ({}));
    const told = form.querySelector("[data-kept]");
    if (told) told.textContent = answer.ok ? told.dataset.kept : told.dataset.failed;
  }

  document.addEventListener("input", ({ target: { form } }) => {
    if (!form?.dataset.draft) return;
    stop(form);
    timers.set(form, setTimeout(keep, 1500, form));
  });
  document.addEventListener("submit", (event) => event.defaultPrevented || stop(event.target));
  addEventListener("pagehide", () => {
    for (const form of timers.keys()) navigator.sendBeacon(form.dataset.draft, typed(form));
  });
}
