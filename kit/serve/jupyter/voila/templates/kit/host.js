// The smallest honest front end for one anywidget: it hosts the page's widget on the kernel's websocket,
// says when the connection is lost, and comes back by itself. Public interfaces only: the Jupyter message
// protocol (as JSON texts), the widget messages `update`, `custom` and `request_state`, and anywidget's
// `render({ model, el })`. Not supported on purpose: other widgets, later outputs.
//
// The page arrives in pieces: first its words, the widget's module and style (`#front`) and this script; then the
// kernel's id (`#kernel`); and when the notebook has run, the widget's first state (`#first-state`). No other script
// runs on the page.
const front = JSON.parse(document.getElementById("front").textContent);
const drawing = import(URL.createObjectURL(new Blob([front.esm], { type: "text/javascript" })));   // made ready while the kernel starts
const sheet = new CSSStyleSheet();
sheet.replaceSync(front.css);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
const GAVE_WAY = 4001;   // as in serve/kernels.py
const lost = document.getElementById("lost"), waiting = document.getElementById("waiting");
window.voila_heartbeat = () => {};   // Voila calls it while the page has to wait

function whenThere(id, use) {
  const observer = new MutationObserver(look);
  function look() {
    const node = document.getElementById(id);   // complete once something follows it
    if (!node || (!node.nextElementSibling && document.readyState === "loading")) return;
    observer.disconnect();
    document.removeEventListener("DOMContentLoaded", look);
    use(JSON.parse(node.textContent));
  }
  observer.observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", look);
  look();
}

function startHost({ baseUrl, kernelId }) {
  const session = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const kernelUrl = `${baseUrl}api/kernels/${kernelId}`;
  const listeners = {};
  const queue = [];
  const state = {};
  let comm = null, socket = null, tries = 0, serial = 0;

  const emit = (event, ...args) => (listeners[event] || []).forEach((listener) => listener(...args));
  const model = {   // what anywidget promises a module
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes: () => {},   // nothing of ours is decided in the browser
    send: (content) => post({ method: "custom", content }),
    on: (event, listener) => (listeners[event] ||= []).push(listener),
    off: (event, listener) => { listeners[event] = (listeners[event] || []).filter((other) => other !== listener); },
  };

  function post(data) {
    const header = { msg_id: `${session}-${++serial}`, msg_type: "comm_msg", username: "", session, version: "5.3", date: new Date().toISOString() };
    queue.push(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content: { comm_id: comm, data } }));
    flush();
  }
  function flush() {
    while (comm && socket && socket.readyState === WebSocket.OPEN && queue.length) socket.send(queue.shift());
  }
  function received({ data }) {
    const message = JSON.parse(data);
    if (message.header.msg_type === "status" && ["restarting", "dead"].includes(message.content.execution_state)) return gone();
    if (message.channel !== "iopub" || message.header.msg_type !== "comm_msg" || message.content.comm_id !== comm) return;
    const said = message.content.data;
    if (said.method === "custom") emit("msg:custom", said.content, []);
    if (said.method === "update" && JSON.stringify(said.state.view) !== JSON.stringify(state.view) && said.state.view) {
      state.view = said.state.view;
      emit("change:view");
    }
  }

  function connect() {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${kernelUrl}/channels?session_id=${session}`);
    socket.onmessage = received;
    socket.onopen = () => {
      if (tries > 0) post({ method: "request_state" });   // something may have happened meanwhile
      tries = 0;
      lost.hidden = true;
      flush();
    };
    socket.onclose = ({ code }) => {
      if (code === GAVE_WAY) return stepAside();
      setTimeout(comeBack, Math.min(10000, 500 * 2 ** tries) * (0.75 + Math.random() / 2));
    };
  }
  function stepAside() {   // by itself this page would push aside the one that pushed it aside
    lost.textContent = "You have opened further pages, so this one has stopped. Nothing is lost: reload it to go on here.";
    lost.hidden = false;
    socket = null;
  }
  async function comeBack() {
    tries += 1;
    lost.hidden = false;
    let status = 0;
    try { status = (await fetch(kernelUrl, { cache: "no-store" })).status; } catch { /* the server does not answer yet */ }
    if (status === 200) return connect();
    if (status === 403 || status === 404) reload();
    setTimeout(comeBack, Math.min(10000, 500 * 2 ** tries));
  }
  function gone() {   // this page's kernel is gone, the answers are not: a new kernel shows the same scene
    lost.hidden = false;
    reload();
    setTimeout(gone, 1000);   // until it may: at most every 10 seconds
  }
  function reload() {
    const last = Number(sessionStorage.getItem("hn-reloaded") || 0);
    if (Date.now() - last < 10000) return;
    sessionStorage.setItem("hn-reloaded", String(Date.now()));
    location.reload();
  }

  async function show(first) {
    comm = first.model_id;
    state.view = first.view;
    const { default: widget } = await drawing;
    waiting.hidden = true;
    document.body.classList.add("ready");
    widget.render({ model, el: document.getElementById("page") });
    flush();
  }

  addEventListener("pagehide", (event) => {   // a page that is left takes its kernel with it
    if (event.persisted) return;
    const form = new FormData();
    form.append("_xsrf", (document.cookie.match(/(?:^|; )_xsrf=([^;]*)/) || [])[1] || "");
    navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, form);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("visibilitychange", () => {   // a phone that wakes up
    if (!document.hidden && socket && socket.readyState > WebSocket.OPEN) comeBack();
  });
  connect();
  return { show };
}

for (const [after, words] of [[6000, "Still getting your page ready. With many people joining at once this can take a little while."],
  [25000, "This takes longer than it should. Nothing is lost: reload the page if it does not come."]]) {
  setTimeout(() => { waiting.textContent = words; }, after);
}
whenThere("kernel", (kernel) => {
  const host = startHost(kernel);
  whenThere("first-state", host.show);
});
