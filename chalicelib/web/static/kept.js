// Keeps what is typed into a form while its tab is open, so that a reload and a change of language lose
// nothing. Whatever is sent from the page ends that. It is kept by what the form is about, so that nobody
// finds it on another case. All in a block of its own, since other scripts of a page have names too.
{
  const form = document.querySelector("main form[data-kept]");
  const place = form && `typed ${location.pathname} ${form.dataset.kept}`;
  const named = (field) => field.name && !/^(hidden|file|submit|button|fieldset)$/.test(field.type);
  const fields = form ? [...form.elements].filter(named) : [];
  const ticked = (field) => /^(radio|checkbox)$/.test(field.type);
  const said = (field) => (ticked(field) ? field.checked : field.value);
  const typed = JSON.parse(sessionStorage.getItem(place) || "[]");

  if (typed.length === fields.length) fields.forEach((field, n) => {
    const fold = field.closest("details");
    if (fold && typed[n] && typed[n] !== said(field)) fold.open = true;
    if (ticked(field)) field.checked = typed[n];
    else field.value = typed[n];
  });

  const keep = () => sessionStorage.setItem(place, JSON.stringify(fields.map(said)));
  if (form) form.addEventListener("input", keep);
  document.addEventListener("submit", () => sessionStorage.clear());
}
