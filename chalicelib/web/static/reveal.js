// Shows what is masked without leaving the page, so that nothing typed is lost: sends the form of the button,
// and takes only the part around the button from the answer.
document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.name !== "reveal") return;
  event.preventDefault();
  const form = button.form, body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => ({}));
  const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  const part = `[data-part="${button.value}"]`, shown = page.querySelectorAll(part);
  const old = button.closest(part);
  const found = shown[[...document.querySelectorAll(part)].indexOf(old)] ?? shown[0];
  if (found) {
    old.replaceWith(found);
    found.tabIndex = -1;
    found.focus();
  } else {
    const named = { type: "hidden", name: "reveal", value: button.value };
    form.append(Object.assign(document.createElement("input"), named));
    form.submit();
  }
});
