/* Weir: page hits and events of a site. <script src="https://…/weir.js" data-key="…" data-app="…" async></script>
   With data-consent="needed" it waits for weir.consent(true). */
((w, d, n) => {
"use strict";
if (w.weir) return;
const tag = d.currentScript, set = tag.dataset, base = new URL(tag.src).origin + "/v1/", here = w.location;
const FIELDS = "utm_source utm_medium utm_campaign utm_content utm_term fbclid twclid ttclid".split(" ");
const CLICKS = { fbclid: "meta_ads", twclid: "x_ads", ttclid: "tiktok_ads" };
let pause = 500, timer, busy, session, user;

const id = () =>
  Array.from(w.crypto.getRandomValues(new Uint8Array(16)), b => (256 + b).toString(16).slice(1)).join("");
// Storage may be full or forbidden: then nothing is remembered, and nothing breaks.
const guard = (name, work) => { try { return work(w[name]); } catch (e) { return null; } };
const local = work => guard("localStorage", work), tab = work => guard("sessionStorage", work);
const read = key => local(s => JSON.parse(s.getItem(key)));
const write = (key, value) => local(s => s.setItem(key, JSON.stringify(value)));
const drop = keys => local(s => keys.forEach(k => s.removeItem(k)));
const waiting = list => local(s => Object.keys(s).filter(k => k.startsWith("weir:" + list)).sort()) || [];
const place = () => here.origin + here.pathname;
const address = list => base + list + "?key=" + encodeURIComponent(set.key);
const soon = after => { clearTimeout(timer); timer = setTimeout(flush, after); };
const cookie = (value, age) => {
  d.cookie = `weir_id=${value};path=/;samesite=lax;max-age=${age}` + (here.protocol === "https:" ? ";secure" : "");
};
const allowed = () => {
  const said = read("weir_consent");
  return n.doNotTrack !== "1" && !n.globalPrivacyControl && (said === null ? set.consent !== "needed" : said);
};
const visitor = () => {
  const found = /(?:^|; )weir_id=([\w-]{16,64})/.exec(d.cookie), mine = found ? found[1] : id();
  if (!found) cookie(mine, 34560000);
  return mine;
};
const keep = (list, name, row) => {
  Object.assign(row, { [name]: id(), anonymous_id: visitor(), occurred_at: new Date().toISOString() });
  if (user) row.user_id = user;
  write("weir:" + list + row.occurred_at + row[name], row);
  drop(waiting(list).slice(0, -300));
  soon(0);
};
// A session ends after 30 idle minutes; other campaign fields begin a new one.
const begin = () => {
  const query = new URLSearchParams(here.search), from = {}, now = Date.now();
  FIELDS.forEach(f => { if (query.get(f)) from[f] = query.get(f).slice(0, 512); });
  session = session || tab(s => JSON.parse(s.getItem("weir")));
  const fresh = !session || now - session.at > 18e5 || Object.keys(from).some(f => session.from[f] !== from[f]);
  if (fresh) session = { id: id(), from };
  session.at = now;
  tab(s => s.setItem("weir", JSON.stringify(session)));
  if (!fresh) return;
  const touch = { touch_kind: "visit", landing_page: place(), ...from };
  for (const f in CLICKS) if (from[f]) [touch.click_id, touch.platform] = [from[f], CLICKS[f]];
  if (d.referrer && !d.referrer.startsWith(here.origin + "/")) touch.referrer = d.referrer.slice(0, 1024);
  keep("touches", "touch_id", touch);
};
const next = list => {
  const keys = waiting(list).slice(0, 50), rows = keys.map(read).filter(Boolean);
  return { list, keys, text: rows.length ? JSON.stringify({ [list]: rows }) : "" };
};
const flush = async () => {
  const { list, keys, text } = next(waiting("touches")[0] ? "touches" : "events");
  if (busy || !text || !allowed()) return;
  busy = true;
  const how = { method: "POST", body: text, keepalive: text.length < 6e4, credentials: "omit" };
  const { status } = await w.fetch(address(list), how).catch(() => ({}));
  busy = false;
  const told = [202, 400, 413].includes(status);
  if (told) drop(keys);
  pause = told ? 500 : Math.min(pause * 2, 6e4);
  soon(told ? 0 : pause);
};
const leave = () => {
  if (!busy && n.onLine !== false && allowed()) ["touches", "events"].map(next).forEach(({ list, keys, text }) => {
    if (text && n.sendBeacon(address(list), text)) drop(keys);
  });
};
const track = (type, properties, more) => {
  if (!allowed()) return;
  begin();
  const about = { url: place(), session_id: session.id, ...session.from };
  const row = { ...more, event_type: type, properties: { ...about, ...properties } };
  if (set.app) row.source_app = set.app;
  keep("events", "event_id", row);
};
const page = () => track("page_view", { title: d.title.slice(0, 200) });

w.weir = {
  track, page,
  identify: who => { user = who ? String(who) : ""; },
  id: () => allowed() ? visitor() : null,
  consent: yes => {
    const before = allowed();
    write("weir_consent", !!yes);
    if (yes) return before || page();
    drop(waiting(""));
    cookie("", 0);
    session = tab(s => s.removeItem("weir"));
  }
};
w.addEventListener("pagehide", leave);
w.addEventListener("online", () => soon(0));
if (allowed()) page();
})(window, document, navigator);
