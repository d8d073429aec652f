// Shows conversations in the terminal as they happen, from the dashboard's
// event stream. node tools/demo/watch.mjs URL SIGN-IN-LINK [--until-texted S]
const [url, link, ...rest] = process.argv.slice(2);
const until = rest[0] === '--until-texted' ? Number(rest[1]) : 0;
const token = new URL(link).hash.replace(/^#token=/, '');
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, s) => (colour ? `\x1b[${code}m${s}\x1b[0m` : s);

const die = (why) => { console.error(`watch: ${why}`); process.exit(1); };

async function session() {
  const r = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ token }),
  });
  if (!r.ok) die(`sign-in was refused (${r.status})`);
  return r.headers.get('set-cookie').split(';')[0];
}

const who = { caller: paint('36', 'caller   '), assistant: paint('33', 'assistant') };
const shown = new Map();

function segment(d) {
  const key = `${d.call}/${d.seq}`;
  const before = shown.get(key);
  if (d.leg === 'caller') {
    if (!d.final) return;
    console.log(`  ${who.caller}  ${d.text || '…'}${d.unsure ? paint('2', '  (unsure)') : ''}`);
  } else if (!before) {
    const ms = d.reply_ms == null ? '' : paint('2', `   [${d.reply_ms} ms]`);
    console.log(`  ${who.assistant}  ${d.text}${ms}`);
  } else if (d.final && !before.final && d.heard !== d.text) {
    console.log(`  ${who.assistant}  ${paint('2', `interrupted; the caller heard: “${d.heard ?? ''}”`)}`);
  }
  shown.set(key, d);
}

let booked = false, texted = false;
function event(type, d) {
  if (type === 'segment') segment(d);
  if (type === 'appointment') { booked = true; console.log(paint('32', `  booked     ${d.service_name ?? d.service ?? ''} ${d.start_local ?? d.start ?? ''}`)); }
  if (type === 'message' && d.direction !== 'inbound') {
    if (['sent', 'delivered'].includes(d.status)) texted = true;
    console.log(paint('32', `  text       ${d.status}`));
  }
  if (until && booked && texted) process.exit(0);
}

async function main() {
  const cookie = await session();
  if (until) setTimeout(() => process.exit(1), until * 1000);
  const from = until ? '?last_event_id=0' : '';
  const r = await fetch(`${url}/api/v1/events${from}`, { headers: { cookie } });
  if (!r.ok) die(`the event stream was refused (${r.status})`);
  let rest = '';
  const text = new TextDecoder();
  for await (const chunk of r.body) {
    rest += text.decode(chunk, { stream: true });
    for (let at; (at = rest.indexOf('\n\n')) >= 0; rest = rest.slice(at + 2)) {
      const lines = rest.slice(0, at).split('\n');
      const field = (n) => lines.filter((l) => l.startsWith(`${n}:`)).map((l) => l.slice(n.length + 1).trimStart()).join('\n');
      const data = field('data');
      if (!data) continue;
      const j = JSON.parse(data);
      event(field('event') || j.type, j.data ?? j);
    }
  }
}
main().catch((e) => die(e.message));
