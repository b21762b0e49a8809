// Keeps what an officer types into a form on the server, a moment after each pause and when the page is left,
// and says whether it is kept. Sending the form ends that.
document.querySelectorAll("form[data-draft]").forEach((form) => {
  const told = form.querySelector("[data-kept]");
  let timer = 0;

  function typed() {
    const said = new URLSearchParams(new FormData(form));
    said.set("auto", "yes");
    return said;
  }

  async function keep() {
    timer = 0;
    const answer = await fetch(form.dataset.draft, { method: "POST", body: typed() }).catch(() => ({}));
    if (told) told.textContent = answer.ok ? told.dataset.kept : told.dataset.failed;
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 1500);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "reveal") return;
    clearTimeout(timer);
    timer = 0;
  });
  addEventListener("pagehide", () => timer && navigator.sendBeacon(form.dataset.draft, typed()));
});
