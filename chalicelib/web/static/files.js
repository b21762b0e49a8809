// Adds several files at once, in the place of the form that adds one: all are declared with us, so that a
// letter that says the first has arrived knows of the others, and then sent to the store one after the other.
// One that fails holds up no other. Every word stands in the templates of the page.
const many = document.getElementById("files-many"), list = document.getElementById("files-list");
if (many) addMany();
if (list) watch(1000);

function addMany() {
  const words = many.dataset, place = many.content.cloneNode(true).querySelector("form");
  document.getElementById("files-one").replaceWith(place);
  const chosen = place.querySelector("input"), shown = place.querySelector("ul");
  const done = place.querySelector("a");
  const show = place.querySelector("#files-show");
  const status = place.querySelector("[role=status]"), items = [], arrived = [];
  let busy = false, drawn = Promise.resolve(), asked = Promise.resolve();

  chosen.addEventListener("change", () => {
    [...chosen.files].forEach(add);
    chosen.value = "";
    count();
  });
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll();
  });
  window.addEventListener("beforeunload", (event) => {
    // nothing chosen is lost unasked
    if (busy || items.some((item) => item.state === "waiting")) event.preventDefault();
  });

  function add(file) {
    const li = document.getElementById("files-each").content.cloneNode(true).querySelector("li");
    const part = (name) => li.querySelector(`[data-part=${name}]`);
    const item = { file, li, part, anew: "", state: "waiting", own: li.querySelector("textarea") };
    part("name").textContent = file.name;
    part("size").textContent = size(file.size);
    part("again").addEventListener("click", () => {
      item.state = "waiting";
      sendAll();
    });
    part("remove").addEventListener("click", () => remove(item));
    items.push(item);
    shown.append(li);
    shown.hidden = false;
    // one at a time: a photograph takes much memory
    drawn = drawn.then(() => draw(file, li.querySelector("canvas")));
    const why = wrong(file);
    if (why) fail(item, why, "bad");
  }

  // What we know to be wrong with a file before it is sent; an unknown type is looked at where it arrives.
  function wrong(file) {
    const kinds = chosen.accept.split(",").map((kind) => kind.replace("*", ""));
    if (!file.size) return words.empty;
    if (file.size > Number(words.largest)) return words.large;
    return file.type && !kinds.some((kind) => file.type.startsWith(kind)) ? words.kind : "";
  }

  async function sendAll() {
    if (busy) return;
    const waiting = items.filter((item) => item.state === "waiting");
    busy = true;
    for (const item of waiting) await attempt(item, declare);
    const next = () => items.find((one) => one.state === "waiting");
    for (let item; (item = next()); ) await attempt(item, send);
    busy = false;
    if (items.some((item) => item.state !== "arrived")) return count();
    if (arrived.length) location.assign(done.href);
  }

  async function attempt(item, act) {
    try {
      if (item.state !== "removed" && item.state !== "failed") await act(item);
    } catch (error) {
      if (item.state !== "removed") fail(item, (error && error.wrong) || words.broken, "failed");
    }
    count();
  }

  async function send(item) {
    const bar = item.li.querySelector("progress");
    item.state = "sending";
    count();
    tell(item.part("wrong"), "");
    tell(item.part("state"), words.sending);
    item.part("own").hidden = true;
    item.part("again").hidden = true;
    bar.value = 0;
    bar.hidden = false;
    try {
      const told = await declare(item);
      if (told.form && item.state === "sending") await post(item, told.form, bar);
      if (told.parts && item.state === "sending") await sendParts(item, bar);
      if (item.state !== "sending") return;
      item.state = "arrived";
      arrived.push(told.id);
      done.href = `${words.at}?sent=${arrived.join(".")}`;
      item.part("remove").hidden = true;
      tell(item.part("state"), words.arrived);
    } finally {
      bar.hidden = true;
    }
  }

  // Asks how to send a file; the answer is used for so long as the store surely takes it. The key is made of
  // the file itself, so that one that was broken off goes on when it is chosen again, even after a day.
  async function declare(item) {
    const { name, size, lastModified } = item.file, shows = said(item);
    const key = [name, size, lastModified, shows, item.anew].join("|");
    if (item.key === key && item.told && Date.now() - item.since < 600000) return item.told;
    if (item.key !== key) takeBack(item); // it was declared with other words
    const told = await answered("/add", { key, shows, name, size });
    if (told.anew && !item.anew) {
      item.anew = Date.now(); // what was refused before is sent as another file
      return declare(item);
    }
    return Object.assign(item, { key, id: told.id, since: Date.now(), told }).told;
  }

  async function answered(path, says) {
    const answer = await ask(path, says);
    const speaks = (answer.headers.get("content-type") || "").includes("json");
    const told = speaks ? await answer.json() : { wrong: words.ended };
    if (!speaks || !answer.ok) throw told;
    return told;
  }

  // Sends a small file to the store as one form.
  async function post(item, form, bar) {
    const body = new FormData();
    Object.entries(form.fields).forEach(([name, value]) => body.append(name, value));
    body.append("file", item.file);
    item.told = null;
    await put(item, "POST", form.url, body, (sent) => (bar.value = sent));
  }

  // Sends a large file in parts. After each few parts, and after a broken connection, the server says which
  // are still missing. It is broken off only when several tries in a row bring nothing.
  async function sendParts(item, bar) {
    const all = item.file.size;
    for (let tries = 0; tries < 5; ) {
      const { size, parts } = await answered(`/${item.id}/parts`, { size: all });
      if (!parts.length) return;
      for (const { n, url } of parts) {
        const body = item.file.slice((n - 1) * size, n * size);
        const before = ((n - 1) * size) / all;
        try {
          await put(item, "PUT", url, body, (sent) => (bar.value = before + (sent * body.size) / all));
          tries = 0;
        } catch (error) {
          if (item.state !== "sending") return;
          await new Promise((on) => setTimeout(on, 1000 * 2 ** tries++));
          break;
        }
      }
    }
    throw { wrong: words.broken };
  }

  // Sends to the store; what stands still for a minute counts as broken off.
  function put(item, method, url, body, progress) {
    return new Promise((sent, broken) => {
      const request = new XMLHttpRequest();
      let still = setTimeout(() => request.abort(), 60000);
      request.upload.addEventListener("progress", (event) => {
        clearTimeout(still);
        still = setTimeout(() => request.abort(), 60000);
        progress(event.total ? event.loaded / event.total : 0);
      });
      request.addEventListener("loadend", () => {
        clearTimeout(still);
        return request.status >= 200 && request.status < 300 ? sent() : broken();
      });
      item.request = request;
      request.open(method, url);
      request.send(body);
    });
  }

  function fail(item, why, state) {
    item.state = state;
    tell(item.part("wrong"), why);
    tell(item.part("state"), "");
    item.part("own").hidden = state === "bad";
    item.part("again").hidden = state === "bad";
  }

  function remove(item) {
    item.state = "removed";
    if (item.request) item.request.abort();
    takeBack(item);
    items.splice(items.indexOf(item), 1);
    item.li.remove();
    shown.hidden = !items.length;
    chosen.focus();
    count();
  }

  function takeBack(item) {
    if (item.id) ask(`/${item.id}/remove`, {}).catch(() => {}); // it is forgotten anyway
    item.id = "";
  }

  // One request after the other, since what is being written down is written as a whole.
  function ask(path, says) {
    const headers = { Accept: "application/json" }, body = new URLSearchParams(says);
    const answer = asked.then(() => fetch(words.at + path, { method: "POST", headers, body }));
    asked = answer.catch(() => {});
    return answer;
  }

  function said(item) {
    return item.own.value.trim() || show.value.trim();
  }

  function count() {
    const failed = items.some((item) => item.state === "failed" || item.state === "bad");
    const counted = words.counted.replace("{n}", arrived.length).replace("{of}", items.length);
    const known = busy || arrived.length ? counted : words.picked.replace("{of}", items.length);
    const text = failed && !busy ? `${known} ${words.left}` : known;
    done.hidden = busy || !arrived.length;
    if (status.textContent !== text) status.textContent = text;
  }
}

function tell(place, text) {
  place.textContent = text;
  place.hidden = !text;
}

function size(bytes) {
  const megabytes = bytes / 1048576;
  return megabytes >= 1 ? `${megabytes.toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`;
}

// A small picture of what a browser can draw; of anything else none.
async function draw(file, canvas) {
  if (!file.type.startsWith("image/")) return;
  try {
    const picture = await createImageBitmap(file, { resizeHeight: 96 });
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext("2d").drawImage(picture, 0, 0);
    canvas.hidden = false;
    picture.close();
  } catch (error) {
    canvas.remove();
  }
}

// Shows what the checks of files say as soon as they say it, asking less and less often.
async function watch(wait) {
  if (!("checking" in list.dataset) || wait > 60000) return;
  await new Promise((on) => setTimeout(on, wait));
  try {
    const page = await (await fetch(location.href)).text();
    const now = new DOMParser().parseFromString(page, "text/html").getElementById("files-list");
    if (now.querySelector(".site-entries").textContent !== list.querySelector(".site-entries").textContent) {
      list.replaceChildren(...now.childNodes);
      document.getElementById("files-news").textContent = list.dataset.news;
    }
    if (!("checking" in now.dataset)) delete list.dataset.checking;
  } catch (error) {
    // without a network the list stays as it is
  }
  watch(wait * 1.5);
}
