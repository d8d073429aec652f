// Reads what plans.sql told: which tables were read from end to end, and which
// scans read more than one business has.

/** Every node of a plan. */
function* nodes(plan) {
  yield plan;
  for (const p of plan.Plans ?? []) yield* nodes(p);
}

/** The JSON objects that stand at a line's beginning, and the NOW lines. */
async function* told(lines) {
  let json = null;
  for await (const line of lines) {
    if (json === null && line === '{') json = [line];
    else if (json !== null) {
      json.push(line);
      if (line === '}') {
        yield { plan: JSON.parse(json.join('\n')) };
        json = null;
      }
    } else {
      const now = /NOTICE: {2}NOW (\S+) (\S+) (.*)$/.exec(line);
      if (now) yield { f: now[1], words: now[2], said: now[3] };
      else if (/ERROR: /.test(line)) throw new Error(line);
    }
  }
}

/**
 * What is wrong with a scan of a large table, or null. most: by table, how many
 * rows one business has. Only what looks across businesses may skip the key.
 */
function fault(node, most) {
  const table = node['Relation Name'];
  if (!most.has(table)) return null;
  const read = ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0))
    * (node['Actual Loops'] ?? 1);
  if (/Seq Scan/.test(node['Node Type'])) return `sequential scan on ${table}`;
  if (/Index/.test(node['Node Type']) && read > most.get(table)) return `${read} rows read of ${table}`;
  return null;
}

/** lines: of psql. -> {functions: Map(name -> {asked, answered, plans, said}), faults: [string], controls: {name: [fault]}} */
export async function judge(lines, most) {
  const functions = new Map(), faults = new Set(), controls = {};
  let plans = 0, found = new Set(), last = '';
  for await (const t of told(lines)) {
    if (t.plan) {
      plans++;
      for (const n of nodes(t.plan.Plan)) {
        const bad = fault(n, most);
        if (bad) found.add(`${bad}: ${t.plan['Query Text'].replace(/\s+/g, ' ').slice(0, 120)}`);
      }
      continue;
    }
    if (/^y\./.test(t.f)) controls[t.f] = [...found];
    else if (t.f === 'commit') for (const bad of found) faults.add(`${last}, at its end: ${bad}`);
    else {
      last = t.f;
      const f = functions.get(t.f) ?? functions.set(t.f, { asked: 0, answered: 0, plans: 0, said: '' }).get(t.f);
      f.asked++;
      f.plans += plans;
      if (t.said === 'ok') f.answered++;
      else f.said = `${t.words}: ${t.said}`;
      for (const bad of found) faults.add(`${t.f} (${t.words}): ${bad}`);
    }
    plans = 0;
    found = new Set();
  }
  return { functions, faults: [...faults], controls };
}
