// Fetches the earlier complaints of a number and the types that a story speaks of, once the field is left.
// They are the parts of the page that the button "look" brings without script. A report of danger opens the
// advice to read out.
{
  const form = document.querySelector("form[data-call]"), parts = ["earlier", "proposed"];
  const typed = ["account.story", "person.phone", "person.email"];
  const said = () => typed.map((name) => form.elements[name].value.trim()).join("\n");
  let last = said();
  form.addEventListener("change", async (event) => {
    if (event.target.name === "hurt") {
      document.getElementById("part-danger").open = /^(hurt|could_be)$/.test(event.target.value);
    }
    if (!typed.includes(event.target.name) || said() === last) return;
    const asked = (last = said());
    const body = new URLSearchParams(new FormData(form));
    body.set("look", "true");
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!answer || !answer.ok) return; // the button says what is wrong
    if (asked !== last) return; // an answer to what was typed before
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of parts) {
      const there = document.getElementById(id);
      if (there.contains(document.activeElement) || there.querySelector(":checked")) continue;
      there.replaceChildren(...page.getElementById(id).childNodes);
    }
  });
}
