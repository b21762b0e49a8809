// Shortens a long list while somebody types what they are looking for, by what its choices are called or by
// the everyday words beside them. A word in Latin letters is found where it begins ("rent" is not in
// "different"). Without script the list is whole; what was chosen stays in it. Every word stands in the
// template of the page.
const place = document.getElementById("narrow");
document.querySelectorAll("select[data-long]").forEach(narrow);

function narrow(list) {
  const added = place.content.cloneNode(true), typed = added.querySelector("input");
  const told = added.querySelector("[role=status]");
  const label = added.querySelector("label"), named = document.querySelector(`label[for="${list.id}"]`);
  const whole = [...list.children].map((node) => ({ node, inside: [...node.children] }));
  typed.id = `${list.id}-narrow`;
  label.htmlFor = typed.id;
  label.lastElementChild.append(named.textContent);
  list.before(added);
  typed.addEventListener("input", show);
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would send the form
    list.focus();
  });

  function show() {
    const words = typed.value.toLowerCase().split(/[\s,，、]+/).filter(Boolean), chosen = list.value;
    let n = 0;
    const kept = (option, above = "") => {
      const plain = ` ${above} ${option.text} ${option.dataset.words || ""}`;
      const said = plain.toLowerCase().replace(/[(/:-]/g, " ");
      const found = words.every((word) => said.includes(/^[a-z]/.test(word) ? ` ${word}` : word));
      n += found && option.value ? 1 : 0;
      return found || !option.value || option.value === chosen;
    };
    const shown = whole.filter(({ node, inside }) => {
      if (node.tagName !== "OPTGROUP") return kept(node);
      node.replaceChildren(...inside.filter((option) => kept(option, node.label)));
      return node.children.length;
    });
    list.replaceChildren(...shown.map(({ node }) => node));
    list.value = chosen;
    told.textContent = !words.length ? "" : n ? place.dataset.found.replace("{n}", n) : place.dataset.none;
  }
}
