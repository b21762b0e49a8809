// Keys of the desk. A key leads to a line, a link or a form and takes no act. It does nothing while somebody
// types, which ticking is not, with a modifier, or while an input method composes. The sheet of keys turns
// single keys off.
{
  const sheet = document.getElementById("keys"), on = sheet.querySelector("input");
  const button = document.getElementById("keys-open"), root = document.documentElement;
  const seen = (one) => one.checkVisibility ? one.checkVisibility() : one.offsetParent;
  const TYPES = "input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]";
  let before = "";

  function turn() {
    root.classList.toggle("desk-hints", on.checked);
    localStorage.setItem("keys", on.checked ? "on" : "off");
  }

  function move(step) {
    const lines = [...document.querySelectorAll("[data-line]")].filter(seen);
    const here = document.activeElement, line = here.closest("li, tr")?.querySelector("[data-line]");
    const at = lines.indexOf(lines.includes(here) ? here : line);
    (lines[at < 0 ? (step < 0 ? lines.length - 1 : 0) : at + step] || here).focus();
  }

  function lead(key) {
    const named = `[data-key="${CSS.escape(key)}"]`, near = document.activeElement.closest("tr, li");
    const found = near?.querySelector(named) || [...document.querySelectorAll(named)].find(seen);
    if (!found) return false;
    if (found.matches("a[href]")) found.click();
    else if (found.matches("summary")) found.parentElement.open = true;
    const inside = found.matches("h3") ? found.closest("form").elements : [];
    ([...inside].find((field) => field.tabIndex >= 0 && seen(field)) || found).focus();
    return true;
  }

  on.checked = localStorage.getItem("keys") !== "off";
  on.addEventListener("change", turn);
  button.hidden = false;
  button.addEventListener("click", () => sheet.showModal());
  turn();

  document.addEventListener("keydown", (event) => {
    const { key, target } = event, typing = target.closest(TYPES);
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || event.altKey) return;
    if (typing && key === "Enter" && (event.ctrlKey || event.metaKey)) typing.form?.requestSubmit();
    if (typing && key === "Escape" && !sheet.open) typing.blur();
    if (typing || event.ctrlKey || event.metaKey || !on.checked || sheet.open) return;
    const whole = before === "g" ? `g${key}` : key;
    before = whole === "g" ? "g" : "";
    if (key === "?") sheet.showModal();
    else if (whole === "j" || whole === "k") move(whole === "j" ? 1 : -1);
    else if (whole === "o" && target.matches("[data-line]")) target.click();
    else if (!lead(whole)) return;
    event.preventDefault();
  });
}
