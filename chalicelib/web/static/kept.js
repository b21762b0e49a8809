// Keeps what is typed into a form while its tab is open, so that a reload and a change of language lose nothing. Whatever is
// sent from the page ends that. All in a block of its own, since other scripts of a page have names too.
{
  const form = document.querySelector("main form[method=post]"), place = "typed " + location.pathname;
  const fields = [...form.elements].filter(
    (field) => field.name && !/^(hidden|file|submit|button|fieldset)$/.test(field.type)
  );
  const ticked = (field) => /^(radio|checkbox)$/.test(field.type);
  const said = (field) => (ticked(field) ? field.checked : field.value);
  const typed = JSON.parse(sessionStorage.getItem(place) || "[]");

  if (typed.length === fields.length) fields.forEach((field, n) => {
    const fold = field.closest("details");
    if (fold && typed[n] && typed[n] !== said(field)) fold.open = true;
    if (ticked(field)) field.checked = typed[n];
    else field.value = typed[n];
  });

  form.addEventListener("input", () => sessionStorage.setItem(place, JSON.stringify(fields.map(said))));
  document.addEventListener("submit", () => sessionStorage.clear());
}
